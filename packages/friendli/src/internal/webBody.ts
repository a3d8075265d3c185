/**
 * The body of a web `Response`, by the callbacks of its reader. In: the response, and what aborts its request. Out: a `Body`.
 */
import type { Body, BodyListener } from "./transport.js"

const ignore = (): void => {}

export class WebBody implements Body {
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  private listener: BodyListener | undefined
  private isOver = false

  constructor(
    private readonly response: Response,
    private readonly abort: () => void
  ) {}

  read(listener: BodyListener): void {
    this.listener = listener
    const { body } = this.response
    if (body === null) queueMicrotask(() => this.onRead({ done: true, value: undefined }))
    else {
      this.reader = body.getReader()
      this.resume()
    }
  }

  resume(): void {
    if (!this.isOver) this.reader!.read().then(this.onRead, this.onError)
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    this.response.text().then(
      (text) => {
        if (this.end()) onText(text)
      },
      (cause: unknown) => {
        if (this.end()) onError(cause)
      }
    )
  }

  cancel(): void {
    if (!this.end()) return
    // where `text` reads it, the abort alone ends it
    ;(this.reader ?? this.response.body)?.cancel().catch(ignore)
    this.abort()
  }

  /** Whether it ends now, and not before. */
  private end(): boolean {
    const ends = !this.isOver
    this.isOver = true
    return ends
  }

  private readonly onRead = (result: ReadableStreamReadResult<Uint8Array>): void => {
    if (this.isOver) return
    if (!result.done) {
      if (this.listener!.onBytes(result.value)) this.resume()
    } else if (this.end()) this.listener!.onEnd()
  }

  private readonly onError = (cause: unknown): void => {
    if (this.end()) this.listener!.onError(cause)
  }
}
