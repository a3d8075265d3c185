/**
 * Metrics of every other way to call, and of more models than they distinguish.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chat from "effect-friendli/Chat"
import * as Metrics from "effect-friendli/Metrics"
import { it } from "./it.js"
import { request } from "./support.js"
import { answer, counts, measured, serverless, wholeTests } from "./Metrics.support.js"

wholeTests("others")

describe("tags", () => {
  it.effect("distinguish a hundred models, and no more", () =>
    measured((test) =>
      Effect.gen(function* () {
        const name = (index: number) => `m${index}`
        for (let index = 0; index < 103; index++) yield* Chat.complete({ ...request, model: name(index) })
        // the first ones keep their names
        yield* Chat.complete({ ...request, model: name(0) })
        const all = yield* counts(Metrics.requests, test)
        assert.lengthOf(all, 101)
        assert.strictEqual(all.find(({ tags }) => tags["gen_ai.request.model"] === "_OTHER")?.count, 3)
        assert.strictEqual(all.find(({ tags }) => tags["gen_ai.request.model"] === name(0))?.count, 2)
      })
    ).pipe(Effect.provide(serverless(() => answer)))
  )
})
