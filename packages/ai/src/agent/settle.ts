/** Settles the calls of a step: each is checked, and then executed, rejected, or left to wait for approval. */
import type * as AiTool from "@effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { InvalidToolCallError } from "effect-friendli/Tool"
import type { Issue } from "effect-friendli/FriendliError"
import * as observation from "./observation.js"
import type { Known } from "./offered.js"
import type { Decision, Decisions } from "./options.js"
import type { Plan, Untyped } from "./plan.js"
import { reporting } from "./progress.js"
import type { Call, Current, Settled, State } from "./state.js"
import type { Outcome, Rejection, Tools } from "./steps.js"
import { exceeded, sentence, type StoppedBy } from "./stop.js"
import type { PendingCall } from "./transcript.js"

/** The result of the calls of a step. */
export interface Calls {
  /** The calls that wait for approval. */
  readonly pending: ReadonlyArray<PendingCall>
  /** The result of the run, if the step has given it. */
  readonly output: { readonly value: unknown } | undefined
  /** What was wrong with the result that the step has given. */
  readonly badOutput: ReadonlyArray<Issue> | undefined
}

/** A call that may be executed. */
interface Ready {
  readonly call: Call
  readonly known: Known
  readonly params: unknown
}

const settle = (plan: Plan, current: Current, id: string, settled: Settled): Effect.Effect<void> =>
  Effect.suspend(() => {
    current.settled.set(id, settled)
    const { outcome, shown } = settled
    return outcome === undefined ? Effect.void : plan.emit({ _tag: "ToolFinished", outcome, shown })
  }).pipe(Effect.uninterruptible)

/** The call is not executed, and the model is told why. */
const reject = (
  plan: Plan,
  current: Current,
  { id, name }: Call,
  reason: Rejection,
  message: string
): Effect.Effect<void> =>
  settle(plan, current, id, {
    outcome: { _tag: "Rejected", id, name, reason, message },
    shown: { error: message },
    isFailure: true
  })

/** Rejects the calls that were not settled because the run was stopped. */
export const rejectRest = (
  plan: Plan,
  current: Current,
  reason: Rejection,
  stoppedBy: StoppedBy
): Effect.Effect<void> =>
  Effect.forEach(
    current.calls.filter(({ id }) => !current.settled.has(id)),
    (call) =>
      reject(
        plan,
        current,
        call,
        reason,
        reason === "cancelled" ? `Cancelled: ${sentence(stoppedBy)}.` : `Not executed: ${sentence(stoppedBy)}.`
      ),
    { discard: true }
  )

/** An invalid call goes back to the model, or fails the run. */
const handleInvalid = (
  plan: Plan,
  current: Current,
  call: Call,
  error: InvalidToolCallError,
  isKnown: boolean
): Untyped<void> =>
  plan.failsOnInvalid(call.name)
    ? Effect.fail(error)
    : reject(plan, current, call, isKnown ? "invalid" : "unknown", error.message)

const invalidCall = ({ id, name }: Call, message: string): InvalidToolCallError =>
  new InvalidToolCallError({
    id,
    name,
    message: `The call of ${name} is invalid: ${message}.`,
    issues: [{ path: [], message }]
  })

/** Counts how often the same call was made in a row. True if that is too often. */
const isRepeated = (plan: Plan, state: State, call: Call): boolean => {
  const key = JSON.stringify([call.name, call.params])
  const times = state.repeated?.call === key ? state.repeated.times + 1 : 1
  state.repeated = { call: key, times }
  if (times <= plan.maxRepeats) return false
  state.stoppedBy ??= { _tag: "Loop", name: call.name, times }
  return true
}

/** The result of the run, from the call that gives it. */
const readOutput = (plan: Plan, current: Current, call: Call): Effect.Effect<Pick<Calls, "output" | "badOutput">> => {
  const output = plan.output!
  const decoded =
    call.invalid === undefined ? output.known.decode(call.id, call.params) : invalidCall(call, call.invalid)
  return Effect.matchEffect(decoded, {
    onFailure: (error) =>
      Effect.as(reject(plan, current, call, "invalid", error.message), { output: undefined, badOutput: error.issues }),
    onSuccess: (params) =>
      // The call is answered, so that the conversation can continue.
      Effect.as(
        settle(plan, current, call.id, { outcome: undefined, shown: "The result was taken.", isFailure: false }),
        { output: { value: output.read(params) }, badOutput: undefined }
      )
  })
}

