/** The loop of a run. In: a plan and a state. Out: the result. Every run ends here. */
import * as Prompt from "@effect/ai/Prompt"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Issue } from "effect-friendli/FriendliError"
import { ask } from "./ask.js"
import { InvalidOutputError } from "./errors.js"
import * as observation from "./observation.js"
import type { Decisions, Result, StepSettings } from "./options.js"
import type { Plan, Untyped } from "./plan.js"
import { type Calls, rejectRest, settleCalls } from "./settle.js"
import type { Current, State } from "./state.js"
import type { Tools } from "./steps.js"
import { exceeded, type StoppedBy } from "./stop.js"
import { transcriptOf } from "./pinned.js"
import type { PendingCall, Transcript } from "./transcript.js"

type Ended = Result<Tools, unknown>

const stopped = (state: State, stoppedBy: StoppedBy): Ended => ({ _tag: "Stopped", stoppedBy, ...state.common })
const waiting = (state: State, pending: ReadonlyArray<PendingCall>, transcript: Transcript): Ended => ({
  _tag: "Pending",
  pending,
  transcript,
  ...state.common
})
const completed = (state: State, output: unknown): Ended => ({ _tag: "Completed", output, ...state.common })

/** Decides whether the run ends. It cannot be interrupted, so that the step, its result and the events agree. */
const deciding = <A extends Ended | undefined, E, R>(
  state: State,
  decision: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.uninterruptible(
    Effect.tap(decision, (ended) =>
      Effect.sync(() => {
        state.ended = ended
      })
    )
  )

/** Ends the step: its results go into the conversation, and the event is emitted. */
const finishStep = (
  plan: Plan,
  state: State,
  current: Current,
  pending: ReadonlyArray<PendingCall> = []
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const step = state.finish(current)
    yield* observation.annotateStep(step)
    if (!plan.isObserved) return
    yield* plan.emit({ _tag: "StepDone", step, transcript: yield* transcriptOf(plan, state, pending) })
  })

/** The text inside a code fence, which models sometimes write around JSON. */
const unfenced = (text: string): string => {
  const trimmed = text.trim()
  const begin = /^```(?:json)?[^\S\n]*\n/.exec(trimmed)
  return begin !== null && trimmed.length > begin[0].length && trimmed.endsWith("```")
    ? trimmed.slice(begin[0].length, -3)
    : text
}

/** The result in a text, or what is wrong with it. */
const outputOfText = (plan: Plan, text: string): Effect.Effect<Either.Either<unknown, ReadonlyArray<Issue>>> => {
  const output = plan.output!
  const json = Either.try((): unknown => JSON.parse(unfenced(text)))
  if (Either.isLeft(json)) return Effect.succeed(Either.left([{ path: [], message: "the text is not JSON" }]))
  return Effect.either(output.known.decode("", output.wrap(json.right))).pipe(
    Effect.map(Either.mapBoth({ onLeft: ({ issues }) => issues, onRight: output.read }))
  )
}

