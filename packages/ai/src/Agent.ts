/**
 * Agents: a model that calls tools in a loop until it is done, a budget is used up, or a person has to decide.
 *
 * Tools and handlers are those of `@effect/ai` (`Tool`, `Toolkit`), and the model is whatever provides its `LanguageModel`. The type of a run has the
 * requirements and errors of its tools, steps and schemas.
 */
import type * as Prompt from "@effect/ai/Prompt"
import type * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import * as Pricing from "effect-friendli/Pricing"
import type { Model } from "effect-friendli/schema/Model"
import type { TranscriptError } from "./agent/errors.js"
import type {
  Approval,
  Decision,
  Decisions,
  Event,
  Options,
  Price,
  PricedBudget,
  Result,
  ResumeSettings,
  RunContext,
  RunError
} from "./agent/options.js"
import * as start from "./agent/start.js"
import type { Tools } from "./agent/steps.js"
import type { Transcript } from "./agent/transcript.js"

export { NeedsApproval } from "./agent/approval.js"
export { AgentStoppedError, InvalidOutputError, TranscriptError } from "./agent/errors.js"
export { runs, steps } from "./agent/observation.js"
export type {
  Approval,
  ApprovalContext,
  ApprovalError,
  Completed,
  Decision,
  Decisions,
  Event,
  Options,
  Pending,
  Price,
  Priced,
  PricedBudget,
  Result,
  ResumeSettings,
  RunContext,
  RunError,
  StepContext,
  StepSettings,
  Stopped,
  ToolStarted
} from "./agent/options.js"
export { progress } from "./agent/progress.js"
export type {
  Common,
  Failed,
  Outcome,
  Rejected,
  Rejection,
  Step,
  Succeeded,
  Tools,
  Totals,
  Usage
} from "./agent/steps.js"
export type { Budget, StoppedBy } from "./agent/stop.js"
export { PendingCall, Transcript } from "./agent/transcript.js"

/** The options of `run` and `stream`. */
export type RunOptions<
  T extends Tools,
  TE,
  TR,
  PE,
  PR,
  A,
  I,
  OR,
  Rules extends Approval<T>,
  OnStop extends "stop" | "fail",
  OnInvalid extends "return" | "fail"
> = Options<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid> & PricedBudget & PromptOptions

/** The prompt of a run, and its system message. */
export interface PromptOptions {
  /** A text, messages, or the `prompt` of an earlier result with a new message. */
  readonly prompt: Prompt.RawInput
  /** The system message. It replaces the one in the prompt. */
  readonly system?: string | undefined
}

/** The options of `resume` and `resumeStream`. */
export type ResumeOptions<
  T extends Tools,
  TE,
  TR,
  PE,
  PR,
  A,
  I,
  OR,
  Rules extends Approval<T>,
  OnStop extends "stop" | "fail",
  OnInvalid extends "return" | "fail"
> = Options<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid> & PricedBudget & ResumeSettings

// The options have the user's types. The code below does not depend on them.
const loose = (options: object): start.LooseRun => options as start.LooseRun
const toEffect = <A, E, R>(started: start.Started) => started(undefined) as Effect.Effect<A, E, R>
const toStream = <A, E, R>(started: start.Started) => start.eventsOf(started) as Stream.Stream<A, E, R>

