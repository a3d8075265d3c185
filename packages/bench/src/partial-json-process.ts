/** One way to show JSON while it arrives, at two lengths: prints ns per character. */
import { parsePartialJson } from "ai"
import * as Schema from "effect/Schema"
import * as PartialJson from "effect-friendli/PartialJson"
import { do_not_optimize, measure } from "mitata"
import type { PartialReading } from "./scenarios/partial-json.js"

const Report = Schema.Struct({
  title: Schema.String,
  items: Schema.Array(Schema.Struct({ name: Schema.String, price: Schema.Number, tags: Schema.Array(Schema.String) }))
})

/** JSON of about this length, rounded to whole items. */
const textOf = (length: number): string => {
  const item = { name: "A kettle of two litres", price: 41.5, tags: ["kitchen", "steel"] }
  const count = Math.ceil(length / JSON.stringify(item).length)
  return JSON.stringify({ title: "What was ordered", items: Array.from({ length: count }, () => item) })
}

/** Pieces of about the length of a token. */
const inPieces = (text: string): ReadonlyArray<string> => text.match(/.{1,4}/gs) ?? []

const readings: Readonly<Record<PartialReading, (pieces: ReadonlyArray<string>) => unknown>> = {
  ours: (pieces) => {
    const reader = PartialJson.make(Report)
    for (const piece of pieces) do_not_optimize(reader.push(piece))
    return reader.end()
  },
  ai: async (pieces) => {
    let text = ""
    for (const piece of pieces) {
      text += piece
      do_not_optimize((await parsePartialJson(text)).value)
    }
    return text
  },
  once: (pieces) => JSON.parse(pieces.join(""))
}

const read = readings[process.argv[2] as PartialReading]

const nanoseconds = async (length: number): Promise<number> => {
  const text = textOf(length)
  const pieces = inPieces(text)
  const { p50 } = await measure(() => read(pieces))
  return p50 / text.length
}

console.log(JSON.stringify({ short: await nanoseconds(2_000), long: await nanoseconds(32_000) }))
