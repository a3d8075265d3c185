/**
 * The body of an undici response, by the events of its stream. In: the readable, and what aborts its request. Out: a `Body`.
 */
import type { Body, BodyListener } from "./transport.js"

/** What is used of undici's `BodyReadable`. */
export interface UndiciReadable {
  on(event: "error", listener: (cause: unknown) => void): unknown
  on(event: "end" | "close" | "readable", listener: () => void): unknown
  read(): Uint8Array | null
  destroy(): unknown
  text(): Promise<string>
}

export class UndiciBody implements Body {
  private listener: BodyListener | undefined
  private isPaused = false
  private isOver = false

  constructor(
    private readonly readable: UndiciReadable,
    private readonly abort: () => void
  ) {}

  read(listener: BodyListener): void {
    this.listener = listener
    this.readable.on("error", (cause) => {
      if (this.end()) listener.onError(cause)
    })
    this.readable.on("end", () => {
      if (this.end()) listener.onEnd()
    })
    this.readable.on("close", () => {
      if (this.end()) listener.onError(new Error("the connection was closed"))
    })
    // `readable` comes a little later than `data` would, with everything that has come until then.
    this.readable.on("readable", () => this.drain())
  }

  resume(): void {
    this.isPaused = false
    this.drain()
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    this.readable.text().then(
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

  /** Whether it ends now, and not before. */
  private end(): boolean {
    const ends = !this.isOver
    this.isOver = true
    return ends
  }
}
