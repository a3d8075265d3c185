/**
 * The child process of `snippets.ts`: imports one snippet after another, and reports when each has finished: its module is evaluated, and nothing
 * that it started (a socket, a timer, a server) keeps the process alive, as for `node snippet.ts`.
 */
import { inspect } from "node:util"
import { pathToFileURL } from "node:url"

interface Job {
  readonly path: string
  readonly bound: number
}

let stdout = ""
let failure: string | undefined
let exited: (() => void) | undefined

const fail = (what: string, cause: unknown): void => {
  failure ??= `${what}: ${inspect(cause)}`
}

process.on("uncaughtException", (error, origin) => fail(origin, error))
process.on("unhandledRejection", (reason) => fail("unhandledRejection", reason))

process.stdout.write = ((chunk: string | Uint8Array, ...rest: ReadonlyArray<unknown>) => {
  stdout += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8")
  const done = rest.find((argument): argument is () => void => typeof argument === "function")
  if (done) process.nextTick(done)
  return true
}) as typeof process.stdout.write

// a snippet that calls `process.exit` ends only itself, with its exit code
process.exit = ((code?: number) => {
  const status = code ?? process.exitCode ?? 0
  if (status !== 0) failure ??= `process.exit(${status})`
  exited?.()
  return new Promise<never>(() => {}) as never
}) as typeof process.exit

/** Resolves when nothing keeps the process alive, apart from the channel to the parent. */
const ended = (): Promise<"ended"> =>
  new Promise((resolve) => {
    process.channel?.unref()
    process.once("beforeExit", () => {
      process.channel?.ref()
      resolve("ended")
    })
  })

const work = async (
  job: Job
): Promise<{ readonly error: string | undefined; readonly stdout: string; readonly spent: boolean }> => {
  stdout = ""
  failure = undefined
  process.exitCode = undefined
  const gone = new Promise<"gone">((resolve) => {
    exited = () => resolve("gone")
  })
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), job.bound).unref()
  })
  const evaluated = import(pathToFileURL(job.path).href)
    .catch((error: unknown) => fail("threw", error))
    .then(() => "evaluated" as const)
  let outcome: "evaluated" | "ended" | "late" | "gone" = await Promise.race([evaluated, late, gone])
  if (outcome === "evaluated") outcome = await Promise.race([ended(), late, gone])
  clearTimeout(timer)
  process.channel?.ref()
  if (outcome === "late")
    failure ??= `did not end within ${job.bound / 1000} s; alive: ${process.getActiveResourcesInfo().join(", ")}`
  const code = process.exitCode
  if (code !== undefined && code !== 0) failure ??= `exit code ${code}`
  return { error: failure, stdout, spent: outcome !== "ended" }
}

process.on("message", (job) => {
  void work(job as Job).then((result) => process.send?.(result))
})
