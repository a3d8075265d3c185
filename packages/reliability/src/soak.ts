/**
 * Streams under random faults for a chosen time: `npx -y pnpm@12 soak --minutes 10`.
 *
 * The emulator runs in its own process. Many streams at the same time get its faults, and are interrupted at random moments. At the end every outcome
 * must be typed and allowed by its fault, and nothing may be left: no socket, no fiber, no heap growth.
 *
 *     --minutes <number>   default 1
 *     --streams <number>   at a time, default 200
 *     --layer <name>       undici (default) or fetch
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as Supervisor from "effect/Supervisor"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    streams: { type: "string", default: "200" },
    layer: { type: "string", default: "undici" }
  }
})
const minutes = Number(values.minutes)
const atATime = Number(values.streams)

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

const server = fork(fileURLToPath(new URL("./soak-server.ts", import.meta.url)), { execArgv: ["--import", "tsx"] })
const url = await new Promise<string>((resolve, reject) => {
  server.once("message", (message) => resolve(String(message)))
  server.once("exit", () => reject(new Error("the server is gone")))
})

/** The kinds of timeouts: before the head, or while no data arrives. */
type Slow = "headers" | "idle"

interface FaultCase {
  readonly name: string
  /** The fault of the server. */
  readonly fault?: object
  /** The allowed outcomes: `"complete"`, or tags of errors, with the status if the error has one. */
  readonly ends: ReadonlyArray<string>
}

/** The faults of the server. Most of the time there is none. */
const faults: ReadonlyArray<FaultCase> = [
  { name: "none", ends: ["complete"] },
  { name: "none", ends: ["complete"] },
  { name: "none", ends: ["complete"] },
  { name: "429", fault: { status: 429, retryAfter: 0 }, ends: ["RateLimitError 429"] },
  { name: "500", fault: { status: 500 }, ends: ["ServerError 500"] },
  { name: "503", fault: { status: 503, retryAfter: 0 }, ends: ["OverloadedError 503"] },
  { name: "reset at once", fault: { reset: { afterEvents: 0 } }, ends: ["ConnectionError (connect)"] },
  { name: "reset later", fault: { reset: { afterEvents: 3 } }, ends: ["ConnectionError (body)"] },
  { name: "truncated", fault: { truncate: { afterEvents: 2 } }, ends: ["StreamTruncatedError"] },
  {
    name: "cut off",
    fault: { truncate: { afterEvents: 2, abrupt: true } },
    ends: ["ConnectionError (body)", "StreamTruncatedError"]
  },
  { name: "stalled", fault: { stall: { afterEvents: 2 } }, ends: ["RequestTimeoutError (idle)"] },
  {
    name: "stalled with comments",
    fault: { stall: { afterEvents: 2 }, comments: 100 },
    ends: ["RequestTimeoutError (idle)"]
  },
  { name: "error frame", fault: { errorFrame: { afterEvents: 2 } }, ends: ["ServerError 500"] },
  { name: "malformed", fault: { malformed: { afterEvents: 1 } }, ends: ["ResponseDecodeError"] },
  { name: "bad schema", fault: { badSchema: true }, ends: ["ResponseDecodeError"] },
  { name: "byte by byte", fault: { byteWise: true }, ends: ["complete"] },
  { name: "no [DONE]", fault: { noDone: true }, ends: ["complete"] },
  { name: "held after [DONE]", fault: { holdAfterDone: 2000 }, ends: ["complete"] },
  { name: "html", fault: { html: true }, ends: ["ResponseDecodeError"] },
  { name: "empty", fault: { emptyBody: true }, ends: ["StreamTruncatedError"] },
  // the timeout is shorter; on a busy machine the client may see the head before the timer fires
  { name: "slow headers", fault: { delayHeaders: 800 }, ends: ["complete"] }
]

/** These timeouts are always allowed, because a busy machine may be slow. One stream in four is interrupted. */
const slow: ReadonlyArray<Slow> = ["headers", "idle"]
const allowed = ({ ends }: FaultCase): ReadonlySet<string> =>
  new Set([...ends, ...slow.map((clock) => `RequestTimeoutError (${clock})`), "interrupted"])

const outcomes = new Map<string, number>()
/** The outcomes that are not allowed, with their details. */
const unexpected: Array<string> = []
let strangers = 0

const note = (chosen: FaultCase, outcome: string, details: () => string): void => {
  const key = `${chosen.name} → ${outcome}`
  outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
  if (allowed(chosen).has(outcome)) return
  strangers++
  if (unexpected.length < 20) unexpected.push(`${key}: ${details()}`)
}

/** The tag of an error, with its phase, kind of timeout or status, which distinguish causes. */
const nameOf = (error: FriendliError.FriendliStreamError): string =>
  error._tag === "ConnectionError"
    ? `${error._tag} (${error.phase})`
    : error._tag === "RequestTimeoutError"
      ? `${error._tag} (${error.kind})`
      : error._tag === "StreamTruncatedError" || error._tag === "ResponseDecodeError" || error.status === undefined
        ? error._tag
        : `${error._tag} ${error.status}`

