/** Cuts bytes into lines and knows where each begins. In: pieces of a file. Out: lines with their positions, and what has no end. */

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
