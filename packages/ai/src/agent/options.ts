/** The options, events and results of a run. */
import type * as AiError from "@effect/ai/AiError"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import type * as Prompt from "@effect/ai/Prompt"
import type * as AiTool from "@effect/ai/Tool"
import type * as Toolkit from "@effect/ai/Toolkit"
import type * as BigDecimal from "effect/BigDecimal"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Concurrency } from "effect/Types"
import type { InvalidToolCallError } from "effect-friendli/Tool"
import type { Config } from "../provider/config.js"
import type { AgentStoppedError, InvalidOutputError } from "./errors.js"
import type { Common, Outcome, Step, Tools, Totals, Usage } from "./steps.js"
import type { Budget, StopCondition, StoppedBy } from "./stop.js"
import type { PendingCall, Transcript } from "./transcript.js"

/** The input of `prepareStep`. */
export interface StepContext<T extends Tools> {
  /** The index of the step, from 0. */
  readonly index: number
  /** The conversation that would be sent. */
  readonly prompt: Prompt.Prompt
  /** The steps so far; in a resumed run, the steps since it was resumed. */
  readonly steps: ReadonlyArray<Step<T>>
  readonly totals: Totals
}

/** The settings that `prepareStep` may change for one step. Omitted settings do not change. */
export interface StepSettings<T extends Tools> {
  /** Another model: its name for the same provider, or the service of another one. */
  readonly model?: string | LanguageModel.Service | undefined
  /** Messages that are sent instead of the conversation, for example fewer. The conversation itself does not change. */
  readonly prompt?: Prompt.RawInput | undefined
  /** The tools that are offered, by name. */
  readonly tools?: ReadonlyArray<keyof T & string> | undefined
  readonly toolChoice?: LanguageModel.ToolChoice<keyof T & string> | undefined
  /** Fields of Friendli's request, such as `reasoning_effort`, `reasoning_budget` and `temperature`. */
  readonly config?: Config.Service | undefined
}

/** Which calls need approval, by tool: all, none, or those for which the function returns true. */
export type Approval<T extends Tools> = {
  readonly [Name in keyof T]?:
    | boolean
    | ((params: AiTool.Parameters<T[Name]>) => boolean | Effect.Effect<boolean, unknown, unknown>)
    | undefined
}

/** The errors of the functions of an approval. */
export type ApprovalError<Rule> = Rule extends (...args: never) => infer Answer
  ? Answer extends Effect.Effect<infer _A, infer E, infer _R>
    ? E
    : never
  : never

/** The requirements of the functions of an approval. */
export type ApprovalContext<Rule> = Rule extends (...args: never) => infer Answer
  ? Answer extends Effect.Effect<infer _A, infer _E, infer R>
    ? R
    : never
  : never

/** The input of `price`: the usage of a step. */
export interface Priced {
  readonly usage: Usage
  /** The model that answered, if it was reported. */
  readonly model: string | undefined
}

/** Gives the cost of a step in USD, or `none` if it is not known. `Agent.price` makes this function from the catalogue. */
export type Price = (step: Priced) => Option.Option<BigDecimal.BigDecimal>

/** The budget and the price of a run. A cost budget without the price does not compile. */
export type PricedBudget =
  | {
      readonly budget?: (Budget & { readonly cost?: undefined }) | undefined
      readonly price?: Price | undefined
    }
  | {
      readonly budget?: Budget | undefined
      readonly price: Price
    }

/** The options of a run, except its prompt and its budget. */
export interface Options<
  T extends Tools,
  TE,
  TR,
  PE,
  PR,
  A,
  I,
  OR,
  Rules extends Approval<T>,
  OnStop extends "stop" | "fail",
  OnInvalid extends "return" | "fail"
> {
  /** The name of the agent, for spans and metrics. Default: `"agent"`. */
  readonly name?: string | undefined
  /** The tools: a `Toolkit` whose handlers are in the context, or a toolkit with its handlers. Default: none. */
  readonly toolkit?: Toolkit.WithHandler<T> | Effect.Effect<Toolkit.WithHandler<T>, TE, TR> | undefined
  /**
   * The model of all steps: a name, for a provider that reads it from `FriendliLanguageModel.Config` as Friendli does, or the service of another
   * model. Default: the model of the context.
   */
  readonly model?: string | LanguageModel.Service | undefined
  /** Whether the model may or must call tools, and which, in each step. Default: `"auto"`. */
  readonly toolChoice?: LanguageModel.ToolChoice<keyof T & string> | undefined
  /** How many tools of one step run at the same time. Default: one after another. */
  readonly concurrency?: Concurrency | undefined
  /** What happens when a run is stopped: it succeeds with `Stopped`, or fails with an `AgentStoppedError`. Default: `"stop"`. */
  readonly onStop?: OnStop | undefined
  /** Ends the run after a step that has called tools. */
  readonly stopWhen?: StopCondition | undefined
  /** How often the model may make the same call in a row; `false`: no limit. Default: 5. */
  readonly maxRepeats?: number | false | undefined
  /**
   * What happens to a call that cannot be executed (unknown tool, invalid JSON, wrong arguments): it goes back to the model, or the run fails with an
   * `InvalidToolCallError`. A record decides by tool; calls of unknown tools and of omitted tools go back to the model. Default: `"return"`.
   */
  readonly invalidCalls?: OnInvalid | { readonly [Name in keyof T]?: OnInvalid | undefined } | undefined
  /** Called before each request; may change model, messages, tools and settings of the step. */
  readonly prepareStep?: ((context: StepContext<T>) => Effect.Effect<StepSettings<T>, PE, PR>) | undefined
  /**
   * The schema of the result. The model gives the result with a call of the tool `outputName` or as JSON text; a result that does not match goes back
   * to the model. Default: the result is the text.
   */
  readonly output?: Schema.Schema<A, I, OR> | undefined
  /** The name of the tool that takes the result. Default: `"final_answer"`. */
  readonly outputName?: string | undefined
  /** How often the model is asked again for a result that matches, before the run fails with an `InvalidOutputError`. Default: 2. */
  readonly outputRetries?: number | undefined
  /** Which calls need approval. A run with such a call ends with `Pending`. */
  readonly approval?: (Rules & Approval<NoInfer<T>>) | undefined
  /** Whether spans contain the arguments and results of tools. Default: false. */
  readonly recordContents?: boolean | undefined
}

