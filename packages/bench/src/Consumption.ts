import { type Expected, lastPiece } from "./answers.js"

/** The values that a contender has read. Every contender reports here, so that none is faster because it reads less. */
export class Consumption {
  answers = 0
  pieces = 0
  characters = 0
  tokens = 0
  rejections = 0

  /** Called with every text. A scenario can use it to watch the reading. */
  constructor(private readonly onPiece?: (pieces: number) => void) {}

  /** A text of an event, or of a whole answer. Empty texts are not counted: some clients leave them out. */
  piece(text: string | null | undefined): void {
    if (text === null || text === undefined || text === "") return
    this.pieces++
    this.characters += text.length
    if (text.endsWith(lastPiece)) this.answers++
    this.onPiece?.(this.pieces)
  }

  /** The usage that ends an answer. */
  usage(totalTokens: number | null | undefined): void {
    this.tokens += totalTokens ?? 0
  }

  /** A call that failed, with the status of its answer. */
  rejection(status: number | undefined): void {
    if (status !== 422) throw new Error(`a rejection with status ${status}`)
    this.rejections++
  }

  check(expected: Expected): void {
    for (const key of ["answers", "pieces", "characters", "tokens", "rejections"] as const) {
      if (this[key] !== expected[key]) throw new Error(`read ${this[key]} ${key} of ${expected[key]}`)
    }
  }
}
