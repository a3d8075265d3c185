/**
 * The body of an undici response, by the events of its stream. In: the readable, and a function that aborts its request. Out: a `Body`.
 */
import { type Body, type BodyListener, ListenedBody } from "./transport.js"

/** The part of undici's `BodyReadable` that is used here. */
export interface UndiciReadable {
  on(event: "error", listener: (cause: unknown) => void): unknown
  on(event: "end" | "close" | "readable", listener: () => void): unknown
  read(): Uint8Array | null
  destroy(): unknown
  text(): Promise<string>
}

export class UndiciBody extends ListenedBody implements Body {
  private isPaused = false

  constructor(
    private readonly readable: UndiciReadable,
    private readonly abort: () => void
  ) {
    super()
  }

  read(listener: BodyListener): void {
    this.listener = listener
    this.readable.on("error", this.fail)
    this.readable.on("end", this.finish)
    this.readable.on("close", () => this.fail(new Error("the connection was closed")))
    // `readable` is emitted a little later than `data`, with all bytes that have arrived until then.
    this.readable.on("readable", () => this.drain())
  }

  resume(): void {
    this.isPaused = false
    this.drain()
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    this.settle(this.readable.text(), onText, onError)
  }

  cancel(): void {
    if (!this.end()) return
    this.readable.destroy()
    this.abort()
  }

  private drain(): void {
    while (!this.isOver && !this.isPaused) {
      const bytes = this.readable.read()
      if (bytes === null) return
      if (!this.listener!.onBytes(bytes)) this.isPaused = true
    }
  }
}
