/**
 * What the unit tests and the exhaustive tests of `Responses` share.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Responses from "effect-friendli/Responses"
import * as ResponseStream from "effect-friendli/ResponseStream"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { type MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { assertSentAs } from "./sent.js"
import { collect, over, prompt, token, untilFailure } from "./support.js"
import { type Part, rowsOf } from "./parts.js"

export const request: Responses.ResponsesRequest = { input: prompt }

export const once = { retry: Retry.never } as const

/** Serverless with a default model, over a scripted client. */
export const scripted = (script: MockHttpClient.Script) =>
  over(script)(Responses.layer.pipe(Layer.provideMerge(Serverless.layerClient({ token, model: "default-model" }))))

export interface Json {
  readonly [field: string]: unknown
}

export const vector = (kind: string): Json => Vectors.json(`serverless.responses.create.response${kind}.json`) as Json

export const eventsOf = (kind: string): ReadonlyArray<Json> =>
  Vectors.json(`serverless.responses.stream.stream${kind}.json`) as ReadonlyArray<Json>

export const textOf = (kind: string): string => Vectors.text(`serverless.responses.stream.stream${kind}.txt`)

/** The vectors of the three ends. */
export const answer = textOf("")
export const whole = vector("")

/** A frame as the API writes it. */
export const frame = (data: Json & { readonly type: string }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

export const textDelta = (delta: string, place: Json = { item_id: "msg_1", output_index: 0, content_index: 0 }) =>
  frame({ type: "response.output_text.delta", ...place, delta, sequence_number: 2 })

export const created = frame({
  type: "response.created",
  response: { id: "resp_1", object: "response", created_at: 1, status: "in_progress", output: [] },
  sequence_number: 0
})

export const completed = frame({
  type: "response.completed",
  response: { id: "resp_1", object: "response", created_at: 1, status: "completed", output: [] },
  sequence_number: 9
})

/** The texts of items, by their kind. */
const textsOf = (response: Json) => {
  const output = response["output"] as ReadonlyArray<Json>
  const of = (type: string) =>
    output
      .filter((item) => item["type"] === type)
      .flatMap((item) => item["content"] as ReadonlyArray<{ readonly text: string }>)
      .map(({ text }) => text)
      .join("")
  return { text: of("message"), reasoning: of("reasoning") }
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
    const provide = (reply: Reply.Reply) =>
      Effect.provide(over([reply])(Layer.provide(Responses.layer, clients[deployment])))

    const input = (file: string) => {
      const { stream: _stream, ...body } = Vectors.json(file) as { readonly stream?: boolean }
      return body
    }

    describe.each(["minimal", "full"] as const)("%s", (kind) => {
      const create = `${deployment}.responses.create`
      const stream = `${deployment}.responses.stream`

      it.effect("create sends the vector and decodes the answer without loss", () => {
        const wire = Vectors.requests(create)[kind]
        const team = wire.headers["x-friendli-team"]
        const response = Vectors.json(`${create}.response.json`)
        return Effect.gen(function* () {
          const sent = yield* Responses.createWithResponse(input(wire.body.file) as never, {
            ...once,
            ...(team === undefined ? {} : { team })
          })
          assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(sent.value)), response)
          assert.strictEqual(sent.response.status, 200)
          yield* assertSentAs(wire, input(wire.body.file))
        }).pipe(provide(Reply.json(response)))
      })

      it.effect("stream sends the vector, reads every event, and adds up to the response", () => {
        const wire = Vectors.requests(stream)[kind]
        const team = wire.headers["x-friendli-team"]
        return Effect.gen(function* () {
          const { elements, error } = yield* untilFailure(
            Responses.stream(input(wire.body.file) as never, { ...once, ...(team === undefined ? {} : { team }) })
          )
          assert.isUndefined(error)
          assert.deepStrictEqual<unknown>(
            elements.map(({ data }) => data),
            Vectors.json(`${stream}.stream.json`)
          )
          for (const event of elements) {
            assert.isTrue(ResponseStream.isKnown(event))
            assert.strictEqual(event.name, (event.data as Json)["type"])
          }
          yield* assertSentAs(wire, Vectors.json(wire.body.file))
        }).pipe(provide(Reply.sse(Vectors.text(`${stream}.stream.txt`))))
      })
    })

    it.effect("an incomplete response is an answer, whole and streamed", () => {
      const incomplete = Vectors.json(`${deployment}.responses.create.response.incomplete.json`)
      const { model } = Vectors.json(`${deployment}.responses.create.request.json`) as Json
      const asked = { input: "Say hi.", ...(model === undefined ? {} : { model }) } as never
      return Effect.gen(function* () {
        assert.deepStrictEqual<unknown>(yield* Responses.create(asked, once), incomplete)
        assert.deepStrictEqual<unknown>(yield* ResponseStream.fold(Responses.stream(asked, once)), incomplete)
      }).pipe(
        Effect.provide(
          over([
            Reply.json(incomplete),
            Reply.sse(Vectors.text(`${deployment}.responses.stream.stream.incomplete.txt`))
          ])(Layer.provide(Responses.layer, clients[deployment]))
        )
      )
    })

    it.effect("a failed response is a failure that has it, whole and streamed", () => {
      const failed = Vectors.json(`${deployment}.responses.create.response.failed.json`)
      const { model } = Vectors.json(`${deployment}.responses.create.request.json`) as Json
      const asked = { input: "Say hi.", ...(model === undefined ? {} : { model }) } as never
      return Effect.gen(function* () {
        const error = yield* Effect.flip(Responses.create(asked, once))
        const streamed = yield* Effect.flip(ResponseStream.fold(Responses.stream(asked, once)))
        const { elements } = yield* untilFailure(Responses.stream(asked, once))
        for (const each of [error, streamed]) {
          assert.strictEqual(each._tag, "ServerError")
          assert.strictEqual(each.code, "server_error")
          assert.strictEqual(each.status, 500)
          assert.include(each.message, "the model stopped")
          assert.deepStrictEqual<unknown>(Option.getOrThrow(ResponseStream.partial(each)), failed)
        }
        assert.deepStrictEqual<unknown>(
          elements.map(({ data }) => data),
          Vectors.json(`${deployment}.responses.stream.stream.failed.json`)
        )
        assert.strictEqual(streamed.received?.events, elements.length)
      }).pipe(
        Effect.provide(
          over([
            Reply.json(failed),
            Reply.sse(Vectors.text(`${deployment}.responses.stream.stream.failed.txt`)),
            Reply.sse(Vectors.text(`${deployment}.responses.stream.stream.failed.txt`))
          ])(Layer.provide(Responses.layer, clients[deployment]))
        )
      )
    })
  })
}

