/**
 * A scripted model: its turns are given by the test and used in order, for chat, messages and responses, whole and streamed.
 *
 * **When to use**: to test a program that talks with a model: conversations, tools, structured output. One layer says what the model
 * does, whichever API the program uses. For other capabilities, statuses and bodies use `MockHttpClient`.
 *
 * **Details**: everything except the socket is real. Requests are checked as always, so a request that the API would reject fails here,
 * too.
 *
 * @example
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { Chat, ChatObject, ChatStream } from "effect-friendli"
 * import { TestModel } from "effect-friendli/testing"
 *
 * const City = Schema.Struct({ people: Schema.Int.pipe(Schema.positive()) })
 * const messages = [{ role: "user", content: "Seoul, as JSON." }] as const
 *
 * const program = Effect.gen(function* () {
 *   console.log(yield* Stream.mkString(ChatStream.text(Chat.stream({ messages }))))
 *   const { attempts, value } = yield* ChatObject.complete(City, { messages }, { outputRetries: 1 })
 *   console.log(value.people, attempts.length)
 *   console.log((yield* TestModel.requests).map(({ isStreamed }) => isStreamed))
 * })
 *
 * const model = TestModel.script(["Hi!", { json: { people: -1 } }, { json: { people: 9_600_000 } }])
 * Effect.runPromise(Effect.provide(program, model))
 * // => Hi!
 * // => 9600000 2
 * // => [ true, false, false ]
 * ```
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Chat } from "../Chat.js"
import * as Container from "../Container.js"
import * as Retry from "../core/Retry.js"
import type { Messages } from "../Messages.js"
import type { Responses } from "../Responses.js"
import { type RecordedRequest, readRequest, replyOf, type Turn } from "./internal/turns.js"
import * as MockHttpClient from "./MockHttpClient.js"
import type { Reply } from "./Reply.js"

export type { RecordedRequest, Call, Turn } from "./internal/turns.js"

/**
 * The requests of the layer, for assertions.
 * @category tags
 */
export class TestModel extends Context.Tag("effect-friendli/testing/TestModel")<TestModel, TestModel.Service>() {}

export declare namespace TestModel {
  /** The requests to the model, and the number of unused turns. */
  export interface Service {
    /** All requests so far, in order. */
    readonly requests: Effect.Effect<ReadonlyArray<RecordedRequest>>
    /** How many turns are not used yet. */
    readonly remaining: Effect.Effect<number>
  }
}

/** A text, a turn, or a function that makes one for the request. */
export type Step = string | Turn | ((request: RecordedRequest) => string | Turn)

/**
 * The model as a layer: the capabilities `Chat`, `Messages` and `Responses`, its requests as `TestModel`, and the connections as `MockHttpClient`.
 *
 * **Details**: each request takes the next turn. A string is a turn with this text. A streamed turn has an event for each word. Nothing
 * is retried: a turn that fails fails the call.
 *
 * **Gotchas**: a request after the last turn is a defect, a `MockHttpClient.ScriptExhausted`, so that no program handles it by accident.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Messages, MessageStream } from "effect-friendli"
 * import { Failures, TestModel } from "effect-friendli/testing"
 *
 * const ask = Messages.stream({ messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 }).pipe(
 *   MessageStream.fold,
 *   Effect.map(({ stop_reason }) => stop_reason),
 *   Effect.catchAll(({ _tag }) => Effect.succeed(_tag))
 * )
 * const model = TestModel.script([
 *   { calls: [{ name: "get_weather", arguments: { city: "Seoul" } }] },
 *   { text: "It is", cutShort: "length" },
 *   { text: "It is sunny", wire: { after: { frames: 2 }, ending: "reset" } },
 *   { fail: Failures.rateLimit() },
 *   ({ body }) => `You asked for ${String(body["max_tokens"])} tokens.`
 * ])
 * Effect.runPromise(Effect.provide(Effect.replicateEffect(ask, 5), model)).then((ends) => console.log(ends.join(" ")))
 * // => tool_use max_tokens ConnectionError RateLimitError end_turn
 * ```
 * @category layers
 */
export const script = (
  steps: ReadonlyArray<Step>
): Layer.Layer<Chat | Messages | Responses | TestModel | MockHttpClient.MockHttpClient> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const requests: Array<RecordedRequest> = []
      let calls = 0

      const answer = ({ json, method, url }: MockHttpClient.RecordedRequest): Reply => {
        const request = readRequest(url, json)
        if (request === undefined) {
          throw new TypeError(`TestModel answers chat, messages and responses, but got: ${method} ${url}`)
        }
        const step = steps[requests.length]
        requests.push(request)
        if (step === undefined) {
          const turns = `${steps.length} ${steps.length === 1 ? "turn" : "turns"}`
          throw new MockHttpClient.ScriptExhausted({
            message: `The script of TestModel has ${turns}, but request ${requests.length} was sent: ${method} ${url}`
          })
        }
        const turn = typeof step === "function" ? step(request) : step
        return replyOf(typeof turn === "string" ? { text: turn } : turn, request, () => `call-${++calls}`)
      }

      const { client, service } = yield* MockHttpClient.make(answer)
      const deployment = Container.layer({ retry: Retry.never }).pipe(
        // it has no setting that can be invalid
        Layer.orDie,
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      )
      return Layer.mergeAll(
        deployment,
        Layer.succeed(MockHttpClient.MockHttpClient, service),
        Layer.succeed(TestModel, {
          requests: Effect.sync(() => [...requests]),
          remaining: Effect.sync(() => Math.max(0, steps.length - requests.length))
        })
      )
    })
  )

/**
 * All requests so far.
 * @category accessors
 */
export const requests: Effect.Effect<ReadonlyArray<RecordedRequest>, never, TestModel> = /*#__PURE__*/ Effect.flatMap(
  TestModel,
  (model) => model.requests
)

/**
 * How many turns are not used yet. 0 at the end of a test means that the program has used all turns.
 * @category accessors
 */
export const remaining: Effect.Effect<number, never, TestModel> = /*#__PURE__*/ Effect.flatMap(
  TestModel,
  (model) => model.remaining
)
