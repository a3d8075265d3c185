/**
 * What the unit tests and the exhaustive tests of `Messages` share.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { collect, over, prompt, token, untilFailure } from "./support.js"
import { type Part, rowsOf } from "./parts.js"

export const request: Messages.MessagesRequest = { messages: [{ role: "user", content: prompt }] }

export const once = { retry: Retry.never } as const

/** Serverless with a default model, over a scripted client. */
export const scripted = (script: MockHttpClient.Script) =>
  over(script)(Messages.layer.pipe(Layer.provideMerge(Serverless.layerClient({ token, model: "default-model" }))))

/** A frame as Anthropic's API writes it. */
export const frame = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

export const usage = { input_tokens: 7, output_tokens: 1 }

export const start = frame({
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [],
    model: "m-1",
    stop_reason: null,
    stop_sequence: null,
    usage
  }
})

export const delta = (index: number, value: object) => frame({ type: "content_block_delta", index, delta: value })

const block = (index: number, value: object, ...deltas: ReadonlyArray<object>): string =>
  frame({ type: "content_block_start", index, content_block: value }) +
  deltas.map((value) => delta(index, value)).join("") +
  frame({ type: "content_block_stop", index })

const end =
  frame({
    type: "message_delta",
    delta: { stop_reason: "tool_use", stop_sequence: null },
    usage: { output_tokens: 12 }
  }) + frame({ type: "message_stop" })

export const answer = [
  start,
  frame({ type: "ping" }),
  block(
    0,
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking_delta", thinking: "Hm" },
    { type: "thinking_delta", thinking: "." },
    { type: "signature_delta", signature: "sig" }
  ),
  block(1, { type: "text", text: "" }, { type: "text_delta", text: "Hi" }, { type: "text_delta", text: " there" }),
  block(
    2,
    { type: "tool_use", id: "toolu_1", name: "now", input: {} },
    { type: "input_json_delta", partial_json: "" },
    { type: "input_json_delta", partial_json: '{"zone":' },
    { type: "input_json_delta", partial_json: '"KST"}' }
  ),
  end
].join("")

export const whole = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  content: [
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "text", text: "Hi there" },
    { type: "tool_use", id: "toolu_1", name: "now", input: { zone: "KST" } }
  ],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 7, output_tokens: 12 },
  model: "m-1"
}

// ---------------------------------------------------------------------------
// the contract
// ---------------------------------------------------------------------------

const clients = {
  serverless: Serverless.layerClient({ token: "test-token" }),
  dedicated: Dedicated.layerClient({ token: "test-token" }),
  container: Container.layerClient({ token: "test-token" })
}

const deployments = ["serverless", "dedicated", "container"] as const

export const vectorTests = (part: Part): void => {
  const rows = rowsOf(part, deployments, ["serverless"])

  describe.each(rows)("%s", (deployment) => {
    const name = `${deployment}.messages.messages`
    const http = Vectors.requests(name)
    const response = Vectors.json(`${name}.response.json`)

    describe.each(["minimal", "full"] as const)("%s", (kind) => {
      const wire = http[kind]
      const team = wire.headers["x-friendli-team"]
      const options = { ...once, ...(team === undefined ? {} : { team }) }
      const { stream: _stream, ...body } = Vectors.json(wire.body.file) as { readonly stream?: boolean }
      const provide = (reply: Reply.Reply) =>
        Effect.provide(over([reply])(Layer.provide(Messages.layer, clients[deployment])))

      const assertSent = (expected: object, accept: string) =>
        Effect.gen(function* () {
          const [sent, ...more] = yield* MockHttpClient.requests
          assert.lengthOf(more, 0)
          assert.strictEqual(sent!.method, wire.method)
          assert.strictEqual(sent!.url, wire.url)
          const { accept: _accept, authorization: _authorization, ...headers } = wire.headers
          for (const [header, value] of Object.entries(headers))
            assert.strictEqual(sent!.headers[header], value, header)
          assert.strictEqual(sent!.headers["accept"], accept)
          if (team === undefined) assert.notProperty(sent!.headers, "x-friendli-team")
          assert.isDefined(sent!.authorization)
          assert.deepStrictEqual(sent!.json, expected)
        })

      it.effect("create sends the vector and decodes the answer without loss", () =>
        Effect.gen(function* () {
          const { response: about, value } = yield* Messages.createWithResponse(body as never, options)
          assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(value)), response)
          assert.strictEqual(about.status, 200)
          yield* assertSent(body, "application/json")
        }).pipe(provide(Reply.json(response)))
      )

      it.effect("stream sends the same with stream: true", () =>
        Effect.gen(function* () {
          assert.deepStrictEqual<unknown>(yield* MessageStream.fold(Messages.stream(body as never, options)), whole)
          yield* assertSent({ ...body, stream: true }, "text/event-stream")
        }).pipe(provide(Reply.sse(answer)))
      )
    })
  })
}

