/**
 * The body of a web `Response`, by the callbacks of its reader. In: the response, and a function that aborts its request. Out: a `Body`.
 */
import { type Body, type BodyListener, ListenedBody } from "./transport.js"

const ignore = (): void => {}

export class WebBody extends ListenedBody implements Body {
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(
    private readonly response: Response,
    private readonly abort: () => void
  ) {
    super()
  }

  read(listener: BodyListener): void {
    this.listener = listener
    const { body } = this.response
    if (body === null) queueMicrotask(this.finish)
    else {
      this.reader = body.getReader()
      this.resume()
    }
  }

  resume(): void {
    if (!this.isOver) this.reader!.read().then(this.onRead, this.fail)
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    this.settle(this.response.text(), onText, onError)
  }

  cancel(): void {
    if (!this.end()) return
    // If `text` reads the body, only the abort ends it.
    ;(this.reader ?? this.response.body)?.cancel().catch(ignore)
    this.abort()
  }

  private readonly onRead = (result: ReadableStreamReadResult<Uint8Array>): void => {
    if (this.isOver) return
    if (result.done) this.finish()
    else if (this.listener!.onBytes(result.value)) this.resume()
  }
}
