/**
 * Any response in any pieces, and any events in any order.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Arbitrary from "effect/Arbitrary"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import * as Responses from "effect-friendli/Responses"
import * as ResponseStream from "effect-friendli/ResponseStream"
import { ResponsesKnownEvent } from "effect-friendli/schema/ResponsesEvent"
import { collect } from "./support.js"
import {
  added,
  args,
  argsDone,
  type At,
  done,
  ended,
  type Event,
  event,
  folded,
  type Json,
  streamed,
  text,
  thought
} from "./ResponseStream.support.js"

const pieces = fc.array(fc.string(), { maxLength: 5 })

/** An item, and how its text is cut. */
const piece = fc.record({
  kind: fc.constantFrom("message", "reasoning", "function_call"),
  parts: fc.array(pieces, { maxLength: 3 })
})

/** What a server may leave out. */
const habits = fc.record({
  ids: fc.boolean(),
  indexes: fc.boolean(),
  starts: fc.boolean(),
  ends: fc.boolean(),
  output: fc.boolean()
})

const join = (parts: ReadonlyArray<string>): string => parts.join("")

describe("properties", () => {
  it("a response that is streamed in any pieces folds to itself, and its text is the text of the stream", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), habits, (items, { ends, ids, indexes, output, starts }) => {
        const events: Array<Event> = [
          event("response.created", { response: { id: "r", status: "in_progress", output: [] } })
        ]
        const whole: Array<Json> = []
        for (const [at, { kind, parts }] of items.entries()) {
          // Without an id and without an index only the order tells items apart, so that each must have its start.
          const isNamed = ids || indexes
          const id = `item_${at}`
          const named = ids ? { id } : {}
          const index = indexes ? at : undefined
          const place: At = { ...named, ...(indexes ? { index: at } : {}) }
          const status = "completed"
          const isCall = kind === "function_call"
          const content = parts.map((part) => ({
            type: kind === "message" ? "output_text" : "reasoning_text",
            text: join(part)
          }))
          const call = { call_id: `call_${at}`, name: "f" }
          const item: Json = {
            type: kind,
            ...named,
            ...(kind === "reasoning" ? { summary: [] } : {}),
            ...(isCall ? { ...call, arguments: join(parts.flat()) } : { content }),
            status
          }
          const empty = isCall ? { arguments: "" } : { content: [] }
          if (starts || !isNamed || isCall || parts.length === 0) {
            events.push(added({ ...item, ...empty, status: "in_progress" }, index))
          }
          if (isCall) for (const delta of parts.flat()) events.push(args(delta, place))
          else {
            for (const [part, deltas] of parts.entries()) {
              const { type } = content[part]!
              const within = { ...place, part }
              events.push(
                event("response.content_part.added", {
                  ...(ids ? { item_id: id } : {}),
                  ...(indexes ? { output_index: at } : {}),
                  content_index: part,
                  part: { type, text: "" }
                })
              )
              for (const delta of deltas) events.push((kind === "message" ? text : thought)(delta, within))
            }
          }
          // An item that never began has its other fields from its end.
          const needsEnd = !(starts || !isNamed || isCall || parts.length === 0)
          if (ends || needsEnd) {
            if (isCall) events.push(argsDone(item["arguments"], "f", place))
            events.push(done(item, index))
          }
          whole.push(item)
        }
        const response = { id: "r", object: "response", status: "completed", usage: { total_tokens: 1 } }
        events.push(ended({ ...response, ...(output ? { output: whole } : {}) }))
        const merged = folded(...events)
        assert.deepStrictEqual<unknown>(merged, { ...response, output: whole })
        const { reasoning, text: texts } = streamed(...events)
        assert.strictEqual(join(texts), Responses.outputText(merged))
        assert.strictEqual(
          join(reasoning),
          join(items.filter(({ kind }) => kind === "reasoning").flatMap(({ parts }) => parts.flat()))
        )
      }),
      { numRuns: 300 }
    )
  })

  it("nothing breaks a fold, and no delta is lost", () => {
    const anything = fc.oneof(
      Arbitrary.make(ResponsesKnownEvent),
      fc.jsonValue().map((data): Event => ({ data })),
      fc.record({
        data: fc.record({
          type: fc.constantFrom("response.output_text.delta", "response.output_item.added", "response.completed"),
          delta: fc.jsonValue(),
          item: fc.jsonValue(),
          response: fc.jsonValue()
        })
      })
    )
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 12 }), (events) => {
        const response = folded(...events)
        JSON.stringify(response)
        const { text: texts } = streamed(...events)
        assert.notInclude(texts, "")
        const known = Effect.runSync(collect(ResponseStream.decoded(Stream.fromIterable(events))))
        const deltas = known.flatMap((data) =>
          data.type === "response.output_text.delta" && data.delta !== "" ? [data.delta] : []
        )
        // Between them there may be text that only the start or the end of a part has.
        let at = 0
        for (const told of texts) if (told === deltas[at]) at++
        assert.strictEqual(at, deltas.length)
      }),
      { numRuns: 100 }
    )
  })
})
