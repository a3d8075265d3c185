/**
 * The span of an untraced operation. In: its name. Out: a span that errors show and that code can read, at the cost of one object: its
 * ids and attributes are made when they are read, and most are never read.
 */
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"

const hexadecimal = (length: number): string =>
  Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("")

export class UntracedSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly parent = Option.none<Tracer.AnySpan>()
  readonly context = Context.empty()
  readonly kind = "client"
  readonly sampled = false
  readonly links: Array<Tracer.SpanLink> = []
  private known: Map<string, unknown> | undefined
  private ids: { readonly spanId: string; readonly traceId: string } | undefined
  private ended: { readonly endTime: bigint; readonly exit: Exit.Exit<unknown, unknown> } | undefined

  constructor(
    readonly name: string,
    /** In milliseconds. */
    private readonly startedAt: number
  ) {}

  get spanId(): string {
    return this.identify().spanId
  }

  get traceId(): string {
    return this.identify().traceId
  }

  get attributes(): Map<string, unknown> {
    return (this.known ??= new Map())
  }

  get status(): Tracer.SpanStatus {
    const startTime = BigInt(this.startedAt) * 1_000_000n
    return this.ended === undefined ? { _tag: "Started", startTime } : { _tag: "Ended", startTime, ...this.ended }
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.ended = { endTime, exit }
  }

  attribute(name: string, value: unknown): void {
    this.attributes.set(name, value)
  }

  event(): void {}

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }

  private identify() {
    return (this.ids ??= { spanId: hexadecimal(16), traceId: hexadecimal(32) })
  }
}
