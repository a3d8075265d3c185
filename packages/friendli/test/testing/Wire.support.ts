/**
 * What the unit tests and the exhaustive tests of `Wire` share.
 */
import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as Classification from "effect-friendli/Classification"
import * as Completions from "effect-friendli/Completions"
import * as Cost from "effect-friendli/Cost"
import * as Datasets from "effect-friendli/Datasets"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Endpoints from "effect-friendli/Endpoints"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Files from "effect-friendli/Files"
import type { FriendliError, FriendliStreamError } from "effect-friendli/FriendliError"
import * as Images from "effect-friendli/Images"
import * as Management from "effect-friendli/Management"
import * as Messages from "effect-friendli/Messages"
import * as Responses from "effect-friendli/Responses"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Tokens from "effect-friendli/Tokens"
import * as Usage from "effect-friendli/Usage"
import { it } from "../it.js"
import { during, request, untilFailure } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

const messages = { messages: [{ role: "user" as const, content: "Hello!" }], max_tokens: 9 }

const file = new File(["RIFF"], "a.wav", { type: "audio/wav" })

const over = (reply: Reply.Reply) =>
  Effect.provide(
    Layer.merge(
      Dedicated.layer({ token: "flp_test", model: "m", retry: Retry.never }),
      Management.layer({ token: "flp_test", retry: Retry.never })
    ).pipe(Layer.provideMerge(MockHttpClient.layer([reply])))
  )

type Capabilities = Dedicated.Capabilities | Management.Capabilities

const days = { start_time: "2026-01-01T00:00:00Z", end_time: "2026-01-03T00:00:00Z" }

type Whole = readonly [Effect.Effect<unknown, FriendliError, Capabilities>, unknown]

const whole: Readonly<Record<string, Whole>> = {
  "Chat.complete": [Chat.complete(request), Wire.chatCompletion("Héllo there!")],
  "Chat.complete without usage": [Chat.complete(request), Wire.chatCompletion("Héllo there!", { usage: null })],
  "Completions.complete without usage": [
    Completions.complete({ prompt: "a" }),
    Wire.completion("Héllo there!", { usage: null })
  ],
  "Completions.complete": [Completions.complete({ prompt: "a" }), Wire.completion("Héllo there!")],
  "Messages.create": [Messages.create(messages), Wire.message("Héllo there!")],
  "Responses.create": [
    Responses.create({ input: "Hello!" }),
    Wire.response("Héllo there!", { reasoning: "Hm.", toolCalls: [Wire.toolCall("now", {})] })
  ],
  "Tokens.tokenize": [Tokens.tokenize({ prompt: "a" }), { tokens: [1, 2, 3] }],
  "Tokens.detokenize": [Tokens.detokenize({ tokens: [1] }), { text: "Héllo" }],
  "ChatRender.render": [ChatRender.render(request), { text: "Héllo" }],
  "Embeddings.create": [Embeddings.create({ input: "a" }), Wire.embeddings([[0.5, 1]])],
  "Classification.classify": [
    Classification.classify({ input: "a" }),
    Wire.classifications([{ label: "good", probs: [0.9, 0.1] }])
  ],
  "Images.generate": [
    Images.generate({ prompt: "a", num_inference_steps: 1 }),
    { data: [{ url: "https://i.example" }] }
  ],
  "Images.edit": [
    Images.edit({ image: { image: "AAAA" }, prompt: "a", num_inference_steps: 1 }),
    { data: [{ b64_json: "AAAA" }] }
  ],
  "Audio.transcribe": [Audio.transcribe({ file }), Wire.transcription("Héllo there.")],
  "Endpoints.status": [Endpoints.status("ep"), Wire.endpointStatus("INITIALIZING", { phase: "DOWNLOADING_MODEL" })],
  "Endpoints.get": [Endpoints.get("ep"), Wire.endpointSpec({ name: "Héllo" })],
  "Endpoints.list": [Endpoints.list(), Wire.endpoints({ ep1: "RUNNING", ep2: Wire.endpointStatus("FAILED") }, "next")],
  "Datasets.list": [Datasets.list({ projectId: "p" }), Wire.datasets(["Héllo"], "next")],
  "Datasets.listSplits": [Datasets.listSplits({ dataset_id: "ds-1" }), Wire.splits(["Héllo"])],
  "Datasets.listSamples": [Datasets.listSamples({ dataset_id: "ds-1", split_id: "sp-1" }), Wire.samples(["Héllo"])],
  "Datasets.addSamples": [
    Datasets.addSamples({ dataset_id: "ds-1", split_id: "sp-1", samples: ["Héllo"] }),
    Wire.addedSamples(["Héllo"])
  ],
  "Files.getInfo": [Files.getInfo({ file_id: "file-1" }), Wire.file({ name: "Héllo" })],
  "Usage.get": [Usage.get(days), Wire.usages([[{ model: "Héllo", num_model_requests: 1 }], []], "next")],
  "Cost.get": [Cost.get(days), Wire.costs([[{ total: "0.1", line_item: "Héllo" }]])]
}

