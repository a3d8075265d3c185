/**
 * What the unit tests and the exhaustive tests of `sse` share.
 */
import type { SseEnd, SseFrame } from "../../src/internal/sse.js"
import { make, type SseOverflow } from "../../src/internal/sse.js"

const encoder = new TextEncoder()

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

export interface Run {
  readonly frames: ReadonlyArray<SseFrame>
  readonly end: SseEnd
  readonly overflow: SseOverflow | undefined
  readonly bytesSeen: number
}

export const run = (chunks: Iterable<Uint8Array>, options?: { readonly maxEventBytes?: number }): Run => {
  const scanner = make(options)
  const frames: Array<SseFrame> = []
  let overflow: SseOverflow | undefined
  for (const chunk of chunks) overflow = scanner.push(chunk, frames) ?? overflow
  return { frames, end: scanner.end(frames), overflow, bytesSeen: scanner.bytesSeen }
}

export const singles = (bytes: Uint8Array): Array<Uint8Array> => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** The standard's rules read aloud over the whole text, without any care for speed. */
export const naive = (bytes: Uint8Array): { readonly frames: Array<SseFrame>; readonly end: SseEnd } => {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\r|\n/)
  const last = lines.pop()!
  const frames: Array<SseFrame> = []
  let data: Array<string> = []
  let event: string | undefined
  let id: string | undefined
  const field = (line: string): void => {
    const [, name, value] = /^([^:]*)(?:: ?([^]*))?$/.exec(line)!
    if (name === "data") data.push(value ?? "")
    if (name === "event") event = value === "" ? undefined : value
    if (name === "id" && !(value ?? "").includes("\0")) id = value === "" ? undefined : value
  }
  for (const line of lines) {
    if (line !== "") {
      field(line)
      continue
    }
    if (data.join("\n") !== "") frames.push({ event, data: data.join("\n"), id })
    data = []
    event = undefined
  }
  if (last !== "") field(last)
  return { frames, end: { unterminated: data.join("\n") === "" ? undefined : data.join("\n"), event } }
}