/** Runs the handler of a call, if no budget is used up. */
const execute = (plan: Plan, state: State, current: Current, { call, params }: Ready): Untyped<void> =>
  Effect.suspend((): Untyped<void> => {
    const over = state.stoppedBy ?? exceeded(plan.limits, state.totals, "tool")
    if (over !== undefined) {
      state.stoppedBy = over
      return reject(plan, current, call, "budget", `Not executed: ${sentence(over)}.`)
    }
    state.toolCalls++
    const { id, name } = call
    const handled = plan.toolkit!.handle(name, call.params as never) as Untyped<AiTool.HandlerResult<AiTool.Any>>
    const report = (value: unknown) => plan.emit({ _tag: "ToolProgress", id, name, value })
    const running = observation.ofTool(plan.name, call, plan.recordContents, reporting(handled, report))
    return Effect.zipRight(
      plan.emit({ _tag: "ToolStarted", id, name, params } as never),
      // The result of a handler is kept, even if the run is interrupted at the moment when the handler ends.
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(restore(running), ({ encodedResult, isFailure, result }) =>
          settle(plan, current, id, {
            outcome: { _tag: isFailure ? "Failed" : "Succeeded", id, name, params, result } as Outcome<Tools>,
            shown: encodedResult,
            isFailure
          })
        )
      )
    )
  })

const isApproved = (decision: Decision | undefined): boolean => decision !== undefined && decision._tag !== "Deny"

/** The call, with the changes of a person. */
const decided = (call: Call, decision: Decision | undefined): Call =>
  decision?._tag === "Edit" ? { ...call, params: decision.params } : call

/** Settles the calls of a step. `decisions` are those of a person, for the calls of a resumed run. */
export const settleCalls = (
  plan: Plan,
  state: State,
  current: Current,
  offered: ReadonlySet<string>,
  decisions?: Decisions
): Untyped<Calls> =>
  Effect.gen(function* () {
    const pending: Array<PendingCall> = []
    const ready: Array<Ready> = []
    let output: Calls["output"]
    let badOutput: Calls["badOutput"]
    for (const made of current.calls) {
      const decision = decisions !== undefined && Object.hasOwn(decisions, made.id) ? decisions[made.id] : undefined
      const call = decided(made, decision)
      if (plan.output?.name === call.name) {
        const read = yield* readOutput(plan, current, call)
        output ??= read.output
        badOutput ??= read.badOutput
        continue
      }
      // the calls that are left are rejected below
      if (decisions === undefined && isRepeated(plan, state, call)) break
      const known = offered.has(call.name) ? plan.known.get(call.name) : undefined
      if (known === undefined) {
        yield* handleInvalid(plan, current, call, invalidCall(call, "there is no tool of this name"), false)
        continue
      }
      if (call.invalid !== undefined) {
        yield* handleInvalid(plan, current, call, invalidCall(call, call.invalid), true)
        continue
      }
      if (decision?._tag === "Deny") {
        const because = decision.reason === undefined ? "" : `: ${decision.reason}`
        yield* reject(plan, current, call, "denied", `The user has denied this call${because}`)
        continue
      }
      const params = yield* Effect.either(known.decode(call.id, call.params))
      if (Either.isLeft(params)) {
        yield* handleInvalid(plan, current, call, params.left, true)
        continue
      }
      const waits = isApproved(decision)
        ? false
        : decisions !== undefined || (yield* plan.needsApproval(call.name, params.right))
      if (waits) {
        pending.push({ id: call.id, name: call.name, params: call.params, fingerprint: yield* known.fingerprint })
      } else ready.push({ call, known, params: params.right })
    }
    if (output !== undefined) {
      // The run is over, so nothing else of this step is executed.
      for (const call of current.calls.filter(({ id }) => !current.settled.has(id))) {
        yield* reject(plan, current, call, "skipped", "Not executed: the result was given in the same step.")
      }
      return { pending: [], output, badOutput: undefined }
    }
    yield* Effect.forEach(ready, (one) => execute(plan, state, current, one), {
      concurrency: plan.concurrency,
      discard: true
    })
    if (state.stoppedBy !== undefined) {
      yield* rejectRest(plan, current, "budget", state.stoppedBy)
      return { pending: [], output: undefined, badOutput }
    }
    return { pending, output: undefined, badOutput }
  })
