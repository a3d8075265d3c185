/** The state of a run. One fiber owns it; the fibers of tools write only the outcomes of their own calls. */
import * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import * as BigDecimal from "effect/BigDecimal"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Price, Result } from "./options.js"
import {
  addUsage,
  type Common,
  noCost,
  noUsage,
  type Outcome,
  type Step,
  type Tools,
  type Totals,
  type Usage
} from "./steps.js"
import type { StoppedBy } from "./stop.js"
import type { Transcript } from "./transcript.js"

/** A call of the answer. */
export interface Call {
  readonly id: string
  readonly name: string
  /** The arguments in encoded form. If they are not JSON, the form in which the model sees them again. */
  readonly params: unknown
  /** Why the arguments are not a JSON object. */
  readonly invalid: string | undefined
}

/** The outcome of a call, for the user and for the model. The call that gives the result is not a tool of the user and has no outcome. */
export interface Settled {
  readonly outcome: Outcome<Tools> | undefined
  readonly shown: unknown
  readonly isFailure: boolean
}

/** The current step. */
export interface Current {
  readonly index: number
  text: string
  reasoning: string
  readonly calls: Array<Call>
  readonly settled: Map<string, Settled>
  /** Parts of calls that the provider has executed itself. */
  readonly providerParts: Array<Prompt.AssistantMessagePart>
  finishReason: Response.FinishReason
  usage: Usage
  model: string | undefined
  /** The answer is complete and in the conversation. */
  isAnswered: boolean
}

/** How often the last call was made in a row. */
export interface Repeated {
  readonly call: string
  readonly times: number
}

export class State {
  readonly steps: Array<Step<Tools>> = []
  messages: Array<Prompt.Message>
  current: Current | undefined
  /** The result, once it is decided. Later events, such as the end of the time budget, do not change it. */
  ended: Result<Tools, unknown> | undefined
  stoppedBy: StoppedBy | undefined
  repeated: Repeated | null
  /** How often the model was asked for a result that matches, without success. */
  badOutputs: number
  toolCalls: number
  private requests: number
  private usage: Usage
  private cost: BigDecimal.BigDecimal
  private unpriced: number
  private readonly startedAt: number
  private readonly before: number

  constructor(
    private readonly clock: Clock.Clock,
    messages: ReadonlyArray<Prompt.Message>,
    transcript?: Transcript
  ) {
    this.messages = [...messages]
    this.startedAt = clock.unsafeCurrentTimeMillis()
    this.before = transcript?.elapsed ?? 0
    this.requests = transcript?.steps ?? 0
    this.toolCalls = transcript?.toolCalls ?? 0
    this.usage = transcript?.usage ?? noUsage
    this.cost = Option.getOrElse(BigDecimal.fromString(transcript?.cost ?? "0"), () => noCost)
    this.unpriced = transcript?.unpriced ?? 0
    this.badOutputs = transcript?.badOutputs ?? 0
    this.repeated = transcript?.repeated ?? null
  }

  get totals(): Totals {
    return {
      steps: this.requests,
      toolCalls: this.toolCalls,
      usage: this.usage,
      cost: this.cost,
      unpriced: this.unpriced,
      elapsed: Duration.millis(this.before + this.clock.unsafeCurrentTimeMillis() - this.startedAt)
    }
  }

  /** Begins a step: a request is counted when it is sent. */
  begin(): Current {
    const current: Current = {
      index: this.requests,
      text: "",
      reasoning: "",
      calls: [],
      settled: new Map(),
      providerParts: [],
      finishReason: "unknown",
      usage: noUsage,
      model: undefined,
      isAnswered: false
    }
    this.requests++
    this.current = current
    return current
  }

  /** Counts the complete answer of a step, and adds it to the conversation. */
  answered(current: Current, price: Price | undefined): void {
    this.usage = addUsage(this.usage, current.usage)
    if (price !== undefined) {
      const cost = price({ usage: current.usage, model: current.model })
      if (Option.isSome(cost)) this.cost = BigDecimal.sum(this.cost, cost.value)
      else this.unpriced++
    }
    this.remember(current)
  }

  private remember(current: Current): void {
    current.isAnswered = true
    const content: Array<Prompt.AssistantMessagePart> = [
      ...(current.reasoning === "" ? [] : [Prompt.makePart("reasoning", { text: current.reasoning })]),
      ...(current.text === "" ? [] : [Prompt.makePart("text", { text: current.text })]),
      ...current.providerParts,
      ...current.calls.map(({ id, name, params }) =>
        Prompt.makePart("tool-call", { id, name, params, providerExecuted: false })
      )
    ]
    if (content.length > 0) this.messages.push(Prompt.makeMessage("assistant", { content }))
  }

  /** Adds the results of the settled calls to the conversation, and ends the step. */
  finish(current: Current): Step<Tools> {
    // an answer that was interrupted
    if (!current.isAnswered) {
      current.calls.length = 0
      this.remember(current)
    }
    const settled = current.calls.flatMap((call) => {
      const found = current.settled.get(call.id)
      return found === undefined ? [] : [{ call, ...found }]
    })
    if (settled.length > 0) {
      const content = settled.map(({ call, isFailure, shown }) =>
        Prompt.makePart("tool-result", {
          id: call.id,
          name: call.name,
          result: shown,
          isFailure,
          providerExecuted: false
        })
      )
      this.messages.push(Prompt.makeMessage("tool", { content }))
    }
    const step: Step<Tools> = {
      index: current.index,
      text: current.text,
      reasoning: current.reasoning,
      outcomes: settled.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome])),
      finishReason: current.finishReason,
      usage: current.usage,
      model: current.model
    }
    this.steps.push(step)
    this.current = undefined
    return step
  }

  get common(): Common<Tools> {
    return {
      text: this.steps.at(-1)?.text ?? "",
      steps: [...this.steps],
      totals: this.totals,
      prompt: Prompt.fromMessages([...this.messages])
    }
  }
}
