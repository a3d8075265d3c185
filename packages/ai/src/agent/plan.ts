/** The settings of a run: its options with their defaults, without the types that only its caller sees. */
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as AiTool from "@effect/ai/Tool"
import type * as Toolkit from "@effect/ai/Toolkit"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Concurrency } from "effect/Types"
import * as JsonSchema from "effect-friendli/JsonSchema"
import { type Known, known } from "./offered.js"
import type { Event, Price, StepContext, StepSettings } from "./options.js"
import type { Tools } from "./steps.js"
import type { Limits, StopCondition } from "./stop.js"

/** An effect of the user. The type of the run has its requirements and errors. */
export type Untyped<A> = Effect.Effect<A, unknown, unknown>

/** The schema of the result as a tool. */
export interface Output {
  readonly name: string
  readonly known: Known
  readonly retries: number
  /** Reads the result from the decoded arguments. */
  readonly read: (params: unknown) => unknown
  /** Makes the arguments of the tool from a JSON value of the model. */
  readonly wrap: (json: unknown) => unknown
}

/** A run's settings. */
export interface Plan {
  readonly name: string
  readonly model: LanguageModel.Service
  /** The model name of the requests, if it is not the default of the service. */
  readonly modelName: string | undefined
  readonly toolkit: Toolkit.WithHandler<Tools> | undefined
  readonly known: ReadonlyMap<string, Known>
  readonly toolChoice: LanguageModel.ToolChoice<string>
  readonly concurrency: Concurrency | undefined
  readonly limits: Limits
  readonly price: Price | undefined
  readonly stopWhen: StopCondition | undefined
  readonly maxRepeats: number
  readonly failsOnInvalid: (name: string) => boolean
  readonly prepareStep: ((context: StepContext<Tools>) => Untyped<StepSettings<Tools>>) | undefined
  readonly output: Output | undefined
  readonly needsApproval: (name: string, params: unknown) => Untyped<boolean>
  readonly recordContents: boolean
  /** Whether anybody consumes the events. */
  readonly isObserved: boolean
  readonly emit: (event: Event<Tools, unknown>) => Effect.Effect<void>
}

/** The tools of a toolkit, prepared. */
export const knownTools = (toolkit: Toolkit.WithHandler<Tools> | undefined): ReadonlyMap<string, Known> =>
  new Map(Object.values(toolkit?.tools ?? {}).map((tool) => [tool.name, known(tool)]))

/** Arguments must be an object. Any other result becomes a field of an object. */
const isObject = (schema: Schema.Schema.AnyNoContext): boolean => Either.isRight(JsonSchema.forTool(schema))

/** The tool that takes the result of the run. */
export const outputOf = (schema: Schema.Schema.AnyNoContext, name: string, retries: number): Output => {
  const isWrapped = !isObject(schema)
  const parameters = isWrapped ? Schema.Struct({ value: schema }) : schema
  const tool = AiTool.make(name, {
    description: "Takes the final result and ends the work. Call it once, when you have the result."
  }).setParameters(parameters as unknown as Schema.Struct<Schema.Struct.Fields>)
  return {
    name,
    retries,
    known: known(tool as unknown as AiTool.Any),
    read: (params) => (isWrapped ? (params as { readonly value: unknown }).value : params),
    wrap: (json) => (isWrapped ? { value: json } : json)
  }
}
