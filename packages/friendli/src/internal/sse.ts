/**
 * Decodes bytes into server-sent events, in linear time and without Effect.
 *
 * Lines, fields and dispatch follow the event stream rules of the WHATWG HTML standard, with one deliberate
 * difference: a block whose data is the empty string is dropped as well, because an event of this API is never empty.
 * The state crosses chunks, so the bytes may be cut anywhere.
 */

/**
 * One dispatched event.
 *
 * `event` is the name of the `event` field, `undefined` when there was none or it was empty. `data` is never empty. `id` is the current
 * last event id, which an earlier block may have set; an empty `id` field resets it.
 */
export interface SseFrame {
  readonly event: string | undefined
  readonly data: string
  readonly id: string | undefined
}

/**
 * The event being read is larger than the limit: a value that {@link SseScanner.push} returns, never thrown.
 *
 * Both numbers count UTF-16 units of decoded text (for ASCII, the bytes). `size` is the buffered size when the limit was exceeded, so it
 * depends on how the bytes were cut.
 */
export class SseOverflow {
  constructor(
    readonly limit: number,
    readonly size: number
  ) {}
}

/** The rest at the end of the input: the data and the name of a block without a closing blank line. */
export interface SseEnd {
  /** The joined data lines of the block, including a last line without a line end; `undefined` if there is no data. */
  readonly unterminated: string | undefined
  readonly event: string | undefined
}

/** A push decoder of one event stream. It is mutable and serves one stream. */
export interface SseScanner {
  /**
   * Appends the events that these bytes complete to `into`. Events before an overflow are kept. After an overflow the scanner has
   * stopped: further bytes are not read, and the same overflow is returned again.
   */
  push(bytes: Uint8Array, into: Array<SseFrame>): SseOverflow | undefined
  /** Ends the input. By the standard no event is dispatched; the unfinished block is returned once. */
  end(into: Array<SseFrame>): SseEnd
  /** The bytes read so far. */
  readonly bytesSeen: number
}

const LF = 10
const SPACE = 32
const COLON = 58
const BOM = 0xfeff

/** How many parts are kept before they are joined: it bounds the memory that one-byte chunks cost. */
const PARTS = 512

// It gets only whole characters, so it has no state and all scanners share it.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true })