/** The additional options of a resumed run. */
export interface ResumeSettings {
  /**
   * What happens if the transcript was made with another model or with other definitions of tools: the run fails with a `TranscriptError` before
   * anything is executed, or continues with the current ones. The tools of waiting calls must be the same in any case. Default: `"reject"`.
   */
  readonly changes?: "reject" | "accept" | undefined
}

/** The errors of a run: those of the model, the tools, `prepareStep` and the approval, and those that options add. */
export type RunError<T extends Tools, TE, PE, I, Rules, OnStop, OnInvalid> =
  | AiError.AiError
  | TE
  | PE
  | ApprovalError<Rules[keyof Rules]>
  | AiTool.HandlerError<T[keyof T]>
  | ("fail" extends OnStop ? AgentStoppedError : never)
  | ("fail" extends OnInvalid ? InvalidToolCallError : never)
  // without the option `output` there is no encoded form
  | ([I] extends [never] ? never : InvalidOutputError)

/** The requirements of a run. */
export type RunContext<T extends Tools, TR, PR, OR, Rules> =
  | LanguageModel.LanguageModel
  | TR
  | PR
  | OR
  | ApprovalContext<Rules[keyof Rules]>
  | AiTool.Requirements<T[keyof T]>

/** The model is done. */
export interface Completed<T extends Tools, A> extends Common<T> {
  readonly _tag: "Completed"
  /** The result: the text, or the value of the schema `output`. */
  readonly output: A
}

/** The run was stopped, with everything so far. */
export interface Stopped<T extends Tools> extends Common<T> {
  readonly _tag: "Stopped"
  /** Why the run was stopped. */
  readonly stoppedBy: StoppedBy
}

/** Calls wait for approval. `Agent.resume` continues the run. */
export interface Pending<T extends Tools> extends Common<T> {
  readonly _tag: "Pending"
  /** The calls that wait for a decision. */
  readonly pending: ReadonlyArray<PendingCall>
  /** Everything that `Agent.resume` needs, also in another process. */
  readonly transcript: Transcript
}

/** The result of a run. */
export type Result<T extends Tools, A> = Completed<T, A> | Stopped<T> | Pending<T>

/** The events of a run. */
export type Event<T extends Tools, A> =
  | { readonly _tag: "StepStarted"; readonly index: number }
  | { readonly _tag: "Text"; readonly delta: string }
  | { readonly _tag: "Reasoning"; readonly delta: string }
  /** The next part of the JSON text of a call's arguments. It also comes for the call of `outputName`. */
  | { readonly _tag: "CallDelta"; readonly id: string; readonly name: string; readonly delta: string }
  | ToolStarted<T>
  | { readonly _tag: "ToolProgress"; readonly id: string; readonly name: keyof T & string; readonly value: unknown }
  /** A call has an outcome. `shown` is what the model receives: the result in encoded form, or the error. */
  | { readonly _tag: "ToolFinished"; readonly outcome: Outcome<T>; readonly shown: unknown }
  /** A step has ended. If you store its transcript, you can continue the run after a crash: `Agent.resume(transcript, {}, options)`. */
  | { readonly _tag: "StepDone"; readonly step: Step<T>; readonly transcript: Transcript }
  | { readonly _tag: "ApprovalRequested"; readonly pending: ReadonlyArray<PendingCall> }
  | { readonly _tag: "Done"; readonly result: Result<T, A> }

/** A tool starts. `name` determines the type of `params`. */
export type ToolStarted<T extends Tools> = {
  readonly [Name in keyof T & string]: {
    readonly _tag: "ToolStarted"
    readonly id: string
    readonly name: Name
    readonly params: AiTool.Parameters<T[Name]>
  }
}[keyof T & string]

/** The decision of a person about a call. */
export type Decision =
  | { readonly _tag: "Approve" }
  | { readonly _tag: "Edit"; readonly params: unknown }
  | { readonly _tag: "Deny"; readonly reason: string | undefined }

/** Decisions by the ids of the calls. */
export type Decisions = Readonly<Record<string, Decision>>
