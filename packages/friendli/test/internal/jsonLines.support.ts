/** What the unit tests and the exhaustive tests of the reader of lines share. */
import { type BadLine, type Line, makeLineReader } from "../../src/internal/jsonLines.js"

export const encoder = new TextEncoder()

/** The lines of bytes that arrive in these pieces. */
export const linesOf = (
  pieces: ReadonlyArray<Uint8Array>,
  maxBytes = 1_000_000
): ReadonlyArray<readonly [number: number, text: string]> => {
  const reader = makeLineReader(maxBytes)
  const lines: Array<Line | BadLine> = []
  for (const piece of pieces) {
    // the memory of a piece may be used again
    const reused = piece.slice()
    lines.push(...reader.push(reused))
    reused.fill(0)
  }
  lines.push(...reader.end())
  return lines.map((line) => [line.number, "problem" in line ? `! ${line.problem}` : line.text])
}

/** One byte in each piece. */
export const bytewise = (bytes: Uint8Array): ReadonlyArray<Uint8Array> =>
  Array.from(bytes, (byte) => Uint8Array.of(byte))
