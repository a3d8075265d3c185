/**
 * Streams under random faults for as long as one likes: `npx -y pnpm@12 soak --minutes 10`.
 *
 * The emulator runs in a process of its own. Many streams at a time meet its faults, and are interrupted at random moments. In the
 * end every outcome must be typed, and nothing may be left: no socket, no fiber, no heap that grew.
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

/** What the server does wrong; nothing, most of the time. */
const faults: ReadonlyArray<readonly [name: string, fault: object | undefined]> = [
  ["none", undefined],
  ["none", undefined],
  ["none", undefined],
  ["429", { status: 429, retryAfter: 0 }],
  ["500", { status: 500 }],
  ["503", { status: 503, retryAfter: 0 }],
  ["reset at once", { reset: { afterEvents: 0 } }],
  ["reset later", { reset: { afterEvents: 3 } }],
  ["truncated", { truncate: { afterEvents: 2 } }],
  ["cut off", { truncate: { afterEvents: 2, abrupt: true } }],
  ["stalled", { stall: { afterEvents: 2 } }],
  ["stalled with comments", { stall: { afterEvents: 2 }, comments: 100 }],
  ["error frame", { errorFrame: { afterEvents: 2 } }],
  ["malformed", { malformed: { afterEvents: 1 } }],
  ["bad schema", { badSchema: true }],
  ["byte by byte", { byteWise: true }],
  ["no [DONE]", { noDone: true }],
  ["held after [DONE]", { holdAfterDone: 2000 }],
  ["html", { html: true }],
  ["empty", { emptyBody: true }],
  ["slow headers", { delayHeaders: 800 }]
]

const outcomes = new Map<string, number>()
const note = (fault: string, outcome: string): void => {
  const key = `${fault} → ${outcome}`
  outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
}

const defects: Array<string> = []

const once = Effect.gen(function* () {
  const [name, fault] = faults[yield* Random.nextIntBetween(0, faults.length)]!
  const patience = yield* Random.nextIntBetween(0, 4)
  const answer = Chat.stream(
    { messages: [{ role: "user", content: "Hello!" }], max_tokens: 12 },
    {
      headers: fault === undefined ? {} : { "x-emulator-fault": JSON.stringify(fault) },
      headersTimeout: "600 millis",
      idleTimeout: "600 millis",
      idleReset: "events",
      retry: Retry.standard
    }
  )
  const fiber = yield* Effect.fork(patience === 0 ? ChatStream.fold(answer) : Stream.runDrain(answer))
  // one in four is interrupted, at any moment
  if (patience === 0) {
    yield* Effect.sleep(`${yield* Random.nextIntBetween(0, 400)} millis`)
    yield* Fiber.interrupt(fiber)
  }
  const exit = yield* Fiber.await(fiber)
  if (Exit.isSuccess(exit)) return note(name, "complete")
  const failure = Cause.failureOption(exit.cause)
  if (Option.isSome(failure)) {
    const known = FriendliError.isFriendliError(failure.value)
    if (!known) defects.push(`an error of no known tag: ${String(failure.value)}`)
    return note(name, failure.value._tag)
  }
  if (Cause.isInterruptedOnly(exit.cause)) return note(name, "interrupted")
  defects.push(Cause.pretty(exit.cause))
  return note(name, "DEFECT")
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

/** All streams at a time, for so long; then nothing of them is left to run. */
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

// what drains answers after their end lets go within a second
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
console.log(`fibers left: ${fibers - 1}, sockets left: ${left}, outcomes without a type: ${defects.length}`)
for (const defect of defects.slice(0, 5)) console.log(defect)

const failed = defects.length > 0 || fibers > 1 || (values.layer === "undici" && left > 0) || growth > 16 * 1024 * 1024
process.exit(failed ? 1 : 0)
