/** The spans and metrics of a run. Names and numbers only: arguments, results and texts are in spans where the option says so. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Tracer from "effect/Tracer"
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

const seconds = [0.01, 0.04, 0.16, 0.64, 2.56, 10.24, 40.96, 163.84]

/** The durations of tools in seconds, by agent, tool and outcome: `Succeeded`, `Failed`, `error` or `interrupted`. */
export const toolDuration = /*#__PURE__*/ Metric.histogram(
  "friendli.agent.tool.duration",
  /*#__PURE__*/ MetricBoundaries.fromIterable(seconds),
  "How long tools of agents took, in seconds"
)

/** The span of a run, with its outcome and sums. */
export const ofRun = <A extends { readonly _tag: string; readonly totals: Totals }, E, R>(
  name: string,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  run.pipe(
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
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name }
    })
  )

/** The span of a step. */
export const ofStep = <A, E, R>(name: string, index: number, step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Metric.increment(Metric.tagged(steps, "gen_ai.agent.name", name)).pipe(
    Effect.zipRight(step),
    Effect.withSpan("agent.step", {
      captureStackTrace: false,
      attributes: { "gen_ai.agent.name": name, "agent.step": index }
    })
  )

/** What the span of a step says of its answer. */
export const annotateStep = (step: Step<Tools>): Effect.Effect<void> =>
  Effect.annotateCurrentSpan({
    ...(step.model === undefined ? {} : { "gen_ai.response.model": step.model }),
    "gen_ai.response.finish_reasons": [step.finishReason],
    "gen_ai.usage.input_tokens": step.usage.inputTokens,
    "gen_ai.usage.output_tokens": step.usage.outputTokens
  })

/** `Toolkit.handle` of `@effect/ai` writes the arguments to its span; here they are left out. */
const withoutParameters = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (name, ...rest) => {
      const span = tracer.span(name, ...rest)
      if (name !== "Toolkit.handle") return span
      const attribute = span.attribute.bind(span)
      span.attribute = (key, value) => {
        if (key !== "parameters") attribute(key, value)
      }
      return span
    },
    context: (run, fiber) => tracer.context(run, fiber)
  })

const withoutContents = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.tracer, (tracer) => Effect.withTracer(effect, withoutParameters(tracer)))

const textOf = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch {
    return ""
  }
}

/** The span of a tool, and its duration. */
export const ofTool = <A extends { readonly isFailure: boolean; readonly encodedResult: unknown }, E, R>(
  agent: string,
  call: { readonly id: string; readonly name: string; readonly params: unknown },
  recordContents: boolean,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (start) =>
    (recordContents
      ? Effect.tap(run, ({ encodedResult }) =>
          Effect.annotateCurrentSpan("gen_ai.tool.call.result", textOf(encodedResult))
        )
      : withoutContents(run)
    ).pipe(
      Effect.tap(({ isFailure }) => Effect.annotateCurrentSpan("agent.tool.failed", isFailure)),
      Effect.onExit((exit) =>
        Effect.flatMap(Clock.currentTimeMillis, (end) => {
          const outcome = Exit.isSuccess(exit)
            ? exit.value.isFailure
              ? "Failed"
              : "Succeeded"
            : Exit.isInterrupted(exit)
              ? "interrupted"
              : "error"
          return Metric.update(
            toolDuration.pipe(
              Metric.tagged("gen_ai.agent.name", agent),
              Metric.tagged("gen_ai.tool.name", call.name),
              Metric.tagged("outcome", outcome)
            ),
            (end - start) / 1000
          )
        })
      ),
      Effect.withSpan(`execute_tool ${call.name}`, {
        captureStackTrace: false,
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": call.name,
          "gen_ai.tool.type": "function",
          "gen_ai.tool.call.id": call.id,
          "gen_ai.agent.name": agent,
          ...(recordContents ? { "gen_ai.tool.call.arguments": textOf(call.params) } : {})
        }
      })
    )
  )