/** The length of the incomplete UTF-8 sequence at the end of the bytes, 0 if they end with a whole character. */
const brokenOff = (bytes: Uint8Array): number => {
  const size = bytes.length
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[size - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/** Text that arrives in pieces, joined once. */
class Parts {
  length = 0
  private recent: Array<string> = []
  private joined: Array<string> = []

  add(part: string): void {
    if (part.length === 0) return
    this.length += part.length
    if (this.recent.push(part) === PARTS) {
      this.joined.push(this.recent.join(""))
      this.recent = []
    }
  }

  take(): string {
    const text = this.joined.join("") + this.recent.join("")
    this.length = 0
    this.recent = []
    this.joined = []
    return text
  }
}

class Scanner implements SseScanner {
  bytesSeen = 0

  private stopped: SseOverflow | undefined = undefined
  /** The first bytes of a character whose rest has not arrived yet. */
  // Example: a chunk ends after the first of the two bytes of `é`. That byte is kept here, and put before the
  // next chunk.
  private carry: Uint8Array | undefined = undefined
  // The first character of a stream may be a byte order mark, which is skipped.
  private fresh = true
  /** The last character was a CR, which has ended its line: a following LF belongs to it. */
  private afterCr = false
  /** The line that has not ended yet. */
  private readonly held = new Parts()

  // The fields of the open block. `close` resets all of them except `id`, which stays valid.
  private event: string | undefined = undefined
  private first: string | undefined = undefined
  /** The data when there are several lines; nearly every event has one, in `first`. */
  private lines: Parts | undefined = undefined
  private id: string | undefined = undefined
  /** The buffered size of the open block. */
  private size = 0

  constructor(private readonly limit: number) {}

  push(bytes: Uint8Array, into: Array<SseFrame>): SseOverflow | undefined {
    if (this.stopped !== undefined) return this.stopped
    this.bytesSeen += bytes.length
    return this.scan(this.decode(bytes), into)
  }

  end(into: Array<SseFrame>): SseEnd {
    // The input ends inside a character: it is decoded anyway, and becomes U+FFFD.
    if (this.carry !== undefined) {
      const rest = decoder.decode(this.carry)
      this.carry = undefined
      this.scan(rest, into)
    }
    const line = this.held.take()
    this.field(line, 0, line.length)
    const event = this.event
    const data = this.close()
    return { unterminated: data === "" ? undefined : data, event }
  }

  // Turns bytes into text, and keeps back the bytes of a character that is not complete.
  private decode(bytes: Uint8Array): string {
    let input = bytes
    if (this.carry !== undefined) {
      input = new Uint8Array(this.carry.length + bytes.length)
      input.set(this.carry)
      input.set(bytes, this.carry.length)
      this.carry = undefined
    }
    const size = input.length
    // Some servers and proxies send text in chunks of one or two bytes. Decoding two bytes by hand takes half the time of the decoder.
    if (size === 1 && input[0]! < 0x80) return String.fromCharCode(input[0]!)
    if (size === 2 && input[0]! < 0x80 && input[1]! < 0x80) return String.fromCharCode(input[0]!, input[1]!)
    const broken = input[size - 1]! < 0x80 ? 0 : brokenOff(input)
    if (broken === 0) return decoder.decode(input)
    // A copy: the transport may reuse its buffer.
    this.carry = Uint8Array.from(input.subarray(size - broken))
    return decoder.decode(input.subarray(0, size - broken))
  }

  // Reads a piece of text line by line. A line that ends in the piece is read in place, without a copy; the
  // rest of the piece is kept in `held` until its line ends.
  private scan(text: string, into: Array<SseFrame>): SseOverflow | undefined {
    const length = text.length
    if (length === 0) return undefined
    let at = 0
    if (this.fresh) {
      this.fresh = false
      if (text.charCodeAt(0) === BOM) at = 1
    }
    if (this.afterCr) {
      this.afterCr = false
      if (text.charCodeAt(0) === LF) at = 1
    }
    // The next LF and CR at or after `at`, `length` if there is none: each cursor crosses the text once.
    let lf = -1
    let cr = -1
    while (at < length) {
      if (lf < at) {
        lf = text.charCodeAt(at) === LF ? at : text.indexOf("\n", at)
        if (lf === -1) lf = length
      }
      if (cr < at) {
        cr = text.indexOf("\r", at)
        if (cr === -1) cr = length
      }
      const end = lf < cr ? lf : cr
      if (end === length) {
        this.held.add(at === 0 ? text : text.slice(at))
        return this.exceeds(this.held.length)
      }
      // The line began in an earlier piece.
      if (this.held.length > 0) {
        this.held.add(text.slice(at, end))
        const line = this.held.take()
        if (this.size + line.length > this.limit) return this.exceeds(line.length)
        this.field(line, 0, line.length)
        // The line is in this piece from its beginning to its end: the case of nearly all lines.
      } else if (end > at) {
        if (this.size + end - at > this.limit) return this.exceeds(end - at)
        this.field(text, at, end)
      } else {
        this.dispatch(into)
      }
      at = end + 1
      // CR, LF and CR LF all end a line. After a CR at the end of a piece an LF may follow in the next one,
      // which belongs to it.
      if (end === cr) {
        if (at === length) this.afterCr = true
        else if (text.charCodeAt(at) === LF) at++
      }
    }
    return undefined
  }

  // Stops the scanner when the open block and the line together are larger than the limit. All buffers are released at once.
  private exceeds(line: number): SseOverflow | undefined {
    const size = this.size + line
    if (size <= this.limit) return undefined
    this.stopped = new SseOverflow(this.limit, size)
    this.carry = undefined
    this.held.take()
    this.close()
    return this.stopped
  }

  /** Reads the line `text[start, end)`. An empty one changes nothing. */
  private field(text: string, start: number, end: number): void {
    const code = text.charCodeAt(start)
    if (
      code === 100 &&
      text.charCodeAt(start + 1) === 97 &&
      text.charCodeAt(start + 2) === 116 &&
      text.charCodeAt(start + 3) === 97 &&
      text.charCodeAt(start + 4) === COLON
    ) {
      // If the line is only `data:`, the next character is a line end or missing, never a space.
      this.data(text.slice(text.charCodeAt(start + 5) === SPACE ? start + 6 : start + 5, end))
      return
    }
    if (code === COLON) return
    // Cut first: a search in `text` would continue after the line.
    const line = text.slice(start, end)
    const colon = line.indexOf(":")
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? "" : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1)
    if (name === "data") {
      this.data(value)
    } else if (name === "event") {
      this.size += value.length - (this.event === undefined ? 0 : this.event.length)
      this.event = value === "" ? undefined : value
    } else if (name === "id" && !value.includes("\0")) {
      this.id = value === "" ? undefined : value
    }
  }

  // Adds a line of data. Each counts one more than its length, for the line end between two of them.
  private data(value: string): void {
    this.size += value.length + 1
    if (this.first === undefined) {
      this.first = value
      return
    }
    if (this.lines === undefined) {
      this.lines = new Parts()
      this.lines.add(this.first)
    }
    this.lines.add("\n")
    this.lines.add(value)
  }

  // A blank line ends the block: its data becomes an event, unless there is none.
  private dispatch(into: Array<SseFrame>): void {
    const event = this.event
    const data = this.close()
    if (data !== undefined && data !== "") into.push({ event, data, id: this.id })
  }

  /** Takes the data of the open block and resets the block. */
  private close(): string | undefined {
    const data = this.lines === undefined ? this.first : this.lines.take()
    this.event = undefined
    this.first = undefined
    this.lines = undefined
    this.size = 0
    return data
  }
}

/**
 * Makes a scanner for one event stream.
 *
 * `maxEventBytes` limits the memory of one event (its data, its name and the line being read), counted as in {@link SseOverflow}.
 * Default: 16 MiB.
 *
 * @example
 * ```ts
 * import type { SseFrame } from "./sse.js"
 * import { make } from "./sse.js"
 *
 * const scanner = make()
 * const frames: Array<SseFrame> = []
 * scanner.push(new TextEncoder().encode("data: {\"n\":1}\n\ndata: [DONE]"), frames)
 * console.log(frames.map((frame) => frame.data)) // [ '{"n":1}' ]
 * console.log(scanner.end(frames).unterminated) // [DONE]
 * ```
 *
 * @category constructors
 */
export const make = (options?: { readonly maxEventBytes?: number }): SseScanner =>
  new Scanner(options?.maxEventBytes ?? 16 * 1024 * 1024)
