/** The conformance program: the same on every runtime. The code that starts it provides the parts that only this runtime has. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as FetchTransport from "effect-friendli/FetchTransport"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import { type Check, type Group, type GroupId, groups } from "../checks.js"
import type { Given, Result, Told } from "../result.js"
import { layerOver, type MachineChecks, packageChecks } from "./around.js"
import { callChecks, runCall } from "./calls.js"
import { runCheck } from "./expecting.js"
import { local, remote, type Subject } from "./subject.js"

/** The parts that only some runtimes have. */
export interface Means {
  readonly version: string
  readonly undici?: () => Promise<Layer.Layer<HttpClient.HttpClient>>
  readonly machine?: () => Promise<MachineChecks>
}

const subjectOf = async (group: GroupId, { closedUrl, url }: Given, means: Means): Promise<Subject | undefined> => {
  switch (group) {
    case "fetch":
      return remote(FetchTransport.layer, url, closedUrl)
    case "undici":
      return remote(await means.undici!(), url, closedUrl)
    case "inProcess": {
      const emulator = makeEmulator()
      return local(layerOver(emulator.fetch), emulator)
    }
    case "packages":
      return undefined
  }
}

const isCall = (check: Check): check is keyof typeof callChecks => Object.hasOwn(callChecks, check)

const runGroup = ({ checks, id }: Group, given: Given, means: Means): Effect.Effect<ReadonlyArray<Result>> =>
  Effect.gen(function* () {
    const subject = yield* Effect.promise(() => subjectOf(id, given, means))
    return yield* Effect.forEach(checks, (check) => {
      const scope = `${means.version}: ${id}: ${check}`
      if (subject !== undefined && isCall(check)) return runCheck(id, check, runCall(check, scope, subject))
      const program = packageChecks[check as keyof typeof packageChecks]
      return runCheck(
        id,
        check,
        program({ url: given.url, folder: given.folder, machine: means.machine, undici: means.undici })
      )
    })
  }).pipe(
    // if a group cannot be loaded, all its checks fail
    Effect.catchAllCause((cause) => Effect.forEach(checks, (check) => runCheck(id, check, Effect.failCause(cause))))
  )

/** Runs the groups one after the other. */
export const run = async (given: Given, means: Means): Promise<Told> => {
  const wanted = groups.filter(({ id }) => given.groups.includes(id))
  const results = await Effect.runPromise(Effect.forEach(wanted, (group) => runGroup(group, given, means)))
  return { version: means.version, results: results.flat() }
}
