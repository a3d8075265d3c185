/**
 * A language model with scripted answers: turns in order, each with text, reasoning, tool calls, a failure or a delay.
 *
 * **When to use**: in tests of programs over `@effect/ai`, and of agents, that need no server. For the provider itself, use `effect-friendli/testing` or the
 * emulator.
 */
import type * as AiError from "@effect/ai/AiError"
import * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/** A tool call of a turn. */
export interface ScriptedCall {
  /** Default: `call_0`, `call_1` and so on, over all turns. */
  readonly id?: string | undefined
  readonly name: string
  /** The arguments in encoded form. A string is sent unchanged, to test text that is not a JSON object: such a call has no part `tool-call`. */
  readonly params?: unknown
}

/** One answer of the model. */
export interface Turn {
  readonly text?: string | undefined
  readonly reasoning?: string | undefined
  readonly calls?: ReadonlyArray<ScriptedCall> | undefined
  /** Default: `"tool-calls"` with calls, otherwise `"stop"`. */
  readonly finishReason?: Response.FinishReason | undefined
  /** Default: 10 input tokens and 5 output tokens. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number } | undefined
  /** The model name in the answer. Default: none. */
  readonly model?: string | undefined
  /** The time before the answer. Default: none. */
  readonly delay?: Duration.DurationInput | undefined
  /** Fails after all other parts of the turn, instead of the finish part. */
  readonly fail?: AiError.AiError | undefined
}

/** A request that the model received. */
export interface ScriptedRequest {
  readonly prompt: Prompt.Prompt
  /** The names of the tools that were offered. */
  readonly tools: ReadonlyArray<string>
  readonly toolChoice: LanguageModel.ToolChoice<string>
}

/**
 * The requests that the layer has received, and how many turns remain, for assertions.
 * @category tags
 */
export class ScriptedModel extends Context.Tag("effect-friendli-ai/ScriptedModel")<
  ScriptedModel,
  { readonly requests: Effect.Effect<ReadonlyArray<ScriptedRequest>>; readonly remaining: Effect.Effect<number> }
>() {}

/**
 * A request came after the last turn. It is a defect, so that no program handles it by accident.
 * @category errors
 */
export class ScriptExhausted extends Data.TaggedError("ScriptExhausted")<{ readonly message: string }> {}

const finishOf = (turn: Turn): Response.FinishPartEncoded => {
  const { inputTokens, outputTokens } = turn.usage ?? { inputTokens: 10, outputTokens: 5 }
  return {
    type: "finish",
    reason: turn.finishReason ?? (turn.calls === undefined ? "stop" : "tool-calls"),
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens }
  }
}

interface Numbered extends ScriptedCall {
  readonly id: string
}

const isText = (call: Numbered): boolean => typeof call.params === "string"

const metadataOf = (turn: Turn): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  ...(turn.model === undefined ? {} : { modelId: turn.model })
})

const callParts = (call: Numbered): ReadonlyArray<Response.ToolCallPartEncoded> =>
  isText(call) ? [] : [{ type: "tool-call", id: call.id, name: call.name, params: call.params ?? {} }]

const wholeParts = (turn: Turn, calls: ReadonlyArray<Numbered>): Array<Response.PartEncoded> => [
  metadataOf(turn),
  ...(turn.reasoning === undefined ? [] : [{ type: "reasoning" as const, text: turn.reasoning }]),
  ...(turn.text === undefined ? [] : [{ type: "text" as const, text: turn.text }]),
  ...calls.flatMap(callParts),
  finishOf(turn)
]

const words = (text: string): ReadonlyArray<string> => text.match(/\s*\S+|\s+$/g) ?? []

const block = (type: "text" | "reasoning", text: string | undefined): ReadonlyArray<Response.StreamPartEncoded> =>
  text === undefined
    ? []
    : [
        { type: `${type}-start`, id: type },
        ...words(text).map((delta) => ({ type: `${type}-delta` as const, id: type, delta })),
        { type: `${type}-end`, id: type }
      ]

const streamParts = (turn: Turn, calls: ReadonlyArray<Numbered>): ReadonlyArray<Response.StreamPartEncoded> => [
  metadataOf(turn),
  ...block("reasoning", turn.reasoning),
  ...block("text", turn.text),
  ...calls.flatMap((call): ReadonlyArray<Response.StreamPartEncoded> => [
    { type: "tool-params-start", id: call.id, name: call.name },
    {
      type: "tool-params-delta",
      id: call.id,
      delta: typeof call.params === "string" ? call.params : (JSON.stringify(call.params ?? {}) ?? "")
    },
    { type: "tool-params-end", id: call.id }
  ]),
  ...(turn.fail === undefined ? [...calls.flatMap(callParts), finishOf(turn)] : [])
]

/**
 * The model as a layer, with its requests as `ScriptedModel`.
 *
 * **Details**: each request takes the next turn, whole or streamed. A streamed turn has a part for each word.
 *
 * @example
 * ```ts
 * import { LanguageModel } from "@effect/ai"
 * import { Effect } from "effect"
 * import { ScriptedModel } from "effect-friendli-ai"
 *
 * const program = Effect.gen(function* () {
 *   const answer = yield* LanguageModel.generateText({ prompt: "Hello!" })
 *   const { requests } = yield* ScriptedModel.ScriptedModel
 *   return `${answer.text} ${(yield* requests).length}`
 * })
 * Effect.runPromise(Effect.provide(program, ScriptedModel.layer([{ text: "Hi!" }]))).then(console.log)
 * // => Hi! 1
 * ```
 * @category layers
 */
export const layer = (turns: ReadonlyArray<Turn>): Layer.Layer<LanguageModel.LanguageModel | ScriptedModel> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const requests: Array<ScriptedRequest> = []
      let numbered = 0
      const next = (options: LanguageModel.ProviderOptions) =>
        Effect.suspend(() => {
          const turn = turns[requests.length]
          requests.push({
            prompt: options.prompt,
            tools: options.tools.map(({ name }) => name),
            toolChoice: options.toolChoice as LanguageModel.ToolChoice<string>
          })
          if (turn === undefined) {
            return Effect.die(
              new ScriptExhausted({
                message: `There are ${turns.length} turns, and this is request ${requests.length}.`
              })
            )
          }
          const calls = (turn.calls ?? []).map((call): Numbered => ({ ...call, id: call.id ?? `call_${numbered++}` }))
          const made = { turn, calls }
          return turn.delay === undefined ? Effect.succeed(made) : Effect.delay(Effect.succeed(made), turn.delay)
        })
      const model = yield* LanguageModel.make({
        generateText: (options) =>
          Effect.flatMap(next(options), ({ calls, turn }) =>
            turn.fail === undefined ? Effect.succeed(wholeParts(turn, calls)) : Effect.fail(turn.fail)
          ),
        streamText: (options) =>
          Stream.unwrap(
            Effect.map(next(options), ({ calls, turn }) => {
              const parts = Stream.fromIterable(streamParts(turn, calls))
              return turn.fail === undefined ? parts : Stream.concat(parts, Stream.fail(turn.fail))
            })
          )
      })
      return Context.make(LanguageModel.LanguageModel, model).pipe(
        Context.add(ScriptedModel, {
          requests: Effect.sync(() => [...requests]),
          remaining: Effect.sync(() => Math.max(0, turns.length - requests.length))
        })
      )
    })
  )
