/** What a program on a runtime tells, and what is wrong with it. */
import { type Check, type GroupId, groups } from "./checks.js"
import { inabilityOf } from "./inabilities.js"
import type { Runtime } from "./runtimes.js"

/** What the program is given. */
export interface Given {
  readonly groups: ReadonlyArray<GroupId>
  /** The address of the emulator. */
  readonly url: string
  /** An address where nobody listens. */
  readonly closedUrl: string
  /** A folder for files, where there are files. */
  readonly folder: string
}

/** The outcome of one check. */
export interface Result {
  readonly group: GroupId
  readonly check: Check
  readonly ok: boolean
  /** Why it failed. */
  readonly seen: string
}

/** The outcome of all, and the runtime's own version. */
export interface Told {
  readonly version: string
  readonly results: ReadonlyArray<Result>
}

/** What is wrong with the outcome of a check: it failed and should not, it should fail and did not, or it was not run. */
export const problemOf = (
  runtime: Runtime,
  group: GroupId,
  check: Check,
  results: ReadonlyArray<Result>
): string | undefined => {
  const result = results.find((one) => one.group === group && one.check === check)
  if (result === undefined) return "was not run"
  const known = inabilityOf(runtime.id, group, check)
  if (known === undefined) return result.ok ? undefined : result.seen
  return result.ok ? "works now: remove the inability" : undefined
}

/** All that is wrong with the outcome of a run, a line each. */
export const problems = (runtime: Runtime, { results }: Told): ReadonlyArray<string> =>
  groups
    .filter(({ id }) => runtime.groups.includes(id))
    .flatMap(({ checks, id, title }) =>
      checks.flatMap((check) => {
        const problem = problemOf(runtime, id, check, results)
        return problem === undefined ? [] : [`${runtime.name}, ${title}, ${check}: ${problem}`]
      })
    )
