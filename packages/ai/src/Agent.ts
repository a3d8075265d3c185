/**
 * Agents: a model that calls tools in a loop, until it is done, until a budget is used up, or until a person has to decide.
 *
 * Tools and handlers are those of `@effect/ai` (`Tool`, `Toolkit`), and the model is whatever provides its `LanguageModel`. What tools, steps and schemas
 * need and how they fail is in the types of the run.
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Prompt from "@effect/ai/Prompt"
import type * as Toolkit from "@effect/ai/Toolkit"
import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Pricing from "effect-friendli/Pricing"
import type { Model } from "effect-friendli/schema/Model"
import { AgentStoppedError, TranscriptError } from "./agent/errors.js"
import type {
  Approval,
  Decision,
  Decisions,
  Event,
  Options,
  Priced,
  Result,
  RunContext,
  RunError
} from "./agent/options.js"
import { approvalOf, knownTools, outputOf, type Plan, type Untyped } from "./agent/plan.js"
import { run as runPlan } from "./agent/run.js"
import { State } from "./agent/state.js"
import type { Tools } from "./agent/steps.js"
import { type Budget, limitsOf, sentence } from "./agent/stop.js"
import type { Transcript } from "./agent/transcript.js"

export { AgentStoppedError, InvalidOutputError, TranscriptError } from "./agent/errors.js"
export { runs, steps, toolDuration } from "./agent/observation.js"
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
  Priced,
  Result,
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

/**
 * Says that every call of a tool needs approval: `tool.annotate(Agent.NeedsApproval, true)`. The option `approval` of a run wins over it.
 * @category annotations
 */
export class NeedsApproval extends Context.Reference<NeedsApproval>()("effect-friendli-ai/Agent/NeedsApproval", {
  defaultValue: () => false
}) {}

/** The options of `run` and `stream`. */
export interface RunOptions<
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
> extends Options<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid> {
  /** What the model is asked: a text, messages, or the `prompt` of an earlier result with a new message. */
  readonly prompt: Prompt.RawInput
  /** The system message, in place of one in the prompt. */
  readonly system?: string | undefined
}

/** The options without the types of the user. */
type Loose = Options<
  Tools,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  Approval<Tools>,
  "stop" | "fail",
  "return" | "fail"
>

const pinnedBudget = ({ settings }: Transcript): Budget => ({
  steps: settings.steps ?? Number.POSITIVE_INFINITY,
  ...(settings.toolCalls === null ? {} : { toolCalls: settings.toolCalls }),
  ...(settings.tokens === null ? {} : { tokens: settings.tokens }),
  ...(settings.cost === null ? {} : { cost: BigDecimal.unsafeFromString(settings.cost) }),
  ...(settings.time === null ? {} : { time: Duration.millis(settings.time) })
})

const failsOnInvalid = (rule: Loose["invalidCalls"]): ((name: string) => boolean) => {
  if (typeof rule === "string") return () => rule === "fail"
  return (name) => rule !== undefined && Object.hasOwn(rule, name) && rule[name] === "fail"
}

const planOf = (options: Loose, emit: Plan["emit"], transcript: Transcript | undefined): Untyped<Plan> =>
  Effect.gen(function* () {
    const model = yield* LanguageModel.LanguageModel
    const toolkit: Toolkit.WithHandler<Tools> | undefined = Effect.isEffect(options.toolkit)
      ? yield* options.toolkit
      : options.toolkit
    const known = knownTools(toolkit)
    const limits = limitsOf({ ...(transcript === undefined ? {} : pinnedBudget(transcript)), ...options.budget })
    if (limits.cost !== undefined && options.price === undefined) {
      return yield* Effect.dieMessage("The budget `cost` of an agent needs the option `price`.")
    }
    const pinned = transcript?.settings.toolChoice as Plan["toolChoice"] | undefined
    return {
      name: options.name ?? "agent",
      model,
      toolkit,
      known,
      toolChoice: options.toolChoice ?? pinned ?? "auto",
      concurrency: options.concurrency,
      limits,
      price: options.price,
      stopWhen: options.stopWhen,
      maxRepeats: options.maxRepeats === false ? Number.POSITIVE_INFINITY : (options.maxRepeats ?? 5),
      failsOnInvalid: failsOnInvalid(options.invalidCalls),
      prepareStep: options.prepareStep,
      output:
        options.output === undefined
          ? undefined
          : outputOf(
              // what it needs comes from the context of the run
              options.output as Schema.Schema.AnyNoContext,
              options.outputName ?? "final_answer",
              options.outputRetries ?? 2
            ),
      needsApproval: approvalOf(options.approval, (name) => {
        const tool = known.get(name)?.tool
        return tool !== undefined && Context.get(tool.annotations, NeedsApproval)
      }),
      recordContents: options.recordContents ?? false,
      emit
    } satisfies Plan
  })

