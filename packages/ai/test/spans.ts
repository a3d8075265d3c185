/** A tracer that keeps its spans. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"

export interface Kept {
  readonly name: string
  readonly attributes: Map<string, unknown>
  /** The name of the span above. */
  readonly parent: string | undefined
  /** The error that has ended it, as exporters print it. */
  ended: string
}

export const keeping = () => {
  const spans: Array<Kept> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      const kept: Kept = {
        name,
        attributes,
        parent: parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : undefined,
        ended: ""
      }
      spans.push(kept)
      return {
        _tag: "Span",
        name,
        spanId: String(spans.length),
        traceId: "t",
        sampled: true,
        parent,
        context,
        links,
        kind,
        status: { _tag: "Started", startTime },
        attributes,
        attribute: (key, value) => void attributes.set(key, value),
        event: () => {},
        end: (_, exit) => {
          if (Exit.isFailure(exit)) {
            kept.ended = `${Cause.pretty(exit.cause, { renderErrorCause: true })} ${JSON.stringify(exit.cause)}`
          }
        },
        addLinks: () => {}
      }
    },
    context: (run) => run()
  })
  return { spans, tracer }
}