const wholes = Object.entries(whole)

type Streamed = readonly [
  Stream.Stream<unknown, FriendliStreamError, Capabilities>,
  ReadonlyArray<unknown>,
  { readonly named?: true; readonly done?: false }
]

const streams: Readonly<Record<string, Streamed>> = {
  "Chat.stream": [Chat.stream(request), Wire.chatChunks("Héllo there!"), {}],
  "Chat.stream without usage": [Chat.stream(request), Wire.chatChunks("Héllo there!", { usage: null }), {}],
  "Completions.stream without usage": [
    Completions.stream({ prompt: "a" }),
    Wire.completionChunks("Héllo there!", { usage: null }),
    {}
  ],
  "Completions.stream": [Completions.stream({ prompt: "a" }), Wire.completionChunks("Héllo there!"), {}],
  "Messages.stream": [
    Stream.map(Messages.stream(messages), ({ data }) => data),
    Wire.messageEvents("Héllo there!"),
    { named: true }
  ],
  "Responses.stream": [
    Stream.map(Responses.stream({ input: "Hello!" }), ({ data }) => data),
    Wire.responseEvents("Héllo there!", { reasoning: "Hm.", toolCalls: [Wire.toolCall("now", {})] }),
    { named: true }
  ],
  "Audio.stream": [Audio.stream({ file }), Wire.transcriptEvents("Héllo there."), { done: false }]
}

const streamed = Object.entries(streams)

export const wholeTests = (part: Part): void => {
  const rows = rowsOf(part, wholes, ["Chat.complete", "Audio.transcribe"])

  for (const [name, [call, answer]] of rows) {
    it.effect(`${name}: late, byte by byte, cut short, reset and still`, () =>
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        const timed = Effect.zip(call, Clock.currentTimeMillis)
        const slow = Reply.json(answer, { cuts: [3, 9], delay: ["1 second", "20 seconds", "30 seconds"] })
        const [value, ended] = yield* during(timed, "61 seconds").pipe(over(Reply.slowHeaders("10 seconds", slow)))
        assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(value)), answer)
        assert.strictEqual(ended - began, 61_000)

        const bytewise = yield* call.pipe(over(Reply.json(answer, { cuts: "bytes" })))
        assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(bytewise)), answer)

        const failing = (reply: Reply.Reply) => during(Effect.flip(call), "11 minutes").pipe(over(reply))
        assert.strictEqual((yield* failing(Reply.json(answer, { after: { bytes: 5 } })))._tag, "ResponseDecodeError")
        const reset = yield* failing(Reply.json(answer, { after: { bytes: 5 }, ending: "reset" }))
        assert.deepInclude(reset, { _tag: "ConnectionError", phase: "body" })
        const still = yield* failing(Reply.json(answer, { after: { bytes: 5 }, ending: "stall" }))
        assert.deepInclude(still, { _tag: "RequestTimeoutError", kind: "idle" })
        const never = yield* failing(Reply.never)
        assert.deepInclude(never, { _tag: "RequestTimeoutError", kind: "headers" })
      })
    )
  }
}

export const streamedTests = (part: Part): void => {
  const rows = rowsOf(part, streamed, ["Chat.stream", "Messages.stream"])

  for (const [name, [stream, events, options]] of rows) {
    it.effect(`${name}: event by event, byte by byte, cut short, reset and still`, () =>
      Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        const timed = Stream.mapEffect(stream, (event) =>
          Effect.map(Clock.currentTimeMillis, (now) => [now - began, event] as const)
        )
        const slow = Reply.sse(events, { ...options, delay: "30 seconds" })
        const paced = yield* during(untilFailure(timed), "10 minutes").pipe(over(slow))
        assert.isUndefined(paced.error)
        assert.deepStrictEqual<unknown>(
          paced.elements,
          events.map((event, index) => [index * 30_000, event])
        )

        const seen = (more: Reply.BodyOptions) =>
          during(untilFailure(stream), "10 minutes").pipe(over(Reply.sse(events, { ...options, ...more })))
        assert.deepStrictEqual<unknown>(yield* seen({ cuts: "bytes" }), { elements: events, error: undefined })

        const cutShort = yield* seen({ after: { frames: 1 } })
        assert.deepStrictEqual<unknown>(cutShort.elements, events.slice(0, 1))
        assert.strictEqual(cutShort.error?._tag, "StreamTruncatedError")
        const reset = yield* seen({ after: { frames: 2 }, ending: "reset" })
        assert.deepStrictEqual<unknown>(reset.elements, events.slice(0, 2))
        assert.deepInclude(reset.error, { _tag: "ConnectionError", phase: "body" })
        const still = yield* seen({ after: { frames: 2 }, ending: "stall" })
        assert.deepStrictEqual<unknown>(still.elements, events.slice(0, 2))
        assert.deepInclude(still.error, { _tag: "RequestTimeoutError", kind: "idle" })
      })
    )
  }
}