/** A stopped run fails, if the options say so. */
const judged = (options: Loose, result: Result<Tools, unknown>): Untyped<Result<Tools, unknown>> => {
  if (result._tag !== "Stopped" || options.onStop !== "fail") return Effect.succeed(result)
  const { stoppedBy } = result
  return Effect.fail(
    new AgentStoppedError({ message: `The run was stopped: ${sentence(stoppedBy)}.`, stoppedBy, progress: result })
  )
}

/** As `Loose`, with what is asked. */
type LooseRun = Loose & { readonly prompt: Prompt.RawInput; readonly system?: string | undefined }

/** The types of the user are those of the options; inside, nothing depends on them. */
const loose = <Options>(options: Options): LooseRun => options as unknown as LooseRun
const typed = <A, E, R>(effect: Untyped<unknown>): Effect.Effect<A, E, R> => effect as Effect.Effect<A, E, R>
const typedStream = <A, E, R>(stream: Stream.Stream<unknown, unknown, unknown>): Stream.Stream<A, E, R> =>
  stream as Stream.Stream<A, E, R>

const start = (options: LooseRun, emit: Plan["emit"]) =>
  Effect.gen(function* () {
    const plan = yield* planOf(options, emit, undefined)
    const asked = Prompt.make(options.prompt)
    const prompt = options.system === undefined ? asked : Prompt.setSystem(asked, options.system)
    const state = new State(yield* Effect.clock, prompt.content)
    return yield* judged(options, yield* runPlan(plan, state))
  })

const silent: Plan["emit"] = () => Effect.void

/**
 * Runs an agent: asks the model, executes the tools that it calls, tells it their results, and so on, until it answers without a call.
 *
 * **When to use**: when only the result counts. `stream` tells everything that happens.
 *
 * **Details**: arguments are decoded strictly before a tool runs; what is wrong goes back to the model, or fails the run, as `invalidCalls` says. A
 * handler's failure goes back to the model if the tool's `failureMode` is `"return"`, and fails the run otherwise. Budgets are checked before each
 * request and each tool; the time also interrupts what runs. A run that is stopped gives everything so far and says why.
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
  typed(start(loose(options), silent))

/** How many events may wait for the consumer of a stream. */
const waiting = 64

const told = (
  make: (emit: Plan["emit"]) => Untyped<Result<Tools, unknown>>
): Stream.Stream<unknown, unknown, unknown> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<Event<Tools, unknown>, unknown>(waiting)
      const emit: Plan["emit"] = (event) => Effect.asVoid(mailbox.offer(event))
      yield* make(emit).pipe(
        Effect.flatMap((result) => mailbox.offer({ _tag: "Done", result })),
        Mailbox.into(mailbox),
        Effect.forkScoped
      )
      return Mailbox.toStream(mailbox)
    })
  )

