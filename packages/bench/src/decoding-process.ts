/** One way to decode, on one event and on one whole answer: prints µs. */
import * as Schema from "effect/Schema"
import * as Chat from "effect-friendli/Chat"
import { do_not_optimize, measure } from "mitata"
import { events, wholeJson } from "./answers.js"
import type { Decoding } from "./scenarios/decoding.js"

const eventJson = events(10)[5]!.slice("data: ".length)

interface Decoder {
  readonly event: (json: unknown) => unknown
  readonly answer: (json: unknown) => unknown
}

const keepUnknownFields = { onExcessProperty: "preserve" } as const

const decoders: Readonly<Record<Decoding, Decoder>> = {
  parse: { event: (json) => json, answer: (json) => json },
  schema: {
    event: Schema.decodeUnknownEither(Chat.ChatChunk, keepUnknownFields),
    answer: Schema.decodeUnknownEither(Chat.ChatCompletion, keepUnknownFields)
  },
  ours: { event: Chat.streamOperation.decode, answer: Chat.completeOperation.decode }
}

const microseconds = async (text: string, decode: (json: unknown) => unknown): Promise<number> => {
  const { p50 } = await measure(() => do_not_optimize(decode(JSON.parse(text))))
  return p50 / 1000
}

const { event, answer } = decoders[process.argv[2] as Decoding]
console.log(
  JSON.stringify({ event: await microseconds(eventJson, event), answer: await microseconds(wholeJson, answer) })
)
