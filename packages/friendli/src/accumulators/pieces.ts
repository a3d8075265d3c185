/**
 * Text that arrives in pieces. In: pieces, which may be null or absent. Out: the joined text. They are joined
 * only when the text is read, so that a long stream takes linear time.
 */

export type Maybe<A> = A | null | undefined

/** Whether there is text: servers write null and empty strings for fields that they do not use. */
export const filled = (text: Maybe<string>): text is string => typeof text === "string" && text !== ""

/** The joined text. */
export class Text {
  /** Whether any piece arrived, even an empty one. */
  seen = false
  private parts: Array<string> = []

  add(part: Maybe<string>): void {
    if (typeof part !== "string") return
    this.seen = true
    if (part !== "") this.parts.push(part)
  }

  get isEmpty(): boolean {
    return this.parts.length === 0
  }

  read(): string {
    if (this.parts.length > 1) this.parts = [this.parts.join("")]
    return this.parts[0] ?? ""
  }
}

const code = (character: string): number => character.charCodeAt(0)
const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [...'"\\{}[]'].map(code)

/**
 * Text that should be JSON. It follows the text only as far as needed to detect the end of the outermost object or array, because the
 * call of the next delta depends on that.
 */
export class JsonText extends Text {
  /** Whether the object or array has ended, so that only blanks can follow. */
  hasEnded = false
  private depth = 0
  private inString = false
  private isEscaped = false

  override add(part: Maybe<string>): void {
    super.add(part)
    if (!this.hasEnded && typeof part === "string") this.scan(part)
  }

  /**
   * Follows strings and brackets, and nothing else: whether it is valid JSON is decided when the text is
   * parsed.
   */
  private scan(part: string): void {
    for (let at = 0; at < part.length; at++) {
      const character = part.charCodeAt(at)
      if (this.isEscaped) this.isEscaped = false
      else if (this.inString) {
        if (character === backslash) this.isEscaped = true
        else if (character === quote) this.inString = false
      } else if (character === quote) this.inString = true
      else if (character === openBrace || character === openBracket) this.depth++
      else if ((character === closeBrace || character === closeBracket) && this.depth > 0 && --this.depth === 0) {
        this.hasEnded = true
        return
      }
    }
  }
}
