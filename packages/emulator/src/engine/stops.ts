/**
 * Ends a text that arrives in parts at the first stop string. In: parts of a text, and stop strings. Out: the
 * text that can be shown after each part. Example: with the stop string `END`, the part `The E` shows `The `
 * and holds back `E`; the next part decides.
 */

/** The text as it is after encoding: a lone surrogate becomes U+FFFD. */
const wellFormed = (text: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text))

/**
 * A text that is being written, and whether it has reached a stop string.
 *
 * Text that could be the beginning of a stop string is held back. The stop string that is complete first ends the text; of two
 * that are complete at once, the longer one. Empty stop strings are ignored.
 */
export class StopText {
  private readonly stops: ReadonlyArray<{ readonly original: string; readonly text: string }>
  private held = ""
  private reached: string | undefined

  constructor(stops: ReadonlyArray<string>) {
    // Generated text never contains a lone surrogate. A stop string with one is compared in its encoded form.
    this.stops = stops
      .filter((original) => original !== "")
      .map((original) => ({ original, text: wellFormed(original) }))
  }

  /** The stop string that ended the text, as it was given; `undefined` while there is none. */
  get stop(): string | undefined {
    return this.reached
  }

  /** Adds the next part and returns the text that can be shown now: none after a stop string. */
  push(part: string): string {
    if (this.reached !== undefined) return ""
    const text = this.held + part
    let cut: { readonly start: number; readonly end: number; readonly original: string } | undefined
    for (const stop of this.stops) {
      const start = text.indexOf(stop.text)
      if (start < 0) continue
      const end = start + stop.text.length
      if (cut === undefined || end < cut.end || (end === cut.end && start < cut.start)) {
        cut = { start, end, original: stop.original }
      }
    }
    if (cut !== undefined) {
      this.reached = cut.original
      this.held = ""
      return text.slice(0, cut.start)
    }
    // The longest end of the text that is the beginning of a stop string.
    let keep = 0
    for (const stop of this.stops) {
      for (let size = Math.min(stop.text.length - 1, text.length); size > keep; size--) {
        if (text.endsWith(stop.text.slice(0, size))) keep = size
      }
    }
    this.held = text.slice(text.length - keep)
    return text.slice(0, text.length - keep)
  }

  /** The text that is still held back when the text ends without a stop string. */
  end(): string {
    return this.held
  }
}
