/**
 * A tracer that keeps its spans in memory.
 */
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

export class InMemorySpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly traceId = "trace"
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly events: Array<unknown> = []
  /** How often it was ended. */
  ended = 0
  status: Tracer.SpanStatus
  constructor(
    readonly spanId: string,
    readonly name: string,
    readonly parent: Option.Option<Tracer.AnySpan>,
    readonly context: Tracer.Span["context"],
    readonly links: ReadonlyArray<Tracer.SpanLink>,
    readonly startTime: bigint,
    readonly kind: Tracer.SpanKind
  ) {
    this.status = { _tag: "Started", startTime }
  }
  /** The name of a span of this program, the id of one from elsewhere. */
  get parentName(): string | undefined {
    return Option.getOrUndefined(Option.map(this.parent, (it) => (it._tag === "Span" ? it.name : it.spanId)))
  }
  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.ended++
    this.status = { _tag: "Ended", startTime: this.startTime, endTime, exit }
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(...args: ReadonlyArray<unknown>): void {
    this.events.push(args)
  }
  addLinks(): void {}
}

export const inMemoryTracer = (): { readonly tracer: Tracer.Tracer; readonly spans: ReadonlyArray<InMemorySpan> } => {
  const spans: Array<InMemorySpan> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const span = new InMemorySpan(String(spans.length + 1), name, parent, context, links, startTime, kind)
      spans.push(span)
      return span
    },
    context: (run) => run()
  })
  return { tracer, spans }
}