const detailsOf = (error: FriendliError.FriendliStreamError): string =>
  JSON.stringify({
    at: new Date().toISOString(),
    status: error.status,
    code: "code" in error ? error.code : undefined,
    requestId: error.requestId,
    retryAfter: error.retryAfter,
    received: "received" in error ? error.received : undefined,
    body: error.body,
    cause: error.cause,
    message: error.message
  })

const defects: Array<string> = []

const once = Effect.gen(function* () {
  const chosen = faults[yield* Random.nextIntBetween(0, faults.length)]!
  const { fault } = chosen
  const patience = yield* Random.nextIntBetween(0, 4)
  const answer = Chat.stream(
    { messages: [{ role: "user", content: "Hello!" }], max_tokens: 12 },
    {
      headers: fault === undefined ? {} : { "x-emulator-fault": JSON.stringify(fault) },
      headersTimeout: "600 millis",
      idleTimeout: "600 millis",
      idleReset: "events",
      retry: Retry.defaultPolicy
    }
  )
  const fiber = yield* Effect.fork(patience === 0 ? ChatStream.fold(answer) : Stream.runDrain(answer))
  // one in four is interrupted, at any moment
  if (patience === 0) {
    yield* Effect.sleep(`${yield* Random.nextIntBetween(0, 400)} millis`)
    yield* Fiber.interrupt(fiber)
  }
  const exit = yield* Fiber.await(fiber)
  const rendered = () => Exit.match(exit, { onFailure: (cause) => Cause.pretty(cause), onSuccess: () => "" })
  if (Exit.isSuccess(exit)) return note(chosen, "complete", rendered)
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure)) {
    const error: unknown = failure.value
    if (FriendliError.isFriendliError(error)) return note(chosen, nameOf(error), () => detailsOf(error))
    defects.push(`an error of no known tag: ${String(error)}`)
    return note(chosen, "UNKNOWN", rendered)
  }
  if (Cause.isInterruptedOnly(exit.cause)) return note(chosen, "interrupted", rendered)
  defects.push(Cause.pretty(exit.cause))
  return note(chosen, "DEFECT", rendered)
})

const http = values.layer === "fetch" ? FetchHttpClient.layer : NodeHttpClient.layerUndici
const supervisor = Effect.runSync(Supervisor.track)
const runtime = ManagedRuntime.make(
  Serverless.layer({ token: "flp_soak", model: "m", baseUrl: url }).pipe(
    Layer.provide(http),
    Layer.merge(Supervisor.addSupervisor(supervisor))
  )
)

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

const heap = async (): Promise<number> => {
  for (let i = 0; i < 4; i++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return process.memoryUsage().heapUsed
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`

/** Runs all streams for this time, and waits until all have ended. */
const round = (milliseconds: number): Promise<void> => {
  const end = Date.now() + milliseconds
  const worker = Effect.whileLoop({ while: () => Date.now() < end, body: () => once, step: () => {} })
  return runtime.runPromise(
    Effect.forEach(Array.from({ length: atATime }), () => worker, { concurrency: "unbounded", discard: true })
  )
}

const rounds = Math.max(2, Math.round(minutes * 2))
const heaps: Array<number> = []
await round(5000)
for (let i = 0; i < rounds; i++) {
  await round((minutes * 60_000) / rounds)
  heaps.push(await heap())
  console.log(`round ${i + 1} of ${rounds}: heap ${megabytes(heaps.at(-1)!)}, ${sockets()} sockets`)
}

// a client that continues to read after the end of an answer stops within a second
await new Promise((resolve) => setTimeout(resolve, 2500))
const fibers = await runtime.runPromise(Effect.map(supervisor.value, (found) => found.length))
await runtime.dispose()
await new Promise((resolve) => setTimeout(resolve, 500))
const left = sockets()
server.disconnect()

const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
console.log(`\n${total} streams, ${atATime} at a time, on ${values.layer}, ${minutes} minutes`)
for (const [key, count] of [...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(`${String(count).padStart(8)}  ${key}`)
}
const growth = heaps.at(-1)! - heaps[0]!
console.log(`heap after the first round ${megabytes(heaps[0]!)}, after the last ${megabytes(heaps.at(-1)!)}`)
console.log(
  `fibers left: ${fibers - 1}, sockets left: ${left}, outcomes without a type: ${defects.length}, that do not fit: ${strangers}`
)
for (const defect of defects.slice(0, 5)) console.log(defect)
for (const outcome of unexpected) console.log(outcome)

const failed =
  defects.length > 0 ||
  strangers > 0 ||
  fibers > 1 ||
  (values.layer === "undici" && left > 0) ||
  growth > 16 * 1024 * 1024
process.exit(failed ? 1 : 0)
