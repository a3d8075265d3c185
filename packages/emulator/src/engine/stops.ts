/**
 * Cuts a text that comes in parts at the first of several stop texts.
 */

const wellFormed = (text: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))

/**
 * A text under way, and whether it has met a stop.
 *
 * **When to use** wherever text is shown while it is written: what may be the beginning of a stop is held back.
 *
 * **Details**: the stop that is complete first wins; of two that are complete at once, the longer one. Empty stops are ignored.
 */
export class StopText {
  private readonly stops: ReadonlyArray<{ readonly asked: string; readonly text: string }>
  private held = ""
  private met: string | undefined

  constructor(stops: ReadonlyArray<string>) {
    // Generated text never has a lone surrogate: a stop with one is looked for as it would be written.
    this.stops = stops.filter((asked) => asked !== "").map((asked) => ({ asked, text: wellFormed(asked) }))
  }

  /** The stop that ended the text, as it was given; `undefined` while the text goes on. */
  get stop(): string | undefined {
    return this.met
  }

  /** Takes the next part; gives what may be shown now. After a stop that is nothing. */
  push(part: string): string {
    if (this.met !== undefined) return ""
    const text = this.held + part
    let cut: { readonly start: number; readonly end: number; readonly asked: string } | undefined
    for (const stop of this.stops) {
      const start = text.indexOf(stop.text)
      if (start < 0) continue
      const end = start + stop.text.length
      if (cut === undefined || end < cut.end || (end === cut.end && start < cut.start)) {
        cut = { start, end, asked: stop.asked }
      }
    }
    if (cut !== undefined) {
      this.met = cut.asked
      this.held = ""
      return text.slice(0, cut.start)
    }
    let keep = 0
    for (const stop of this.stops) {
      for (let size = Math.min(stop.text.length - 1, text.length); size > keep; size--) {
        if (text.endsWith(stop.text.slice(0, size))) keep = size
      }
    }
    this.held = text.slice(text.length - keep)
    return text.slice(0, text.length - keep)
  }

  /** What is still held back when the text has ended by itself. */
  end(): string {
    return this.held
  }
}
