/**
 * The tools as the model sees them: with the names, descriptions and JSON Schemas of the user's tools, and parameters that accept any value.
 *
 * `@effect/ai` decodes the calls of an answer by the schemas of its tools, and fails the whole generation if one does not match. An agent decodes
 * them itself, so that an invalid call can go back to the model and the rest of the answer is kept.
 */
import type * as AiTool from "@effect/ai/Tool"
import type * as Toolkit from "@effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Tool from "effect-friendli/Tool"
import { fingerprint, once } from "./fingerprint.js"
import type { Tools } from "./steps.js"

/** Accepts any value, and has the JSON Schema of `schema`, which generators find through the surrogate. */
const anything = (schema: AiTool.AnyStructSchema): Schema.Schema.Any =>
  Schema.declare((value): value is unknown => value !== undefined, { [AST.SurrogateAnnotationId]: schema.ast })

const lenient = (tool: AiTool.Any): AiTool.Any =>
  Object.assign(Object.create(Object.getPrototypeOf(tool) as object), tool, {
    parametersSchema: anything(tool.parametersSchema),
    successSchema: Schema.Unknown,
    failureSchema: Schema.Unknown
  }) as AiTool.Any

/** A toolkit that is shown to the model. Its handlers are never called: calls are not resolved by `@effect/ai`. */
export const offer = (tools: ReadonlyArray<Known>): Toolkit.WithHandler<Tools> => ({
  tools: Object.fromEntries(tools.map(({ shown, tool }) => [tool.name, shown])),
  handle: () => Effect.dieMessage("an agent executes its tools itself")
})

/** A tool, prepared for an agent. */
export interface Known {
  readonly tool: AiTool.Any
  /** As the model sees it. */
  readonly shown: AiTool.Any
  /** Decodes arguments, strictly: fields that the tool does not have are errors. */
  readonly decode: (id: string, params: unknown) => Effect.Effect<unknown, Tool.InvalidToolCallError>
  /** Identifies its name, description and parameters. */
  readonly fingerprint: Effect.Effect<string>
}

const strict = { parseOptions: { onExcessProperty: "error", errors: "all" } } as const

const prepare = (tool: AiTool.Any): Known => {
  // The services that a schema needs come from the fiber, whose context has them: they are in the requirements of the tool.
  const schema = (tool.parametersSchema as unknown as Schema.Schema.AnyNoContext).annotations(strict)
  const definition = Tool.make(tool.name, {
    parameters: schema,
    ...(tool.description === undefined ? {} : { description: tool.description })
  })
  return {
    tool,
    shown: lenient(tool),
    decode: (id, params) =>
      Effect.map(Tool.decodeCall({ id, name: tool.name, input: params }, [definition]), ({ input }) => input),
    fingerprint: once(fingerprint(definition))
  }
}

const cache = new WeakMap<AiTool.Any, Known>()

/** Prepares a tool, or returns the earlier result: its schema is compiled only once. */
export const known = (tool: AiTool.Any): Known => {
  const found = cache.get(tool)
  if (found !== undefined) return found
  const made = prepare(tool)
  cache.set(tool, made)
  return made
}