export const streamVectorTests = (part: Part): void => {
  const rows = rowsOf(part, deployments, ["serverless"])

  describe.each(rows)("%s.messages.stream", (deployment) => {
    const name = `${deployment}.messages.stream`
    const stream = (request: object) =>
      untilFailure(Messages.stream(request as never, once)).pipe(
        Effect.map(({ elements, error }) => ({ data: elements.map((event): unknown => event.data), error }))
      )
    const provide = (reply: Reply.Reply) =>
      Effect.provide(over([reply])(Layer.provide(Messages.layer, clients[deployment])))

    it.effect.each(["minimal", "full"] as const)("sends the vector (%s) and reads every event", (kind) =>
      Effect.gen(function* () {
        const wire = Vectors.requests(name)[kind]
        const { stream: _stream, ...body } = Vectors.json(wire.body.file) as { readonly stream: boolean }
        const { data, error } = yield* stream(body)
        assert.isUndefined(error)
        assert.deepStrictEqual<unknown>(data, Vectors.json(`${name}.stream.json`))
        const [sent] = yield* MockHttpClient.requests
        assert.strictEqual(sent!.url, wire.url)
        assert.deepStrictEqual(sent!.json, Vectors.json(wire.body.file))
      }).pipe(provide(Reply.sse(Vectors.text(`${name}.stream.txt`))))
    )

    it.effect("an error event ends it as a failure, after what had come", () =>
      Effect.gen(function* () {
        const { stream: _stream, ...body } = Vectors.json(`${name}.request.json`) as { readonly stream: boolean }
        const { data, error } = yield* stream(body)
        assert.deepStrictEqual<unknown>(
          data,
          (Vectors.json(`${name}.stream.error.json`) as ReadonlyArray<unknown>).slice(0, -1)
        )
        assert.strictEqual(error?._tag, "OverloadedError")
      }).pipe(provide(Reply.sse(Vectors.text(`${name}.stream.error.txt`))))
    )
  })
}

const pieces = ["whole", "frames", "bytes", 7] as const

export const piecesTests = (part: Part): void => {
  const rows = rowsOf(part, pieces, ["frames", 7])

  for (const cuts of rows) {
    it.effect(`gives the same cut by ${cuts}`, () =>
      Effect.gen(function* () {
        const stream = Messages.stream(request)
        assert.deepStrictEqual<unknown>(yield* MessageStream.fold(stream), whole)
        assert.deepStrictEqual(yield* collect(MessageStream.text(stream)), ["Hi", " there"])
        assert.deepStrictEqual(yield* collect(MessageStream.thinking(stream)), ["Hm", "."])
        assert.deepStrictEqual<unknown>(yield* MessageStream.toolUses(stream), [whole.content[2]])
      }).pipe(Effect.provide(scripted(() => Reply.sse(answer, { cuts }))))
    )
  }
}
