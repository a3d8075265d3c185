import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Chat, Retry, Serverless } from "effect-friendli"
import * as example from "../src/opentelemetry.js"
import { configured, emulator, printing } from "./support.js"

const token = "flp_not_for_the_collector"

const all = (received: ReadonlyArray<example.Received>): string =>
  received.map(({ body, headers }) => JSON.stringify(headers) + body).join("\n")

describe("opentelemetry", () => {
  it.scopedLive("sends the spans and metrics of the calls to a collector, and prints what arrived", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      const { lines, value } = yield* printing(configured(server, { FRIENDLI_TOKEN: token })(example.runnable))
      const { answer, received, series, spans } = value

      assert.deepStrictEqual(
        spans.map(({ name, parents }) => [...parents, name].join(" > ")),
        [
          "program",
          "program > Chat.stream",
          "program > Chat.stream > http.client POST",
          "program > Chat.complete",
          "program > Chat.complete > http.client POST",
          "program > Chat.complete > http.client POST"
        ]
      )
      const [, stream, , complete] = spans.map(({ attributes }) => attributes)
      assert.strictEqual(stream?.["gen_ai.operation.name"], "chat")
      assert.strictEqual(stream?.["gen_ai.provider.name"], "friendli")
      assert.strictEqual(stream?.["gen_ai.request.max_tokens"], 30)
      assert.isArray(stream?.["gen_ai.response.finish_reasons"])
      assert.isUndefined(stream?.["error.type"])
      assert.strictEqual(complete?.["error.type"], "RateLimitError")
      assert.strictEqual(complete?.["http.response.status_code"], 429)
      assert.isUndefined(complete?.["gen_ai.usage.input_tokens"])

      /** What tells the series of a metric apart in this program, and the number in each. */
      const told = (name: string) =>
        series
          .filter((one) => one.name === name)
          .map(({ count, tags, unit, value }) => {
            assert.strictEqual(tags["gen_ai.provider.name"], "friendli")
            assert.strictEqual(tags["gen_ai.operation.name"], "chat")
            assert.strictEqual(tags["gen_ai.request.model"], "meta-llama-3.1-8b-instruct")
            return `${tags["error.type"] ?? tags["gen_ai.token.type"] ?? "all"} ${count ?? value} ${unit}`
          })
          .sort()
      assert.deepStrictEqual(told("friendli.client.requests"), ["all 2 {request}"])
      assert.deepStrictEqual(told("friendli.client.retries"), ["RateLimitError 1 {retry}"])
      assert.deepStrictEqual(told("friendli.client.errors"), ["RateLimitError 1 {error}"])
      assert.deepStrictEqual(told("gen_ai.client.operation.duration"), ["RateLimitError 1 s", "all 1 s"])
      assert.deepStrictEqual(told("gen_ai.client.operation.time_to_first_chunk"), ["all 1 s"])
      assert.deepStrictEqual(told("gen_ai.client.token.usage"), ["input 1 {token}", "output 1 {token}"])

      // a metric and the span say the same
      const tokens = (type: string) => series.find(({ tags }) => tags["gen_ai.token.type"] === type)?.sum
      assert.isNumber(tokens("input"))
      assert.strictEqual(tokens("input"), stream?.["gen_ai.usage.input_tokens"])
      assert.strictEqual(tokens("output"), stream?.["gen_ai.usage.output_tokens"])

      assert.strictEqual(lines[0], "RateLimitError from Chat.complete")
      assert.deepStrictEqual(
        lines.slice(1, 1 + spans.length).map((line) => /^ *(?:http\.client )?\S+/.exec(line)?.[0]),
        [
          "program",
          "  Chat.stream",
          "    http.client POST",
          "  Chat.complete",
          "    http.client POST",
          "    http.client POST"
        ]
      )
      assert.lengthOf(lines, 1 + spans.length + series.length)

      // the server was told what the collector was not
      assert.lengthOf(server.requests, 3)
      const sent = JSON.stringify(server.requests.map(({ body }) => body))
      assert.include(sent, example.question)
      assert.sameMembers([...new Set(received.map(({ path }) => path))], ["/v1/metrics", "/v1/traces"])
      const arrived = all(received)
      assert.include(arrived, "http.request.header.authorization")
      assert.isNotEmpty(answer)
      for (const secret of [token, example.question, answer]) {
        assert.notInclude(arrived, JSON.stringify(secret).slice(1, -1))
      }
    })
  )

  it.scopedLive("shows the server's reason of a failure, without the prompt and the token", () =>
    Effect.gen(function* () {
      const server = yield* emulator()
      server.faults.enqueue({ status: 422, body: { detail: `unfit: ${example.question} by ${token}` } })
      const { received, url } = yield* example.collector
      const error = yield* Chat.complete(
        { model: "m", messages: [{ role: "user", content: example.question }] },
        { retry: Retry.never }
      ).pipe(
        Effect.flip,
        Effect.provide(Serverless.layer({ token, baseUrl: server.url })),
        Effect.provide(example.exported(url)),
        Effect.provide(FetchHttpClient.layer)
      )
      assert.strictEqual(error._tag, "InvalidRequestError")
      const arrived = all(received)
      assert.include(arrived, "exception.message")
      assert.include(arrived, "unfit: ")
      for (const secret of [token, example.question]) assert.notInclude(arrived, secret)
    })
  )
})
