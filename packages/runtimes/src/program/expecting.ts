/** Assertions of a program that runs everywhere: no test runner is there. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Check, GroupId } from "../checks.js"
import type { Result } from "../result.js"

/** What a check found. */
class Unexpected extends Error {
  override readonly name = "Unexpected"
}

/** Fails the check unless the condition holds. */
export const expectTrue = (condition: boolean, what: string): Effect.Effect<void> =>
  condition ? Effect.void : Effect.die(new Unexpected(what))

/** Fails the check unless two values are the same JSON. */
export const expectEqual = (actual: unknown, expected: unknown, what: string): Effect.Effect<void> =>
  expectTrue(
    JSON.stringify(actual) === JSON.stringify(expected),
    `${what} is ${JSON.stringify(actual)} and should be ${JSON.stringify(expected)}`
  )

/** A check ends after this time, so that one that hangs does not hide the others. */
const longest = "15 seconds"

/** Runs a check. Nothing that it does ends the others. */
export const runCheck = (
  group: GroupId,
  check: Check,
  program: Effect.Effect<void, unknown>
): Effect.Effect<Result> => {
  const limited = program.pipe(
    Effect.timeoutFail({ duration: longest, onTimeout: () => new Unexpected(`did not end in ${longest}`) })
  )
  return Effect.map(Effect.exit(limited), (exit) => ({
    group,
    check,
    ok: Exit.isSuccess(exit),
    seen: Exit.isSuccess(exit) ? "" : Cause.pretty(exit.cause).split("\n").slice(0, 4).join("\n")
  }))
}