/**
 * As `run`, but tells what happens: text and reasoning as they arrive, tools that begin, report and finish, steps, calls that wait for approval, and at
 * the end `Done` with the result.
 *
 * **When to use**: for a terminal or a web page.
 *
 * **Details**: the run goes on while events are consumed; some may wait. Closing the stream interrupts the run: its request is cancelled, and its tools
 * are interrupted.
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
  typedStream(told((emit) => start(loose(options), emit)))

/** The calls that wait must be those that were asked about, and their tools what they were. */
const checked = (plan: Plan, transcript: Transcript, decisions: Decisions): Effect.Effect<void, TranscriptError> => {
  const waits = new Set(transcript.pending.map(({ id }) => id))
  const stranger = Object.keys(decisions).find((id) => !waits.has(id))
  if (stranger !== undefined) {
    return Effect.fail(
      new TranscriptError({ reason: "UnknownCall", id: stranger, message: `No call with the id "${stranger}" waits.` })
    )
  }
  for (const { fingerprint, id, name } of transcript.pending) {
    const known = plan.known.get(name)
    if (known === undefined) {
      const message = `The tool "${name}", whose call waits, is missing.`
      return Effect.fail(new TranscriptError({ reason: "MissingTool", id, message }))
    }
    if (known.fingerprint !== fingerprint) {
      const message = `The tool "${name}" has another definition than when its call was made.`
      return Effect.fail(new TranscriptError({ reason: "ChangedTool", id, message }))
    }
  }
  return Effect.void
}

const goOn = (transcript: Transcript, decisions: Decisions, options: Loose, emit: Plan["emit"]) =>
  Effect.gen(function* () {
    const plan = yield* planOf(options, emit, transcript)
    yield* checked(plan, transcript, decisions)
    const state = new State(yield* Effect.clock, transcript.prompt.content, transcript)
    return yield* judged(options, yield* runPlan(plan, state, { transcript, decisions }))
  })

/**
 * Goes on with a run that waited for approval, in this process or another one.
 *
 * **Details**: approved calls are executed, denied ones are told to the model, and then the run goes on as `run` does. A call without a decision keeps
 * waiting: the result is `Pending` again. Calls that were finished before are not executed again. Budgets, what they have used and the choice of
 * tools come from the transcript, unless the options set them. The calls of the transcript are a step of their own, without text.
 *
 * It also takes the transcript of a `StepDone` event, without decisions: a run that a crash has ended goes on after its last finished step.
 *
 * Fails with a `TranscriptError` before anything is executed if a decision is for no call that waits, or if a tool has changed.
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
  options: Options<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Effect.Effect<
  Result<T, A>,
  RunError<T, TE, PE, I, Rules, OnStop, OnInvalid> | TranscriptError,
  RunContext<T, TR, PR, OR, Rules>
> => typed(goOn(transcript, decisions, loose(options), silent))

/**
 * As `resume`, but tells what happens, as `stream` does.
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
  options: Options<T, TE, TR, PE, PR, A, I, OR, Rules, OnStop, OnInvalid>
): Stream.Stream<
  Event<T, A>,
  RunError<T, TE, PE, I, Rules, OnStop, OnInvalid> | TranscriptError,
  RunContext<T, TR, PR, OR, Rules>
> => typedStream(told((emit) => goOn(transcript, decisions, loose(options), emit)))

/**
 * The call is executed.
 * @category decisions
 */
export const approve: Decision = { _tag: "Approve" }

/**
 * The call is executed with other arguments: JSON, in the encoded form of the tool's schema.
 * @category decisions
 */
export const edit = (params: unknown): Decision => ({ _tag: "Edit", params })

/**
 * The call is not executed, and the model is told so, with the reason.
 * @category decisions
 */
export const deny = (reason?: string): Decision => ({ _tag: "Deny", reason })

/**
 * The option `price` of a run, from a model of the catalogue (`Models.get`).
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
  (model: Model): ((step: Priced) => Option.Option<BigDecimal.BigDecimal>) =>
  ({ usage }) =>
    Option.map(
      Pricing.ofTokens(model, {
        input: usage.inputTokens,
        cachedInput: Math.min(usage.cachedInputTokens, usage.inputTokens),
        output: usage.outputTokens
      }),
      ({ total }) => total
    )
