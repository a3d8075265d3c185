/**
 * Lines of a file, for reading and for writing. Reading: in: pieces of a file, out: lines with their positions, and what has no end.
 * Writing: in: texts, out: the bytes of their lines.
 */

/** A line without its end. */
export interface Line {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Cuts pieces of bytes into lines, however the pieces are cut. */
export interface LineCutter {
  /** The lines that end in this piece. */
  readonly add: (piece: Uint8Array) => ReadonlyArray<Line>
  /** Where the last complete line ends: the size of the file without a torn line. */
  readonly end: () => number
  /** Whether there is something after the last line end. */
  readonly isTorn: () => boolean
}

const lineFeed = 0x0a

export const makeLineCutter = (): LineCutter => {
  let rest: Uint8Array = new Uint8Array(0)
  let end = 0
  return {
    add: (piece) => {
      let bytes = piece
      if (rest.length > 0) {
        bytes = new Uint8Array(rest.length + piece.length)
        bytes.set(rest)
        bytes.set(piece, rest.length)
      }
      const lines: Array<Line> = []
      let from = 0
      for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
        lines.push({ offset: end, bytes: bytes.subarray(from, at) })
        end += at + 1 - from
        from = at + 1
      }
      // a copy: the piece may be reused by who reads
      rest = bytes.slice(from)
      return lines
    },
    end: () => end,
    isTorn: () => rest.length > 0
  }
}

/** Makes lines of texts that have no line end in them. */
export interface LineMaker {
  /** Adds a line, and gives its length in bytes without its end. */
  readonly add: (text: string) => number
  /** The bytes of all lines, until `clear`. */
  readonly bytes: () => Uint8Array
  /** Removes all lines. Their memory is used for the next ones, unless it is much. */
  readonly clear: () => void
}

const firstBytes = 1 << 16
const keptBytes = 1 << 20

/** Texts are encoded at once, one behind the other: texts that wait, and memory for each line, cost the garbage collector more than all else. */
export const makeLineMaker = (): LineMaker => {
  let buffer = Buffer.allocUnsafeSlow(firstBytes)
  let end = 0
  return {
    add: (text) => {
      // UTF-8 takes at most three bytes for a unit of UTF-16
      const most = end + 3 * text.length + 1
      if (most > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(most, 2 * buffer.length))
        buffer.copy(larger, 0, 0, end)
        buffer = larger
      }
      const length = buffer.write(text, end)
      buffer[end + length] = lineFeed
      end += length + 1
      return length
    },
    bytes: () => buffer.subarray(0, end),
    clear: () => {
      if (buffer.length > keptBytes) buffer = Buffer.allocUnsafeSlow(firstBytes)
      end = 0
    }
  }
}
