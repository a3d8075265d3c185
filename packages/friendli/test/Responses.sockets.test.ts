/**
 * Responses over sockets, on every deployment.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Responses from "effect-friendli/Responses"
import * as ResponseFormat from "effect-friendli/ResponseFormat"
import * as ResponseStream from "effect-friendli/ResponseStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Tool from "effect-friendli/Tool"
import { emulated } from "./emulated.js"
import { collect, token } from "./support.js"

describe("over sockets", async () => {
  const server = await emulated()

  const model = "meta-llama-3.1-8b-instruct"
  const settings = { token, baseUrl: server.url, model, retry: Retry.never }
  const deployments = {
    serverless: Serverless.layerClient(settings),
    dedicated: Dedicated.layerClient(settings),
    container: Container.layerClient({ ...settings, model: undefined })
  }
  const provide =
    (deployment: keyof typeof deployments) =>
    <A, E>(effect: Effect.Effect<A, E, Responses.Responses | Chat.Chat>) =>
      effect.pipe(
        Effect.provide(Layer.provide(Layer.merge(Responses.layer, Chat.layer), deployments[deployment])),
        Effect.provide(FetchHttpClient.layer)
      )

  const hello: Responses.ResponsesRequest = {
    instructions: "You are a helpful assistant.",
    input: "Hello!",
    max_output_tokens: 200,
    temperature: 0
  }

  describe.each(["serverless", "dedicated", "container"] as const)("%s", (deployment) => {
    it.live("a stream adds up to the whole answer", () =>
      Effect.gen(function* () {
        const response = yield* Responses.create(hello)
        const text = Responses.outputText(response)
        assert.isNotEmpty(text)
        assert.strictEqual(
          server.requests[0]?.path,
          deployment === "container" ? "/v1/responses" : `/${deployment}/v1/responses`
        )
        assert.isTrue(server.requests[0]?.authorized)
        const sent = server.requests[0]?.body as Responses.ResponsesRequest | undefined
        assert.strictEqual(sent?.model, deployment === "container" ? undefined : model)

        const events = yield* collect(Responses.stream(hello))
        assert.deepStrictEqual(
          events.filter((event) => !ResponseStream.isKnown(event)),
          []
        )
        const streamed = yield* ResponseStream.fold(Stream.fromIterable(events))
        const last = events.at(-1)!.data as { readonly response: unknown }
        assert.deepStrictEqual<unknown>(streamed, last.response)
        assert.strictEqual(Responses.outputText(streamed), text)
        assert.strictEqual(streamed.status, response.status)
        assert.deepStrictEqual(streamed.usage, response.usage)
        assert.strictEqual(yield* Stream.mkString(ResponseStream.text(Responses.stream(hello))), text)
      }).pipe(provide(deployment))
    )
  })

  const serverless = provide("serverless")

  it.live("frames have the names of their events, and a chat says the same", () =>
    Effect.gen(function* () {
      const frames = yield* collect(Responses.events(hello))
      for (const { data, event } of frames)
        assert.strictEqual((JSON.parse(data) as { readonly type: string }).type, event)
      assert.strictEqual(frames[0]?.event, "response.created")
      assert.strictEqual(frames.at(-1)?.event, "response.completed")
      const chat = yield* Chat.complete({
        messages: [
          { role: "system", content: "You are a helpful assistant." },
          { role: "user", content: "Hello!" }
        ],
        max_tokens: 200,
        temperature: 0
      })
      assert.strictEqual(Responses.outputText(yield* Responses.create(hello)), chat.choices[0]?.message.content)
    }).pipe(serverless)
  )

  it.live("a response that reaches its limit is incomplete, whole and streamed", () =>
    Effect.gen(function* () {
      const short = { ...hello, max_output_tokens: 3 }
      const response = yield* Responses.create(short)
      assert.strictEqual(response.status, "incomplete")
      assert.strictEqual(response.incomplete_details?.reason, "max_output_tokens")
      const streamed = yield* ResponseStream.fold(Responses.stream(short))
      assert.strictEqual(streamed.status, "incomplete")
      assert.strictEqual(Responses.outputText(streamed), Responses.outputText(response))
    }).pipe(serverless)
  )

  it.live("a forced call is the same whole and streamed, decodes by its schema, and its result goes back", () =>
    Effect.gen(function* () {
      const weather = Tool.make("get_weather", {
        description: "The current weather in a city",
        parameters: Schema.Struct({ city: Schema.Literal("Seoul", "Oslo") })
      })
      const asking: Responses.ResponsesRequest = {
        input: [{ role: "user", content: "What is the weather in Seoul?" }],
        max_output_tokens: 400,
        temperature: 0,
        tools: [
          { ...Tool.toResponses(weather), strict: true },
          { type: "custom", name: "shell" }
        ],
        tool_choice: { type: "function", name: "get_weather" }
      }
      const [call, ...more] = yield* ResponseStream.toolCalls(Responses.stream(asking))
      assert.lengthOf(more, 0)
      const decoded = yield* Tool.decodeCall(call!, [weather])
      assert.oneOf(decoded.input.city, ["Seoul", "Oslo"])
      assert.strictEqual(decoded.id, call?.call_id)
      assert.isEmpty(yield* ResponseStream.customToolCalls(Responses.stream(asking)))

      const readings = yield* collect(
        ResponseStream.partialToolCalls(Responses.stream(asking), Tool.schemas([weather]))
      )
      assert.strictEqual(readings.at(-1)?.reading._tag, "Complete")
      assert.deepStrictEqual<unknown>(readings.at(-1)?.reading.value, decoded.input)

      const response = yield* Responses.create(asking)
      const called = response.output.flatMap((item) => (item.type === "function_call" ? [item] : []))
      assert.strictEqual(called[0]?.arguments, call?.arguments)
      const next = yield* Responses.create({
        ...asking,
        tool_choice: "none",
        input: [
          ...(asking.input as ReadonlyArray<Responses.ResponsesInputItem>),
          ...Responses.toInput(response),
          { type: "function_call_output", call_id: called[0]!.call_id, output: "21 °C" }
        ]
      })
      assert.isNotEmpty(Responses.outputText(next))
    }).pipe(serverless)
  )

  it.live("a format of an Effect schema is kept, whole and streamed", () =>
    Effect.gen(function* () {
      const Verdict = Schema.Struct({ sentiment: Schema.Literal("good", "bad"), stars: Schema.Int })
      const request: Responses.ResponsesRequest = {
        input: "How is this review, as JSON: I would buy it again.",
        max_output_tokens: 2000,
        text: { format: { ...ResponseFormat.toResponses(ResponseFormat.json(Verdict)), strict: true } }
      }
      const decode = Schema.decode(Schema.parseJson(Verdict))
      yield* decode(Responses.outputText(yield* Responses.create(request)))
      yield* decode(yield* Stream.mkString(ResponseStream.text(Responses.stream(request))))
    }).pipe(serverless)
  )

  it.live("the server's rejection is typed and names what it rejects", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Responses.create(hello, { body: { max_output_tokens: "many" } }))
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.status, 422)
      assert.include(error.message, "max_output_tokens")
      // An item that the SDK does not know is for the server to reject.
      const unknown = { input: [{ type: "additional_tools" }] } as never as Responses.ResponsesRequest
      const other = yield* Effect.flip(Responses.create(unknown))
      assert.strictEqual(other._tag, "InvalidRequestError")
      assert.strictEqual(other.status, 422)
    }).pipe(serverless)
  )

  it.live("a stream that the server cuts, and one that fails, are typed failures with what had arrived", () =>
    Effect.gen(function* () {
      server.faults.enqueue({ truncate: { afterEvents: 5 } })
      const cut = yield* Effect.flip(ResponseStream.fold(Responses.stream(hello)))
      assert.strictEqual(cut._tag, "StreamTruncatedError")
      assert.strictEqual(cut.received?.events, 5)
      assert.strictEqual(Option.getOrThrow(ResponseStream.partial(cut)).status, "in_progress")

      server.faults.enqueue({ errorFrame: { afterEvents: 5, shape: "event" } })
      const failed = yield* Effect.flip(ResponseStream.fold(Responses.stream(hello)))
      assert.oneOf(failed._tag, ["ServerError", "OverloadedError", "RateLimitError"])
      assert.strictEqual(Option.getOrThrow(ResponseStream.partial(failed)).status, "failed")
    }).pipe(serverless)
  )

  it.live("a stream that is left early, or interrupted, cancels its request", () =>
    Effect.gen(function* () {
      const first = yield* collect(Stream.take(ResponseStream.text(Responses.stream(hello)), 1))
      assert.lengthOf(first, 1)
      server.faults.enqueue({ stall: { afterEvents: 3 } })
      const fiber = yield* Effect.fork(Stream.runDrain(Responses.stream(hello)))
      const until = (condition: () => boolean) => Effect.repeat(Effect.sleep("5 millis"), { until: condition })
      yield* until(() => server.requests[1]?.eventsSent === 3)
      yield* Fiber.interrupt(fiber)
      yield* until(() => server.requests[1]?.aborted === true)
      const { response, value } = yield* Responses.streamWithResponse(hello)
      assert.strictEqual(response.status, 200)
      assert.isAtLeast((yield* collect(value)).length, 5)
    }).pipe(Effect.scoped, serverless)
  )
})
