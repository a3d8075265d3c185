/**
 * Lines of a file, for reading and for writing. Reading: from chunks of a file to lines with their positions, and whether the last line is
 * incomplete. Writing: from texts to the bytes of their lines.
 */

/** A line without its line end. */
export interface Line {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Splits chunks of bytes into lines. A line may be spread over several chunks. */
export interface LineCutter {
  /** The lines that end in this chunk. */
  readonly add: (piece: Uint8Array) => ReadonlyArray<Line>
  /** The end of the last complete line: the size of the file without an incomplete line. */
  readonly end: () => number
  /** Whether there are bytes after the last line end. */
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
      // a copy, because the reader may reuse the chunk
      rest = bytes.slice(from)
      return lines
    },
    end: () => end,
    isTorn: () => rest.length > 0
  }
}

/** Makes lines from texts without line ends. */
export interface LineMaker {
  /** Adds a line, and returns its length in bytes without the line end. */
  readonly add: (text: string) => number
  /** The bytes of all lines, until `clear`. */
  readonly bytes: () => Uint8Array
  /** Removes all lines. The next lines reuse their memory, unless it is large. */
  readonly clear: () => void
}

const firstBytes = 1 << 16
const keptBytes = 1 << 20

/**
 * Texts are encoded immediately into one buffer. Keeping the texts, or a buffer for each line, would cost the garbage collector more than everything
 * else.
 */
export const makeLineMaker = (): LineMaker => {
  let buffer = Buffer.allocUnsafeSlow(firstBytes)
  let end = 0
  return {
    add: (text) => {
      // UTF-8 needs at most three bytes for a unit of UTF-16
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
