/** The report of a program on a runtime, and the problems in it. */
import { type Check, type GroupId, groups } from "./checks.js"
import { inabilityOf } from "./inabilities.js"
import type { Runtime } from "./runtimes.js"

/** The input of the program. */
export interface Given {
  readonly groups: ReadonlyArray<GroupId>
  /** The URL of the emulator. */
  readonly url: string
  /** A URL without a listener. */
  readonly closedUrl: string
  /** A folder for files, if the runtime has files. */
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

/** The problem of a check: it failed unexpectedly, it succeeded unexpectedly, or it was not run. */
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

/** All problems of a run, one line per problem. */
export const problems = (runtime: Runtime, { results }: Told): ReadonlyArray<string> =>
  groups
    .filter(({ id }) => runtime.groups.includes(id))
    .flatMap(({ checks, id, title }) =>
      checks.flatMap((check) => {
        const problem = problemOf(runtime, id, check, results)
        return problem === undefined ? [] : [`${runtime.name}, ${title}, ${check}: ${problem}`]
      })
    )