// ---------------------------------------------------------------------------
// cuts
// ---------------------------------------------------------------------------

const pieces = ["whole", "frames", "bytes", 7] as const

export const piecesTests = (part: Part): void => {
  const rows = rowsOf(part, pieces, ["frames", 7])

  for (const cuts of rows) {
    it.effect(`gives the same cut by ${cuts}`, () =>
      Effect.gen(function* () {
        const stream = Responses.stream(request)
        const { reasoning, text } = textsOf(whole)
        assert.deepStrictEqual<unknown>(yield* ResponseStream.fold(stream), whole)
        assert.deepStrictEqual(yield* collect(ResponseStream.text(stream)), ["Hi", text.slice(2)])
        assert.deepStrictEqual(yield* collect(ResponseStream.reasoning(stream)), ["Short ", reasoning.slice(6)])
        assert.deepStrictEqual<unknown>(yield* ResponseStream.toolCalls(stream), [
          (whole["output"] as ReadonlyArray<unknown>)[2]
        ])
      }).pipe(Effect.provide(scripted(() => Reply.sse(answer, { cuts }))))
    )
  }
}

const ends = ["", ".incomplete"] as const

/** Each stream, cut after each of its events: only the last one makes it whole. */
export const cutTests = (part: Part): void => {
  const rows = ends.flatMap((kind) =>
    eventsOf(kind).map((_, at) => [`${kind === "" ? "completed" : "incomplete"} ${at}`, kind, at] as const)
  )
  const chosen = rowsOf(part, rows, (_, at) => at % 9 === 4)

  it.effect.each(chosen)(
    "%s: a stream that ends after this many events is cut short, and has what came",
    ([, kind, at]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(ResponseStream.fold(Responses.stream(request, once)))
        assert.strictEqual(error._tag, "StreamTruncatedError")
        assert.strictEqual(error.received?.events, at)
        const partial = Option.getOrThrow(ResponseStream.partial(error))
        const deltas = eventsOf(kind)
          .slice(0, at)
          .filter(({ type }) => type === "response.output_text.delta")
        assert.strictEqual(Responses.outputText(partial), deltas.map(({ delta }) => delta).join(""))
        assert.oneOf(partial.status, [null, "in_progress"])
      }).pipe(Effect.provide(scripted([Reply.sse(textOf(kind), { after: { frames: at } })])))
  )
}