/**
 * Runs an agent: asks the model, executes the tools that it calls, sends back their results, and repeats this until an answer has no calls.
 *
 * **When to use**: when you need only the result. `stream` also gives the events.
 *
 * **Details**: arguments are decoded strictly before a tool runs. An invalid call goes back to the model or fails the run, see `invalidCalls`. A
 * handler's failure goes back to the model if the tool's `failureMode` is `"return"`, and fails the run otherwise. Budgets are checked before each
 * request and each tool; the time budget also interrupts a running request or tool. A stopped run gives everything so far, and the reason in
 * `stoppedBy`. Errors of the model and of `prepareStep` fail the run.
 *
 * @example
 * ```ts
 * import { Tool, Toolkit } from "@effect/ai"
 * import { Effect, Schema } from "effect"
 * import { Agent, ScriptedModel } from "effect-friendli-ai"
 *
 * const Weather = Tool.make("get_weather", { parameters: { city: Schema.String }, success: Schema.String })
 * const toolkit = Toolkit.make(Weather)
 * const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed(`Sunny in ${city}.`) })
 *
 * const model = ScriptedModel.layer([
 *   { calls: [{ name: "get_weather", params: { city: "Seoul" } }] },
 *   { text: "Take your sunglasses." }
 * ])
 *
 * Agent.run({ prompt: "What do I need in Seoul?", toolkit, budget: { steps: 5, time: "1 minute" } }).pipe(
 *   Effect.map((result) => `${result._tag}: ${result.text}`),
 *   Effect.provide([handlers, model]),
 *   Effect.runPromise
 * ).then(console.log)
 * // => Completed: Take your sunglasses.
 * ```
 * @category running
 */
export const run = <
  T extends Tools = {},
  TE = never,
  TR = never,
  PE = never,
  PR = never,
  A = string,
  I = never,
  OR = never,
  Rules extends Approval<T> = {},
  OnStop extends "stop" | "fail" = "stop",
  OnInvalid extends "return" | "fail" = "return"