const wordsOf = (issues: ReadonlyArray<Issue>): string =>
  issues.map(({ message, path }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`)).join("; ")

/** Counts a result that does not match. Fails if there are too many. */
const countBadOutput = (
  plan: Plan,
  state: State,
  issues: ReadonlyArray<Issue>
): Effect.Effect<void, InvalidOutputError> => {
  state.badOutputs++
  if (state.badOutputs <= plan.output!.retries) return Effect.void
  return Effect.fail(
    new InvalidOutputError({
      message: `The model gave no result that matches the schema, although it was asked ${state.badOutputs} times: ${wordsOf(issues)}.`,
      attempts: state.badOutputs,
      issues
    })
  )
}

/** How an answer without calls ends the run. A result that has to be read from its text comes later. */
const endOfText = (plan: Plan, state: State, current: Current): Ended | undefined => {
  switch (current.finishReason) {
    case "length":
      return stopped(state, { _tag: "Length" })
    case "content-filter":
      return stopped(state, { _tag: "ContentFilter" })
    case "error":
      return stopped(state, { _tag: "ModelError" })
    case "pause":
      // the provider continues when it gets the same conversation again
      return undefined
    default:
      return plan.output === undefined ? completed(state, current.text) : undefined
  }
}

/** The answer has no calls: it is the last one, unless a result is missing. */
const endWithText = (plan: Plan, state: State, current: Current): Untyped<Ended | undefined> =>
  Effect.gen(function* () {
    const ended = yield* deciding(
      state,
      Effect.map(finishStep(plan, state, current), () => endOfText(plan, state, current))
    )
    if (ended !== undefined || plan.output === undefined || current.finishReason === "pause") return ended
    const read = yield* outputOfText(plan, current.text)
    if (Either.isRight(read)) return completed(state, read.right)
    yield* countBadOutput(plan, state, read.left)
    const request = `Give the result now, by a call of the tool "${plan.output.name}".`
    state.messages.push(Prompt.makeMessage("user", { content: [Prompt.makePart("text", { text: request })] }))
    return undefined
  })

/** Decides after the calls of a step: the end of the run, or another step. */
const afterCalls = (plan: Plan, state: State, current: Current, calls: Calls): Untyped<Ended | undefined> =>
  deciding(
    state,
    Effect.gen(function* () {
      yield* finishStep(plan, state, current, calls.pending)
      if (calls.output !== undefined) return completed(state, calls.output.value)
      if (state.stoppedBy !== undefined) return stopped(state, state.stoppedBy)
      if (calls.pending.length > 0) {
        yield* plan.emit({ _tag: "ApprovalRequested", pending: calls.pending })
        return waiting(state, calls.pending, yield* transcriptOf(plan, state, calls.pending))
      }
      if (calls.badOutput !== undefined) yield* countBadOutput(plan, state, calls.badOutput)
      const { stopWhen } = plan
      return stopWhen?.isMet({ steps: state.steps, totals: state.totals }) === true
        ? stopped(state, { _tag: "Condition", name: stopWhen.name })
        : undefined
    })
  )

const offeredBy = (plan: Plan, { tools }: StepSettings<Tools>): ReadonlySet<string> =>
  new Set(tools === undefined ? plan.known.keys() : tools)

/** One request, and its calls. Returns the result if the run has ended. */
const step = (plan: Plan, state: State): Untyped<Ended | undefined> =>
  Effect.gen(function* () {
    const over = exceeded(plan.limits, state.totals, "request")
    if (over !== undefined) return stopped(state, over)
    const { prompt, steps, totals } = state.common
    const settings =
      plan.prepareStep === undefined ? {} : yield* plan.prepareStep({ index: totals.steps, prompt, steps, totals })
    const current = state.begin()
    return yield* observation.ofStep(
      plan.name,
      current.index,
      Effect.gen(function* () {
        yield* plan.emit({ _tag: "StepStarted", index: current.index })
        yield* ask(plan, state, current, settings, state.badOutputs > 0)
        if (current.calls.length === 0) return yield* endWithText(plan, state, current)
        const calls = yield* settleCalls(plan, state, current, offeredBy(plan, settings))
        return yield* afterCalls(plan, state, current, calls)
      })
    )
  })

/** Settles the calls of a transcript by the decisions of a person. */
const resumed = (plan: Plan, state: State, transcript: Transcript, decisions: Decisions): Untyped<Ended | undefined> =>
  Effect.gen(function* () {
    const current: Current = {
      index: Math.max(0, transcript.steps - 1),
      text: "",
      reasoning: "",
      calls: transcript.pending.map(({ id, name, params }) => ({ id, name, params, invalid: undefined })),
      settled: new Map(),
      providerParts: [],
      finishReason: "tool-calls",
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0, reasoningTokens: 0, cachedInputTokens: 0 },
      model: undefined,
      isAnswered: true
    }
    state.current = current
    return yield* observation.ofResumedStep(
      plan.name,
      current.index,
      Effect.flatMap(settleCalls(plan, state, current, offeredBy(plan, {}), decisions), (calls) =>
        afterCalls(plan, state, current, calls)
      )
    )
  })

/** Ends the run when its time is used up. Running work has been interrupted; finished work is kept. */
const stopNow = (plan: Plan, state: State): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    if (state.ended !== undefined) return state.ended
    const stoppedBy: StoppedBy = { _tag: "Time", limit: Duration.millis(plan.limits.time) }
    const { current } = state
    if (current !== undefined) {
      yield* rejectRest(plan, current, "cancelled", stoppedBy)
      yield* finishStep(plan, state, current)
    }
    return stopped(state, stoppedBy)
  })

/** Runs until the end. */
export const run = (
  plan: Plan,
  state: State,
  from?: { readonly transcript: Transcript; readonly decisions: Decisions }
): Untyped<Ended> => {
  const steps = Effect.gen(function* () {
    // the transcript of a finished step has no calls to decide
    const waits = from !== undefined && from.transcript.pending.length > 0
    let ended = waits ? yield* resumed(plan, state, from.transcript, from.decisions) : undefined
    while (ended === undefined) ended = yield* step(plan, state)
    return ended
  })
  const left = plan.limits.time - Duration.toMillis(state.totals.elapsed)
  const timed = Number.isFinite(left)
    ? Effect.raceFirst(
        Effect.map(steps, (ended): Ended | undefined => ended),
        Effect.as(Effect.sleep(Math.max(0, left)), undefined)
      ).pipe(Effect.flatMap((ended) => (ended === undefined ? stopNow(plan, state) : Effect.succeed(ended))))
    : steps
  return observation.ofRun(plan.name, plan.modelName, timed)
}
