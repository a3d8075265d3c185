/** Assertions of a program that runs everywhere, without a test runner. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Check, GroupId } from "../checks.js"
import type { Result } from "../result.js"

/** A failed check. */
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
    `${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`
  )

/** The timeout of a check, so that a check that hangs does not hide the others. */
const timeout = "15 seconds"

/** Runs a check. Its failure does not end the other checks. */
export const runCheck = (
  group: GroupId,
  check: Check,
  program: Effect.Effect<void, unknown>
): Effect.Effect<Result> => {
  const limited = program.pipe(
    Effect.timeoutFail({ duration: timeout, onTimeout: () => new Unexpected(`did not end in ${timeout}`) })
  )
  return Effect.map(Effect.exit(limited), (exit) => ({
    group,
    check,
    ok: Exit.isSuccess(exit),
    seen: Exit.isSuccess(exit) ? "" : Cause.pretty(exit.cause).split("\n").slice(0, 4).join("\n")
  }))
}
