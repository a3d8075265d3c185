import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as example from "../src/metrics.js"
import { configured, emulator, printing } from "./support.js"

describe("metrics", () => {
  it.scopedLive("prints every span, and every series with its tags and values", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines } = yield* printing(configured(server)(example.runnable))
      const spans = lines.filter((line) => line.startsWith("span "))
      assert.deepStrictEqual(
        spans.map((line) => line.split(" ")[1]),
        ["Tokens.tokenize", "Chat.complete", "Chat.stream", "Chat.complete"]
      )
      assert.match(spans[2] ?? "", /gen_ai\.usage\.input_tokens=\d+ gen_ai\.usage\.output_tokens=\d+$/)
      assert.match(spans[3] ?? "", /error\.type=InvalidRequestError$/)

      /** Series of a metric as their tags and the count in them. */
      const series = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}{`))
          .map((line) => {
            const [, tags = "", count = ""] = /\{(.*)\} count=(\d+)/.exec(line) ?? []
            return `${/gen_ai\.operation\.name="(.*?)"/.exec(tags)?.[1]} ${/error\.type="(.*?)"/.exec(tags)?.[1]} ${count}`
          })
          .sort()
      assert.deepStrictEqual(series("friendli.client.requests"), ["chat undefined 3", "tokenize undefined 1"])
      assert.deepStrictEqual(series("friendli.client.errors"), ["chat InvalidRequestError 1"])
      assert.deepStrictEqual(series("gen_ai.client.operation.duration"), [
        "chat InvalidRequestError 1",
        "chat undefined 2",
        "tokenize undefined 1"
      ])
      assert.deepStrictEqual(series("gen_ai.client.operation.time_to_first_chunk"), ["chat undefined 1"])
      const input = lines.filter((line) => line.includes('gen_ai.token.type="input"'))
      assert.lengthOf(input, 2)
      assert.match(input.find((line) => line.includes("tokenize")) ?? "", / count=1 sum=7 max=7$/)
      assert.lengthOf(server.requests, 3)
    })
  )
})
