/** The checks of calls: each states what the SDK promises, over any HTTP layer. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatObject from "effect-friendli/ChatObject"
import * as ChatStream from "effect-friendli/ChatStream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import * as Tool from "effect-friendli/Tool"
import * as Upload from "effect-friendli/Upload"
import type { Fault } from "effect-friendli-emulator/Faults"
import type { CallCheck, NetworkCheck } from "../checks.js"
import { expectEqual, expectTrue } from "./expecting.js"
import type { Recorded, Subject } from "./subject.js"

/** The token of all calls. No error may show it. */
export const token = "flp_of_the_conformance_program"

export const model = "meta-llama-3.1-8b-instruct"

const request = {
  model,
  messages: [{ role: "user", content: "What is generative AI?" }],
  max_tokens: 40,
  temperature: 0
} as const

/** What a check has: the capabilities of the deployment, and what the emulator has recorded for it. */
export interface Place {
  readonly recorded: Effect.Effect<ReadonlyArray<Recorded>>
  readonly closedUrl: string
}

type Run = (place: Place) => Effect.Effect<void, unknown, Serverless.Capabilities | HttpClient.HttpClient>

/** The options of a call whose answer has a fault. */
const withFault = (fault: Fault) => ({ headers: { "x-emulator-fault": JSON.stringify(fault) }, retry: Retry.never })

/** What a call fails with; it fails the check if the call succeeds. */
const failureOf = <A, R>(
  call: Effect.Effect<A, FriendliStreamError, R>
): Effect.Effect<FriendliStreamError, never, R> =>
  Effect.matchEffect(call, {
    onFailure: Effect.succeed,
    onSuccess: () => Effect.dieMessage("the call succeeded, and should fail")
  })

const failureOfStream = (fault: Fault, options: object = {}) =>
  failureOf(Stream.runDrain(Chat.stream(request, { ...withFault(fault), ...options })))

/** The number of events that came before the failure. */
const expectReceived = ({ received }: FriendliStreamError, events: number) =>
  expectEqual(received?.events, events, "the number of events before the failure")

/** Waits until the emulator has seen that its client is gone: the connection, or the stream of HTTP/2, was closed. */
const expectDisconnected = ({ recorded }: Place) =>
  recorded.pipe(
    Effect.map((requests) => requests.at(-1)?.aborted === true),
    Effect.delay("20 millis"),
    Effect.repeat({ until: (isAborted) => isAborted }),
    Effect.timeoutFail({
      duration: "5 seconds",
      onTimeout: () => new Error("the server did not see the client disconnect in 5 seconds")
    })
  )

/** One second of silence at 8 kHz, as a file. */
const silence = (): Uint8Array<ArrayBuffer> => {
  const rate = 8000
  const size = rate * 2
  const bytes = new Uint8Array(44 + size)
  const view = new DataView(bytes.buffer)
  const write = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at)
  write(0, "RIFF")
  view.setUint32(4, 36 + size, true)
  write(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  write(36, "data")
  view.setUint32(40, size, true)
  return bytes
}

const expectTranscribed = (file: Upload.Upload, { recorded }: Place) =>
  Effect.gen(function* () {
    const { text } = yield* Audio.transcribe({ model: "openai/whisper-large-v3", file }, { retry: Retry.never })
    yield* expectTrue(text.includes("1.00 seconds"), `the transcript is ${JSON.stringify(text)}`)
    const [received] = yield* recorded
    const body = (received?.body ?? {}) as { readonly file?: Readonly<Record<"name" | "type" | "size", unknown>> }
    const { name, size, type } = body.file ?? {}
    yield* expectEqual([name, size], ["silence.wav", silence().length], "the name and the size of the file")
    // Bun reads the type of a file by another name of the same
    yield* expectTrue(type === "audio/wav" || type === "audio/x-wav", `the type of the file is ${type}`)
  })

const weather = Tool.make("get_weather", {
  description: "The current weather in a city",
  parameters: Schema.Struct({ city: Schema.String })
})

class Verdict extends Schema.Class<Verdict>("Verdict")({
  sentiment: Schema.Literal("good", "bad"),
  sure: Schema.Boolean
}) {}

/** All ways in which this runtime shows a value. */
const shownAs = (value: unknown): ReadonlyArray<string> => {
  type Inspect = (value: unknown, options: object) => string
  const { Bun, Deno, process } = globalThis as {
    readonly Bun?: { readonly inspect: Inspect }
    readonly Deno?: { readonly inspect: Inspect }
    readonly process?: { readonly getBuiltinModule?: (name: string) => { readonly inspect: Inspect } | undefined }
  }
  const options = { depth: 20 }
  return [
    String(value),
    JSON.stringify(value) ?? "",
    value instanceof Error ? (value.stack ?? "") : "",
    Bun?.inspect(value, options) ?? "",
    Deno?.inspect(value, options) ?? "",
    process?.getBuiltinModule?.("node:util")?.inspect(value, options) ?? ""
  ]
}

