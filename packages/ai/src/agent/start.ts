/** From the options of a user to a run. In: options, a prompt or a transcript. Out: the result, or the events with the result as the last one. */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Prompt from "@effect/ai/Prompt"
import type * as Toolkit from "@effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Mailbox from "effect/Mailbox"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { current, modelNameOf } from "../provider/config.js"
import { approvalOf } from "./approval.js"
import { AgentStoppedError, TranscriptError } from "./errors.js"
import type { Approval, Decisions, Event, Options, PricedBudget, Result, ResumeSettings } from "./options.js"
import { checkTranscript, pinnedBudget } from "./pinned.js"
import { knownTools, outputOf, type Plan, type Untyped } from "./plan.js"
import { run } from "./run.js"
import { State } from "./state.js"
import type { Tools } from "./steps.js"
import { limitsOf, sentence } from "./stop.js"
import type { Transcript } from "./transcript.js"

/** The options without the types of the user, on which nothing here depends. */
export type Loose = Options<
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
> &
  PricedBudget

/** The options of a run from its beginning. */
export type LooseRun = Loose & { readonly prompt: Prompt.RawInput; readonly system?: string | undefined }

/** Receives the events. Undefined if nobody listens. */
type Emit = Plan["emit"] | undefined

/** A run that sends its events to `emit`. */
export type Started = (emit: Emit) => Untyped<Result<Tools, unknown>>

const failsOnInvalid = (rule: Loose["invalidCalls"]): ((name: string) => boolean) => {
  if (typeof rule === "string") return () => rule === "fail"
  return (name) => rule !== undefined && Object.hasOwn(rule, name) && rule[name] === "fail"
}

const planOf = (options: Loose, emit: Emit, transcript?: Transcript): Untyped<Plan> =>
  Effect.gen(function* () {
    const model = typeof options.model === "object" ? options.model : yield* LanguageModel.LanguageModel
    const chosen = typeof options.model === "string" ? options.model : (yield* current)?.model
    const toolkit: Toolkit.WithHandler<Tools> | undefined = Effect.isEffect(options.toolkit)
      ? yield* options.toolkit
      : options.toolkit
    const known = knownTools(toolkit)
    const limits = limitsOf({ ...(transcript === undefined ? {} : pinnedBudget(transcript)), ...options.budget })
    if (limits.cost !== undefined && options.price === undefined) {
      // the types prevent it, unless the budget is that of a transcript
      return yield* new TranscriptError({
        reason: "MissingPrice",
        message: "The transcript has a cost budget, which needs the option `price`."
      })
    }
    const outputName = options.outputName ?? "final_answer"
    if (options.output !== undefined && known.has(outputName)) {
      return yield* Effect.dieMessage(
        `The tool "${outputName}" has the name of the tool that takes the result. Choose another \`outputName\`.`
      )
    }
    const pinned = transcript?.settings.toolChoice as Plan["toolChoice"] | undefined
    return {
      name: options.name ?? "agent",
      model,
      modelName: chosen ?? modelNameOf(model) ?? transcript?.settings.model ?? undefined,
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
              // its requirements come from the context of the run
              options.output as Schema.Schema.AnyNoContext,
              outputName,
              options.outputRetries ?? 2
            ),
      needsApproval: approvalOf(options.approval, known),
      recordContents: options.recordContents ?? false,
      isObserved: emit !== undefined,
      emit: emit ?? (() => Effect.void)
    } satisfies Plan
  })

/** A stopped run fails, if the options say so. */
const applyOnStop = (options: Loose, result: Result<Tools, unknown>): Untyped<Result<Tools, unknown>> => {
  if (result._tag !== "Stopped" || options.onStop !== "fail") return Effect.succeed(result)
  const { stoppedBy } = result
  return Effect.fail(
    new AgentStoppedError({ message: `The run was stopped: ${sentence(stoppedBy)}.`, stoppedBy, progress: result })
  )
}

/** A new run. */
export const begin =
  (options: LooseRun): Started =>
  (emit) =>
    Effect.gen(function* () {
      const plan = yield* planOf(options, emit)
      const given = Prompt.make(options.prompt)
      const prompt = options.system === undefined ? given : Prompt.setSystem(given, options.system)
      const state = new State(yield* Effect.clock, prompt.content)
      return yield* applyOnStop(options, yield* run(plan, state))
    })

/** A run that continues from a transcript. */
export const resume =
  (transcript: Transcript, decisions: Decisions, options: Loose & ResumeSettings): Started =>
  (emit) =>
    Effect.gen(function* () {
      const plan = yield* planOf(options, emit, transcript)
      yield* checkTranscript(plan, transcript, decisions, options.changes)
      const state = new State(yield* Effect.clock, transcript.prompt.content, transcript)
      return yield* applyOnStop(options, yield* run(plan, state, { transcript, decisions }))
    })

/** How many events may wait for the consumer of a stream. */
const maxWaiting = 64

/** Pieces of an answer, and progress of tools. They may be lost: their content is in the result, too, or matters only at the moment. */
const deltas: ReadonlySet<string> = new Set<Event<Tools, unknown>["_tag"]>([
  "Text",
  "Reasoning",
  "CallDelta",
  "ToolProgress"
])

/**
 * The events of a run. A slow consumer makes the run wait. If the time budget is used up during this wait, running work is interrupted, and the delta
 * that waited is lost. All other events are still sent.
 */
export const eventsOf = (started: Started): Stream.Stream<unknown, unknown, unknown> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<Event<Tools, unknown>, unknown>(maxWaiting)
      const emit: Plan["emit"] = (event) => {
        const offered = Effect.asVoid(mailbox.offer(event))
        return deltas.has(event._tag) ? offered : Effect.uninterruptible(offered)
      }
      yield* started(emit).pipe(
        Effect.flatMap((result) => mailbox.offer({ _tag: "Done", result })),
        Mailbox.into(mailbox),
        // also if a server opens the stream in a region that cannot be interrupted
        Effect.interruptible,
        Effect.forkScoped
      )
      // Happens before the run is interrupted, so that it does not wait for a consumer that is gone.
      yield* Effect.addFinalizer(() => mailbox.shutdown)
      return Mailbox.toStream(mailbox)
    })
  )
