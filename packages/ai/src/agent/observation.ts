/** The spans and metrics of a run. Names and numbers only, unless the option `recordContents` adds the arguments and results of tools. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { duration } from "effect-friendli/Metrics"
import { quietly, quietSpan } from "../provider/quiet.js"
import type { Step, Tools, Totals } from "./steps.js"

/** Runs of agents, by name and outcome: `Completed`, `Stopped`, `Pending`, or `error`. */
export const runs = /*#__PURE__*/ Metric.counter("friendli.agent.runs", {
  description: "Runs of agents, by name and outcome",
  incremental: true
})

/** Steps of agents, by name. */
export const steps = /*#__PURE__*/ Metric.counter("friendli.agent.steps", {
  description: "Requests that runs of agents have made, by name",
  incremental: true
})

const tagOf = (failure: unknown): string =>
  Predicate.hasProperty(failure, "_tag") && Predicate.isString(failure._tag) ? failure._tag : "_OTHER"

/** The type of the error, if there is one. `failureOf`: the failure that a successful value contains. */
const errorType = <A>(
  exit: Exit.Exit<A, unknown>,
  failureOf: (value: A) => Option.Option<unknown>
): string | undefined => {
  if (Exit.isSuccess(exit)) return Option.getOrUndefined(Option.map(failureOf(exit.value), tagOf))
  if (Cause.isInterruptedOnly(exit.cause)) return "interrupted"
  return Option.match(Cause.failureOption(exit.cause), { onNone: () => "_OTHER", onSome: tagOf })
}

/** Measures an operation with the duration metric of the SDK, which follows the conventions, and sets `error.type` on its span. */
const measured = <A, E, R>(
  tags: Readonly<Record<string, string>>,
  failureOf: (value: A) => Option.Option<unknown>,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (start) =>
    Effect.onExit(run, (exit) =>
      Effect.flatMap(Clock.currentTimeMillis, (end) => {
        const type = errorType(exit, failureOf)
        const said = type === undefined ? {} : { "error.type": type }
        const metric = Object.entries({ ...tags, ...said }).reduce<Metric.Metric.Histogram<number>>(
          (tagged, [name, value]) => Metric.tagged(tagged, name, value),
          duration
        )
        return Effect.zipRight(Effect.annotateCurrentSpan(said), Metric.update(metric, (end - start) / 1000))
      })
    )
  )

/** The span of a run, with its outcome and sums. */
export const ofRun = <A extends { readonly _tag: string; readonly totals: Totals }, E, R>(
  name: string,
  model: string | undefined,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name }
  return Effect.zipRight(quietSpan, measured(attributes, Option.none, run)).pipe(
    Effect.tap(({ _tag, totals }) =>
      Effect.annotateCurrentSpan({
        "agent.outcome": _tag,
        "agent.steps": totals.steps,
        "agent.tool_calls": totals.toolCalls,
        "gen_ai.usage.input_tokens": totals.usage.inputTokens,
        "gen_ai.usage.output_tokens": totals.usage.outputTokens
      })
    ),
    Effect.onExit((exit) =>
      Metric.increment(
        Metric.tagged(
          Metric.tagged(runs, "gen_ai.agent.name", name),
          "outcome",
          Exit.isSuccess(exit) ? exit.value._tag : "error"
        )
      )
    ),
    Effect.withSpan(`invoke_agent ${name}`, {
      captureStackTrace: false,
      attributes: model === undefined ? attributes : { ...attributes, "gen_ai.request.model": model }
    })
  )
}

/** The span of the calls of a transcript, for which no request is sent. */
export const ofResumedStep = <A, E, R>(
  name: string,
  index: number,
  step: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withSpan(Effect.zipRight(quietSpan, step), "agent.step", {
    captureStackTrace: false,
    attributes: { "gen_ai.agent.name": name, "agent.step": index }
  })

/** The span of a step. */
export const ofStep = <A, E, R>(name: string, index: number, step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.zipRight(Metric.increment(Metric.tagged(steps, "gen_ai.agent.name", name)), ofResumedStep(name, index, step))

/** The attributes of the answer on the span of a step. */
export const annotateStep = (step: Step<Tools>): Effect.Effect<void> =>
  Effect.annotateCurrentSpan({
    ...(step.model === undefined ? {} : { "gen_ai.response.model": step.model }),
    "gen_ai.response.finish_reasons": [step.finishReason],
    "gen_ai.usage.input_tokens": step.usage.inputTokens,
    "gen_ai.usage.output_tokens": step.usage.outputTokens
  })

const textOf = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch {
    return ""
  }
}

/** The span of a tool, and its duration. */
export const ofTool = <
  A extends { readonly isFailure: boolean; readonly result: unknown; readonly encodedResult: unknown },
  E,
  R
>(
  agent: string,
  call: { readonly id: string; readonly name: string; readonly params: unknown },
  recordContents: boolean,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const attributes = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.agent.name": agent,
    "gen_ai.tool.name": call.name
  }
  const observed = recordContents
    ? Effect.tap(run, ({ encodedResult }) =>
        Effect.annotateCurrentSpan("gen_ai.tool.call.result", textOf(encodedResult))
      )
    : Effect.zipRight(quietSpan, quietly(run))
  const failureOf = ({ isFailure, result }: A) => (isFailure ? Option.some(result) : Option.none())
  return measured(attributes, failureOf, observed).pipe(
    Effect.tap(({ isFailure }) => Effect.annotateCurrentSpan("agent.tool.failed", isFailure)),
    Effect.withSpan(`execute_tool ${call.name}`, {
      captureStackTrace: false,
      attributes: {
        ...attributes,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call.id,
        ...(recordContents ? { "gen_ai.tool.call.arguments": textOf(call.params) } : {})
      }
    })
  )
}