>(
  options: RunOptions<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Effect.Effect<Result<T, A>, RunError<T, TE, PE, I, Rules, OnStop, OnInvalid>, RunContext<T, TR, PR, OR, Rules>> =>
  toEffect(start.begin(loose(options)))

/**
 * As `run`, but gives the events: text and reasoning as they arrive, the start, progress and end of tools, steps, calls that wait for approval, and
 * at the end `Done` with the result.
 *
 * **When to use**: for a terminal or a web page.
 *
 * **Details**: at most 64 events wait for the consumer; then the run waits. Closing the stream interrupts the run: its request is cancelled, and its
 * tools are interrupted. Each tool that has started gets a `ToolFinished` event and each step a `StepDone` event, unless the run fails or is
 * interrupted.
 * @category running
 */
export const stream = <
  T extends Tools = {},
  TE = never,
  TR = never,
  PE = never,
  PR = never,
  A = string,
  I = never,
  OR = never,
  Rules extends Approval<T> = {},
  OnStop extends "stop" | "fail" = "stop",
  OnInvalid extends "return" | "fail" = "return"
>(
  options: RunOptions<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Stream.Stream<Event<T, A>, RunError<T, TE, PE, I, Rules, OnStop, OnInvalid>, RunContext<T, TR, PR, OR, Rules>> =>
  toStream(start.begin(loose(options)))

/**
 * Continues a run that waited for approval, in this process or another one.
 *
 * **Details**: approved calls are executed, the model is told about denied calls, and then the run continues as in `run`. A call without a decision
 * continues to wait: the result is `Pending` again. Calls that were finished before are not executed again. The budgets, the amounts used and the
 * tool choice come from the transcript, unless the options set them. The model comes from the transcript if neither the options nor the layer name
 * one. The calls of the transcript are a step of their own, without text.
 *
 * It also takes the transcript of a `StepDone` event, without decisions: after a crash, the run continues with the request after its last finished
 * step.
 *
 * Fails with a `TranscriptError` before anything is executed if a decision is for a call that does not wait, if a tool of the transcript is missing
 * or has another definition, or if another model would be asked. `changes: "accept"` continues with the current tools and model; a waiting call is
 * executed only by the tool that it was approved for.
 *
 * @example
 * ```ts
 * import { Tool, Toolkit } from "@effect/ai"
 * import { Effect, Schema } from "effect"
 * import { Agent, ScriptedModel } from "effect-friendli-ai"
 *
 * const Pay = Tool.make("pay", { parameters: { amount: Schema.Number }, success: Schema.String })
 * const toolkit = Toolkit.make(Pay)
 * const handlers = toolkit.toLayer({ pay: ({ amount }) => Effect.succeed(`Paid ${amount}.`) })
 * const model = ScriptedModel.layer([{ calls: [{ id: "1", name: "pay", params: { amount: 5 } }] }, { text: "Done." }])
 *
 * const options = { toolkit, approval: { pay: true } } as const
 * const program = Effect.gen(function* () {
 *   const first = yield* Agent.run({ ...options, prompt: "Pay 5." })
 *   if (first._tag !== "Pending") return first.text
 *   const json = yield* Schema.encode(Schema.parseJson(Agent.Transcript))(first.transcript)
 *   // ... in another process, when the person has decided
 *   const transcript = yield* Schema.decode(Schema.parseJson(Agent.Transcript))(json)
 *   return (yield* Agent.resume(transcript, { "1": Agent.approve }, options)).text
 * })
 * Effect.runPromise(Effect.provide(program, [handlers, model])).then(console.log)
 * // => Done.
 * ```
 * @category running
 */
export const resume = <
  T extends Tools = {},
  TE = never,
  TR = never,
  PE = never,
  PR = never,
  A = string,
  I = never,
  OR = never,
  Rules extends Approval<T> = {},
  OnStop extends "stop" | "fail" = "stop",
  OnInvalid extends "return" | "fail" = "return"
>(
  transcript: Transcript,
  decisions: Decisions,
  options: ResumeOptions<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Effect.Effect<
  Result<T, A>,
  RunError<T, TE, PE, I, Rules, OnStop, OnInvalid> | TranscriptError,
  RunContext<T, TR, PR, OR, Rules>
> => toEffect(start.resume(transcript, decisions, loose(options)))

/**
 * As `resume`, but gives the events, as `stream` does.
 * @category running
 */
export const resumeStream = <
  T extends Tools = {},
  TE = never,
  TR = never,
  PE = never,
  PR = never,
  A = string,
  I = never,
  OR = never,
  Rules extends Approval<T> = {},
  OnStop extends "stop" | "fail" = "stop",
  OnInvalid extends "return" | "fail" = "return"
>(
  transcript: Transcript,
  decisions: Decisions,
  options: ResumeOptions<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Stream.Stream<
  Event<T, A>,
  RunError<T, TE, PE, I, Rules, OnStop, OnInvalid> | TranscriptError,
  RunContext<T, TR, PR, OR, Rules>
> => toStream(start.resume(transcript, decisions, loose(options)))

/**
 * The decision to execute a call.
 * @category decisions
 */
export const approve: Decision = { _tag: "Approve" }

/**
 * The decision to execute a call with other arguments: JSON, in the encoded form of the tool's schema.
 * @category decisions
 */
export const edit = (params: unknown): Decision => ({ _tag: "Edit", params })

/**
 * The decision not to execute a call. The model is told so, with the reason.
 * @category decisions
 */
export const deny = (reason?: string): Decision => ({ _tag: "Deny", reason })

/**
 * Makes the option `price` of a run from a model of the catalogue (`Models.get`). Costs are in USD.
 *
 * @example
 * ```ts
 * import { BigDecimal, Option } from "effect"
 * import { Agent } from "effect-friendli-ai"
 *
 * const price = Agent.price({ id: "zai-org/GLM-5.3-Flash", pricing: { input: "0.00000015", output: "0.0000005" } })
 * const usage = { inputTokens: 1_000, outputTokens: 200, totalTokens: 1_200, reasoningTokens: 0, cachedInputTokens: 0 }
 * console.log(Option.map(price({ usage, model: undefined }), BigDecimal.format).pipe(Option.getOrNull))
 * // => 0.00025
 * ```
 * @category prices
 */
export const price =
  (model: Model): Price =>
  ({ usage }) =>
    Option.map(
      Pricing.ofTokens(model, {
        input: usage.inputTokens,
        cachedInput: Math.min(usage.cachedInputTokens, usage.inputTokens),
        output: usage.outputTokens
      }),
      ({ total }) => total
    )
