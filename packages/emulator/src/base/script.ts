/**
 * The types of scripts: rules that decide how certain requests are answered. They are below all other folders because the options of an emulator, its
 * operations and its control paths all use them.
 */
import type { Fault } from "./fault.js"
import type { JsonRecord } from "./json.js"
import type { DeploymentName } from "./deployment.js"

/**
 * Which requests a rule is for. All given conditions must be met; a rule without conditions is for all requests.
 *
 * @category models
 */
export interface ScriptCondition {
  /** The last message contains this text, or each text of the list. Case is ignored. */
  readonly contains?: string | ReadonlyArray<string>
  /** The last message matches this regular expression: as text, `"/…/flags"` with flags, or a `RegExp`. */
  readonly matches?: string | RegExp
  /** Whether the conversation ends with the result of a tool; a text requires a result of the tool with this name. */
  readonly toolResult?: boolean | string
  /** The number of the answer in the conversation, from 1: one more than the messages of the assistant in the request. */
  readonly turn?: number
  /** The name of the model, exactly. */
  readonly model?: string
  /**
   * The operation: `"chat"`, `"toolAssisted"` (a chat with tools of the API), `"completions"`, `"messages"`, `"responses"`, or another operation for
   * a rule that only fails. Default: these five.
   */
  readonly operation?: string
  /** The deployment. */
  readonly deployment?: DeploymentName
  /** Whether the request asks for a stream. */
  readonly stream?: boolean
}

/**
 * A tool that an answer calls.
 *
 * @category models
 */
export interface ScriptCall {
  /** The name of the tool. It does not have to be a tool of the request. */
  readonly tool: string
  /** Its arguments. A string is sent unchanged, so it does not have to be valid JSON. Default: `{}`. */
  readonly arguments?: JsonRecord | string
}

/**
 * One rule of a script: which requests it is for, and how they are answered. It has at least one of `say`, `call` and `fail`.
 *
 * **When to use** in tests and demos that need a certain answer. Rules are tried in order, and the first rule that matches answers. A request without
 * a matching rule is answered by the model, or rejected with `strictScript`.
 *
 * @example
 * ```ts
 * import type { ScriptRule } from "effect-friendli-emulator/Scripts"
 *
 * const rules: ReadonlyArray<ScriptRule> = [
 *   { when: { toolResult: "get_weather" }, say: "It is sunny." },
 *   { when: { contains: "weather" }, call: { tool: "get_weather", arguments: { city: "Paris" } } }
 * ]
 * console.log(rules.length) // 2
 * ```
 * @category models
 */
export interface ScriptRule {
  /** A name for the journal and for errors. Default: `"rule 1"` and so on. */
  readonly name?: string
  /** Which requests the rule is for. Default: all. */
  readonly when?: ScriptCondition
  /** The text of the answer. Its tokens are counted, and `max_tokens` and stops can cut it. */
  readonly say?: string
  /** The reasoning before the answer, whether or not the model reasons. It is in the field that the request selects. */
  readonly reasoning?: string
  /** The tools that the answer calls, after the text. Completions have no tools, and such a rule is not for them. */
  readonly call?: ScriptCall | ReadonlyArray<ScriptCall>
  /** The failure: a status from 200 to 599, or a fault without `times` and `id`. */
  readonly fail?: number | Fault
  /** How many requests the rule answers before it is used up: an integer from 1. Default: no limit. */
  readonly times?: number
}

/**
 * A script that is invalid. The message names the place and what is accepted there.
 *
 * @category errors
 */
export class ScriptError extends TypeError {
  /** Discriminates the error in a union. */
  readonly _tag = "ScriptError"
  override readonly name = "ScriptError"
  /** The keys that lead to the invalid value, from the list of rules. */
  readonly path: ReadonlyArray<string | number>
  constructor(message: string, path: ReadonlyArray<string | number> = []) {
    super(message)
    this.path = path
  }
}
