/**
 * Keeps the conversation out of the spans that `@effect/ai` makes itself. It writes the arguments of a call to the span of `Toolkit.handle`, and the
 * errors that end a span contain the value that does not match a schema.
 */
import * as AiError from "@effect/ai/AiError"
import type * as Toolkit from "@effect/ai/Toolkit"
import type * as Tool from "@effect/ai/Tool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ParseResult from "effect/ParseResult"
import * as Tracer from "effect/Tracer"

const description = "The value that does not match is not recorded in spans."

/** The same error, without text that may be part of the conversation. */
const withoutContents = (error: unknown): unknown => {
  if (ParseResult.isParseError(error)) {
    return new AiError.MalformedOutput({ module: "LanguageModel", method: "decode", description })
  }
  if (!AiError.isAiError(error)) return error
  const { _tag, method, module } = error
  // errors of the SDK contain no text of the conversation
  if (module.startsWith("Friendli")) return error
  switch (_tag) {
    case "MalformedInput":
      return new AiError.MalformedInput({ module, method, description })
    case "MalformedOutput":
      return new AiError.MalformedOutput({ module, method, description })
    default:
      return error
  }
}

/** A span whose end records no contents. */
export const quietEnd = <S extends Tracer.Span>(span: S): S => {
  const end = span.end.bind(span)
  span.end = (time, exit) => end(time, Exit.mapErrorCause(exit, Cause.map(withoutContents)))
  return span
}

/** Makes the end of the current span record no contents. */
export const quietSpan: Effect.Effect<void> = /*#__PURE__*/ Effect.ignore(
  /*#__PURE__*/ Effect.map(Effect.currentSpan, quietEnd)
)

/** A tracer without the arguments that `Toolkit.handle` of `@effect/ai` writes to its span. */
const quietTracer = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (name, ...rest) => {
      const span = tracer.span(name, ...rest)
      if (name !== "Toolkit.handle") return span
      const attribute = span.attribute.bind(span)
      span.attribute = (key, value) => {
        if (key !== "parameters") attribute(key, value)
      }
      return quietEnd(span)
    },
    context: (run, fiber) => tracer.context(run, fiber)
  })

/** Executes calls without their arguments in spans. */
export const quietly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.tracer, (tracer) => Effect.withTracer(effect, quietTracer(tracer)))

type Handling = Toolkit.WithHandler<Record<string, Tool.Any>>

const quietHandling = ({ handle, tools }: Handling): Handling => ({
  tools,
  handle: (name, params) => quietly(handle(name, params))
})

/** The options of a generation, whose calls are executed without their arguments in spans. */
export const quietOptions = <O extends object>(options: O): O => {
  const { toolkit } = options as { readonly toolkit?: Handling | Effect.Effect<Handling, unknown, unknown> | undefined }
  if (toolkit === undefined) return options
  return { ...options, toolkit: Effect.isEffect(toolkit) ? Effect.map(toolkit, quietHandling) : quietHandling(toolkit) }
}