export const callChecks: Readonly<Record<CallCheck | NetworkCheck, Run>> = {
  "a whole answer": () =>
    Effect.gen(function* () {
      const { choices, usage } = yield* Chat.complete(request)
      yield* expectEqual(choices.length, 1, "the number of choices")
      yield* expectTrue((choices[0]?.message.content ?? "").length > 10, "the answer has no text")
      yield* expectTrue((usage?.completion_tokens ?? 0) > 5, "the answer has no usage")
    }),

  "a stream, with the text of the whole answer": () =>
    Effect.gen(function* () {
      const whole = yield* Chat.complete(request)
      const pieces = [...(yield* Stream.runCollect(ChatStream.text(Chat.stream(request))))]
      yield* expectTrue(pieces.length > 5, `the stream has ${pieces.length} pieces`)
      yield* expectEqual(pieces.join(""), whole.choices[0]?.message.content, "the text of the stream")
    }),

  "a tool call in a stream, decoded": () =>
    Effect.gen(function* () {
      const [call] = yield* ChatStream.toolCalls(
        Chat.stream({
          ...request,
          messages: [{ role: "user", content: "What is the weather in Seoul?" }],
          tools: [weather],
          tool_choice: "required"
        })
      )
      if (call === undefined) return yield* Effect.dieMessage("there is no call")
      const { input, name } = yield* Tool.decodeCall(call, [weather])
      yield* expectEqual(name, "get_weather", "the tool")
      yield* expectTrue(input.city.length > 0, "the call has no city")
    }),

  "structured output as a value of a class": () =>
    Effect.gen(function* () {
      const messages = [{ role: "user", content: "How is this review, as JSON: I would buy it again." }] as const
      const { value } = yield* ChatObject.complete(Verdict, { ...request, messages, max_tokens: 200 })
      yield* expectTrue(value instanceof Verdict, "the value is no Verdict")
    }),

  "tokens of a text, and back": () =>
    Effect.gen(function* () {
      const text = "Grüße, 안녕하세요 👋🏽"
      const { tokens } = yield* Tokens.tokenize({ model, prompt: text })
      yield* expectTrue(tokens.length > 5, `there are ${tokens.length} tokens`)
      const back = yield* Tokens.detokenize({ model, tokens })
      yield* expectEqual(back.text, text, "the text")
    }),

  "twenty streams at the same time": () =>
    Effect.gen(function* () {
      const one = Effect.map(Stream.runCollect(ChatStream.text(Chat.stream(request))), (pieces) => [...pieces].join(""))
      const texts = yield* Effect.all(
        Array.from({ length: 20 }, () => one),
        { concurrency: "unbounded" }
      )
      yield* expectEqual(new Set(texts).size, 1, "the number of different texts")
    }),

  "an upload of bytes": (place) =>
    expectTranscribed(Upload.fromBytes(silence(), { name: "silence.wav", type: "audio/wav" }), place),

  "an upload of a stream": (place) => {
    const bytes = silence()
    const pieces = Array.from({ length: 4 }, (_, at) => bytes.slice(at * 4011, (at + 1) * 4011))
    const stream = Stream.fromIterable(pieces)
    return expectTranscribed(
      Upload.fromStream(stream, { name: "silence.wav", type: "audio/wav", size: bytes.length }),
      place
    )
  },

  "429 with Retry-After, then the answer": ({ recorded }) =>
    Effect.gen(function* () {
      const { headers } = withFault({ status: 429, retryAfter: 1, times: 1 })
      const started = Date.now()
      yield* Chat.complete(request, { headers })
      // the delay of the policy alone is half a second at most
      const waited = Date.now() - started
      yield* expectTrue(
        waited >= 950,
        `the second attempt came after ${waited} ms, and not after the second that was asked for`
      )
      const requests = yield* recorded
      yield* expectEqual(
        requests.map(({ status }) => status),
        [429, 200],
        "the statuses"
      )
    }),

  "422 that names the field": () =>
    Effect.gen(function* () {
      const detail = [{ loc: ["body", "temperature"], msg: "Input should be less than 2", type: "less_than" }]
      const error = yield* failureOf(Chat.complete(request, withFault({ status: 422, body: { detail } })))
      if (error._tag !== "InvalidRequestError") return yield* Effect.die(error)
      yield* expectEqual(error.issues[0]?.path, ["temperature"], "the path of the issue")
    }),

  "an error frame in a stream": () =>
    Effect.gen(function* () {
      const error = yield* failureOfStream({ errorFrame: { afterEvents: 2 } })
      yield* expectEqual(error._tag, "ServerError", "the error")
      yield* expectReceived(error, 2)
    }),

  "a stream that ends early": () =>
    Effect.gen(function* () {
      const error = yield* failureOfStream({ truncate: { afterEvents: 2 } })
      yield* expectEqual(error._tag, "StreamTruncatedError", "the error")
      yield* expectReceived(error, 2)
    }),

  "a connection that is cut in a stream": () =>
    Effect.gen(function* () {
      const error = yield* failureOfStream({ truncate: { afterEvents: 2, abrupt: true } })
      // a runtime may take the end of the connection for the end of the body
      const isExpected = error._tag === "ConnectionError" || error._tag === "StreamTruncatedError"
      yield* expectTrue(isExpected, `the error is ${error._tag}`)
      yield* expectReceived(error, 2)
    }),

  "a connection that is reset before the answer": () =>
    Effect.gen(function* () {
      const error = yield* failureOf(Chat.complete(request, withFault({ reset: { afterEvents: 0 } })))
      yield* expectEqual(error._tag, "ConnectionError", "the error")
    }),

  "a stream without data, ended by the idle timeout": (place) =>
    Effect.gen(function* () {
      const error = yield* failureOfStream({ stall: { afterEvents: 2 } }, { idleTimeout: "300 millis" })
      if (error._tag !== "RequestTimeoutError") return yield* Effect.die(error)
      yield* expectEqual(error.kind, "idle", "the kind of timeout")
      yield* expectReceived(error, 2)
      yield* expectDisconnected(place)
    }),

  "no answer, ended by the headers timeout": (place) =>
    Effect.gen(function* () {
      const options = { ...withFault({ delayHeaders: 30_000 }), headersTimeout: "300 millis" } as const
      const error = yield* failureOf(Chat.complete(request, options))
      if (error._tag !== "RequestTimeoutError") return yield* Effect.die(error)
      yield* expectEqual(error.kind, "headers", "the kind of timeout")
      yield* expectDisconnected(place)
    }),

  "a stream that is stopped early: the server notices it": (place) =>
    Effect.gen(function* () {
      // the rest never comes, so that only a closed connection ends it
      const chunks = Stream.take(Chat.stream(request, withFault({ stall: { afterEvents: 5 } })), 3)
      yield* expectEqual((yield* Stream.runCollect(chunks)).length, 3, "the number of chunks")
      yield* expectDisconnected(place)
    }),

  "an interrupted call: the server notices it": (place) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Chat.complete(request, withFault({ delayHeaders: 30_000 })))
      yield* place.recorded.pipe(Effect.delay("20 millis"), Effect.repeat({ until: (requests) => requests.length > 0 }))
      yield* Fiber.interrupt(fiber)
      yield* expectDisconnected(place)
    }),

  "the request id in an error": () =>
    Effect.gen(function* () {
      const error = yield* failureOf(Chat.complete(request, withFault({ status: 500 })))
      yield* expectEqual(error._tag, "ServerError", "the error")
      yield* expectTrue(error.requestId?.startsWith("req_") === true, `the request id is ${error.requestId}`)
    }),

  "no token in an error, in any output format": () =>
    Effect.gen(function* () {
      const body = { error: { message: `the token ${token} is wrong`, type: "server_error" } }
      const error = yield* failureOf(Chat.complete(request, withFault({ status: 500, body })))
      const shown = shownAs(error)
      yield* expectTrue(
        shown.some((text) => text.includes("500")),
        "nothing is shown"
      )
      yield* expectTrue(!shown.some((text) => text.includes(token)), "the token is shown")
    }),

  "a connection that is refused": ({ closedUrl }) =>
    Effect.gen(function* () {
      const elsewhere = yield* Serverless.make({ token, baseUrl: closedUrl, retry: Retry.never })
      const error = yield* failureOf(elsewhere.chat.complete(request))
      yield* expectEqual(error._tag, "ConnectionError", "the error")
    }),

  "the header user-agent": ({ recorded }) =>
    Effect.gen(function* () {
      yield* Tokens.tokenize({ model, prompt: "Hello!" })
      const [received] = yield* recorded
      const sent = received?.headers["user-agent"]
      yield* expectTrue(sent?.startsWith("effect-friendli/") === true, `the header is ${sent}`)
    })
}

/** A check in a scope of its own, over an HTTP layer. */
export const runCall = (
  check: CallCheck | NetworkCheck,
  scope: string,
  { baseUrl, closedUrl, http, recorded }: Subject
): Effect.Effect<void, unknown> => {
  const settings = { token, baseUrl, headers: { "x-emulator-scope": scope } }
  return callChecks[check]({ recorded: recorded(scope), closedUrl }).pipe(
    Effect.provide(Serverless.layer(settings)),
    Effect.provide(http)
  )
}
