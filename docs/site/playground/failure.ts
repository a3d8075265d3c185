/** A typed error as rows of a table: the fields that a program can read. */
import * as Duration from "effect/Duration"
import { category, isFriendliError, isTransient } from "effect-friendli/FriendliError"
import type { Failure } from "./stage.js"

export interface Described {
  /** The tag for `Effect.catchTag`. */
  readonly tag: string
  readonly message: string
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
}

/** Shown as the title and the text. */
const shownElsewhere: ReadonlySet<string> = new Set(["_tag", "message", "name", "stack", "_op"])

const show = (value: unknown): string =>
  Duration.isDuration(value) ? Duration.format(value) : typeof value === "string" ? value : JSON.stringify(value)

const fieldsOf = (error: object): ReadonlyArray<readonly [string, string]> =>
  Object.entries(error)
    .filter(([name, value]) => !shownElsewhere.has(name) && value !== undefined && typeof value !== "function")
    .map(([name, value]) => [name, show(value)] as const)

/** Describes a failure of a scene. For errors of the SDK this includes their category, and whether the same request may succeed later. */
export const describe = (failure: Failure): Described => {
  if (isFriendliError(failure)) {
    const { _tag: tag, message } = failure
    return {
      tag,
      message,
      fields: [
        ...fieldsOf(failure),
        ["category(error)", category(failure)],
        ["isTransient(error)", String(isTransient(failure))]
      ]
    }
  }
  if ("_op" in failure) return { tag: "ConfigError", message: String(failure), fields: [] }
  if (failure._tag === "OutputRejectedError") {
    const { attempts, message, operation, reason, _tag: tag } = failure
    return {
      tag,
      message,
      fields: [
        ["operation", operation],
        ["reason", reason],
        ["attempts", String(attempts.length)]
      ]
    }
  }
  return { tag: failure._tag, message: failure.message, fields: [] }
}
