/** Waits for the status of an endpoint: when it is asked for, what is shown on the way, how a wait ends, and who wakes the endpoint. */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { Settings } from "effect-friendli/Deployment"
import * as Endpoints from "effect-friendli/Endpoints"
import * as Friendli from "effect-friendli/Friendli"
import * as Management from "effect-friendli/Management"
import * as Retry from "effect-friendli/Retry"
import type { EndpointStatus } from "effect-friendli/schema/EndpointStatus"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import { it } from "../it.js"
import { collect, during, untilFailure, withoutJitter } from "../support.js"

const id = "ep01abcxyz"

const over = (script: MockHttpClient.Script, settings: Partial<Settings> = {}) =>
  Management.layer({ token: "flp_test", retry: Retry.never, ...settings }).pipe(
    Layer.provideMerge(MockHttpClient.layer(script))
  )

/** What a server answers from a moment on, in seconds. */
type Timeline = ReadonlyArray<readonly [from: number, answer: EndpointStatus | Reply.Reply]>

const replyOf = (answer: EndpointStatus | Reply.Reply): Reply.Reply => ("_tag" in answer ? answer : Reply.json(answer))

/** A server whose endpoint lives after a timeline. */
const living =
  (...timeline: Timeline): MockHttpClient.Script =>
  ({ at }) =>
    replyOf(timeline.findLast(([from]) => at >= from * 1000)![1])

const initializing = (phase: EndpointStatus["phase"]) => Wire.endpointStatus("INITIALIZING", { phase })
const failed = Wire.endpointStatus("FAILED", { errorCode: "WORKLOAD_INIT_DOWNLOAD_ERROR" })
const running = Wire.endpointStatus("RUNNING")
const asleep = Wire.endpointStatus("SLEEPING")

const start: Timeline = [
  [0, initializing("REQUESTING_VIRTUAL_MACHINE")],
  [10, initializing("DOWNLOADING_MODEL")],
  [60, initializing("ENGINE_INITIALIZING")],
  [90, running]
]

/** When each request was sent, in seconds. */
const moments = Effect.map(MockHttpClient.requests, (requests) => requests.map(({ at }) => at / 1000))

const count = Effect.map(MockHttpClient.requests, (requests) => requests.length)

const settle = TestClock.adjust(0)

const said = ({ phase, status }: EndpointStatus): string => (phase === null ? status : `${status} ${phase}`)

describe("watch", () => {
  it.effect("gives what the endpoint does now and each change, and ends with what was waited for", () =>
    Effect.gen(function* () {
      const statuses = yield* during(collect(Endpoints.watch(id, "RUNNING")), "5 minutes")
      assert.deepStrictEqual(statuses.map(said), [
        "INITIALIZING REQUESTING_VIRTUAL_MACHINE",
        "INITIALIZING DOWNLOADING_MODEL",
        "INITIALIZING ENGINE_INITIALIZING",
        "RUNNING"
      ])
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("asks later and later, at most every 15 seconds", () =>
    Effect.gen(function* () {
      yield* during(Stream.runDrain(Endpoints.watch(id, "RUNNING")), "5 minutes").pipe(withoutJitter)
      const asked = yield* moments
      assert.deepStrictEqual(asked.slice(0, 4), [0, 1, 2.5, 4.75])
      const delays = asked.slice(1).map((at, index) => Math.round(at - asked[index]!))
      assert.deepStrictEqual(
        delays.toSorted((a, b) => a - b),
        delays
      )
      assert.strictEqual(delays.at(-1), 15)
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("has jitter, which only shortens the delays", () =>
    Effect.gen(function* () {
      yield* during(Stream.runDrain(Endpoints.watch(id, "RUNNING")), "5 minutes")
      const asked = yield* moments
      const delays = asked.slice(1).map((at, index) => at - asked[index]!)
      assert.isAtMost(Math.max(...delays), 15)
      assert.isAtLeast(delays[0]!, 0.75)
      assert.isTrue(delays.some((delay) => ![1, 1.5, 2.25, 15].includes(delay)))
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("asks with the schedule that is given, which sees each status", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const schedule = Schedule.spaced("20 seconds").pipe(
        Schedule.tapInput((status: EndpointStatus) => Effect.sync(() => seen.push(status.phase ?? "")))
      )
      yield* during(Stream.runDrain(Endpoints.watch(id, "RUNNING", { schedule })), "5 minutes")
      assert.deepStrictEqual(yield* moments, [0, 20, 40, 60, 80, 100])
      assert.strictEqual(seen.at(-1), "ENGINE_INITIALIZING")
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("asks only when more is asked of it", () =>
    Effect.gen(function* () {
      yield* Stream.runHead(Endpoints.watch(id, "RUNNING"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("begins anew each time that it is run", () =>
    Effect.gen(function* () {
      const watch = Endpoints.watch(id, "RUNNING")
      const first = yield* during(collect(watch), "5 minutes")
      assert.lengthOf(first, 4)
      assert.deepStrictEqual((yield* collect(watch)).map(said), ["RUNNING"])
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("shows no change where only the time of the last change is another one", () =>
    Effect.gen(function* () {
      const at = (updatedAt: string) => Wire.endpointStatus("AWAKING", { updatedAt })
      const script = living([0, at("a")], [10, at("b")], [20, { ...at("c"), phase: undefined }], [30, running])
      const statuses = yield* during(collect(Endpoints.watch(id, "RUNNING")), "5 minutes").pipe(
        Effect.provide(over(script))
      )
      assert.deepStrictEqual(statuses.map(said), ["AWAKING", "RUNNING"])
    })
  )

  it.effect("fails after what it has shown", () =>
    Effect.gen(function* () {
      const { elements, error } = yield* during(untilFailure(Endpoints.watch(id, "RUNNING")), "5 minutes")
      assert.lengthOf(elements, 2)
      assert.deepInclude(error, { _tag: "EndpointWaitError", reason: "unreachable", operation: "Endpoints.watch" })
    }).pipe(Effect.provide(over(living(start[0]!, start[1]!, [30, failed]))))
  )
})

describe("waitUntil", () => {
  const waited = (until: Endpoints.Until, options?: Endpoints.WaitOptions) =>
    during(Effect.either(Endpoints.waitUntil(id, until, options)), "2 hours")

  it.effect("gives the status that was waited for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* waited("RUNNING"), Either.right(running))
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect.each([
    ["RUNNING", running],
    [["SLEEPING", "RUNNING"], asleep],
    ["FAILED", failed],
    ["TERMINATED", Wire.endpointStatus("TERMINATED")],
    ["DREAMING", Wire.endpointStatus("DREAMING")]
  ] as const)("ends at once where the endpoint is %j already", ([until, status]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.either(Endpoints.waitUntil(id, until)), Either.right(status))
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(over([Reply.json(status)])))
  )

  it.effect("says why the endpoint failed", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(Endpoints.waitUntil(id, ["RUNNING", "SLEEPING"])), "5 minutes")
      assert(error._tag === "EndpointWaitError")
      assert.deepInclude(error, {
        operation: "Endpoints.waitUntil",
        endpoint: id,
        reason: "unreachable",
        status: "FAILED",
        errorCode: "WORKLOAD_INIT_DOWNLOAD_ERROR"
      })
      assert.strictEqual(
        error.message,
        "Endpoints.waitUntil: the endpoint is not RUNNING or SLEEPING: it is FAILED (WORKLOAD_INIT_DOWNLOAD_ERROR). " +
          "Fix the cause, then start it again with Endpoints.restart."
      )
      assert.notProperty(error, "phase")
      const json = Schema.encodeSync(Endpoints.EndpointWaitError)(error)
      assert.deepStrictEqual(Schema.decodeSync(Endpoints.EndpointWaitError)(json).reason, "unreachable")
    }).pipe(Effect.provide(over(living(start[0]!, [7, failed]))))
  )

  it.effect.each([
    ["FAILED", "RUNNING"],
    ["FAILED", "SLEEPING"],
    ["TERMINATING", "RUNNING"],
    ["TERMINATED", "RUNNING"],
    ["TERMINATED", "FAILED"]
  ] as const)("fails at once where the endpoint is %s, and cannot be %s any more", ([status, until]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Endpoints.waitUntil(id, until))
      assert.deepInclude(error, { _tag: "EndpointWaitError", reason: "unreachable", status })
      assert.include(error.message, "Endpoints.restart")
    }).pipe(Effect.provide(over([Reply.json(Wire.endpointStatus(status))])))
  )

  it.effect.each(["FAILED", "TERMINATING", "STOPPING"])("waits from %s until it is terminated", (status) =>
    Effect.gen(function* () {
      assert.isTrue(Either.isRight(yield* waited("TERMINATED")))
    }).pipe(Effect.provide(over(living([0, Wire.endpointStatus(status)], [20, Wire.endpointStatus("TERMINATED")]))))
  )

  it.effect("repeats nothing that a server writes in the place of a status", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(Endpoints.waitUntil(id, "RUNNING", { timeout: "1 minute" })), "2 minutes")
      assert.notInclude(JSON.stringify(error), "flp_secret")
      assert.include(error.message, "its status is not known")
    }).pipe(Effect.provide(over(living([0, Wire.endpointStatus("flp_secret", { phase: "flp_secret" })]))))
  )

  it.effect("ends after the timeout, with the last status", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(Endpoints.waitUntil(id, "RUNNING", { timeout: "50 seconds" })))
      yield* TestClock.adjust("49 seconds")
      assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, { reason: "timeout", status: "INITIALIZING", phase: "DOWNLOADING_MODEL" })
      const before = yield* count
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* count, before)
    }).pipe(Effect.provide(over(living(...start))))
  )

  it.effect("ends after an hour by default", () =>
    Effect.gen(function* () {
      const schedule = Schedule.spaced("10 minutes")
      const fiber = yield* Effect.fork(Effect.flip(Endpoints.waitUntil(id, "RUNNING", { schedule })))
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(fiber), { reason: "timeout", status: "SLEEPING" })
    }).pipe(Effect.provide(over(living([0, asleep]))))
  )

  it.effect("has no end with Infinity", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(
        Endpoints.waitUntil(id, "RUNNING", { timeout: Infinity, schedule: Schedule.spaced("10 minutes") })
      )
      yield* TestClock.adjust("3 hours")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(over(living([0, asleep]))))
  )

  it.effect("ends after the timeout while a request has no answer", () =>
    Effect.gen(function* () {
      const error = yield* during(
        Effect.flip(Endpoints.waitUntil(id, "RUNNING", { timeout: "5 seconds" })),
        "5 seconds"
      )
      assert.deepInclude(error, { _tag: "EndpointWaitError", reason: "timeout" })
      assert.include(error.message, "its status is not known")
    }).pipe(Effect.provide(over([Reply.never])))
  )

  it.effect("ends with its schedule", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Endpoints.waitUntil(id, "RUNNING", { schedule: Schedule.recurs(2) }))
      assert.deepInclude(error, { reason: "schedule", status: "SLEEPING" })
      assert.strictEqual(yield* count, 3)
    }).pipe(Effect.provide(over(living([0, asleep]))))
  )

  it.effect.each([0, -1, "soon"])("rejects the timeout %j before anything is sent", (timeout) =>
    Effect.gen(function* () {
      for (const wait of [
        Endpoints.waitUntil(id, "RUNNING", { timeout: timeout as never }),
        Endpoints.ready(id, { timeout: timeout as never })
      ]) {
        const error = yield* Effect.flip(wait)
        assert(error._tag === "InvalidRequestError")
        assert.deepStrictEqual(error.issues[0]?.path, ["options", "timeout"])
      }
      assert.strictEqual(yield* count, 0)
    }).pipe(Effect.provide(over([])))
  )

  it.effect("goes on after failures in passing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* withoutJitter(waited("RUNNING")), Either.right(running))
    }).pipe(Effect.provide(over(living([0, asleep], [3, Reply.status(503)], [20, Reply.refused()], [40, running]))))
  )

  it.effect("fails with the sixth failure in a row", () =>
    Effect.gen(function* () {
      const schedule = Schedule.spaced("1 second")
      const result = yield* waited("RUNNING", { schedule })
      assert.strictEqual(Either.isLeft(result) ? result.left._tag : "", "ServerError")
      assert.deepStrictEqual(yield* moments, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }).pipe(
      Effect.provide(
        // a success in between begins the count anew
        over(living([0, asleep], [2, Reply.status(500)], [6, asleep], [7, Reply.status(500)]))
      )
    )
  )

  it.effect.each([
    ["the first request fails", living([0, Reply.status(500)]), "ServerError", 1],
    ["the endpoint is deleted", living([0, asleep], [1, Reply.status(404)]), "NotFoundError", 2],
    ["the token loses its permission", living([0, asleep], [1, Reply.status(403)]), "PermissionDeniedError", 2]
  ] as const)("fails where %s", ([, script, tag, requests]) =>
    Effect.gen(function* () {
      const result = yield* waited("RUNNING", { schedule: Schedule.spaced("1 second") })
      assert.strictEqual(Either.isLeft(result) ? result.left._tag : "", tag)
      assert.strictEqual(yield* count, requests)
    }).pipe(Effect.provide(over(script)))
  )

  it.effect("has the retries and the options of each request", () =>
    Effect.gen(function* () {
      const request = { retry: Retry.backoff({ maxRetries: 1 }), team: "research" }
      yield* during(Endpoints.waitUntil(id, "RUNNING", { request }), "1 minute")
      const sent = yield* MockHttpClient.requests
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["x-friendli-team"]),
        ["research", "research"]
      )
    }).pipe(Effect.provide(over([Reply.status(500), Reply.json(running)])))
  )

  it.effect("sends nothing more after it was interrupted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Endpoints.waitUntil(id, "RUNNING"))
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.interrupt(fiber)
      const before = yield* count
      yield* TestClock.adjust("1 hour")
      assert.isAbove(before, 3)
      assert.strictEqual(yield* count, before)
    }).pipe(Effect.provide(over(living([0, asleep]))))
  )
})

const woken = Reply.json(Wire.endpointStatus("AWAKING"))

type Wake = (request: MockHttpClient.RecordedRequest, index: number) => Reply.Reply

/** A server whose endpoint sleeps until it is woken, and runs 20 seconds later. */
const sleeping = (wake: Wake = () => woken, meanwhile: EndpointStatus["status"] = "AWAKING") => {
  let runsAt = Infinity
  let requests = 0
  const script: MockHttpClient.Script = (request) => {
    const { at, method } = request
    if (method === "GET") {
      const status = at >= runsAt ? "RUNNING" : runsAt === Infinity ? "SLEEPING" : meanwhile
      return Reply.json(Wire.endpointStatus(status))
    }
    const reply = wake(request, requests++)
    if (reply === woken) runsAt = Math.min(runsAt, at + 20_000)
    return reply
  }
  return script
}

const wakes = Effect.map(MockHttpClient.requests, (requests) =>
  requests.filter(({ method }) => method === "PUT").map(({ at }) => at / 1000)
)

const together = (number: number, options?: Endpoints.WaitOptions) =>
  Effect.all(
    Array.from({ length: number }, () => Effect.either(Endpoints.ready(id, options))),
    { concurrency: "unbounded" }
  )

describe("ready", () => {
  it.effect.each(["RUNNING", "READY"])("answers at once where the endpoint is %s, and wakes nothing", (status) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Endpoints.ready(id)).status, status)
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(over([Reply.json(Wire.endpointStatus(status))])))
  )

  it.effect("wakes an endpoint that sleeps, and waits until it runs", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* during(Endpoints.ready(id), "1 minute")).status, "RUNNING")
      assert.deepStrictEqual(yield* wakes, [0])
      const [, put] = yield* MockHttpClient.requests
      assert.strictEqual(put?.url, `https://api.friendli.ai/dedicated/beta/endpoint/${id}/wake`)
    }).pipe(Effect.provide(over(sleeping())))
  )

  it.effect("wakes with one request, however many wait", () =>
    Effect.gen(function* () {
      const results = yield* during(together(10), "1 minute")
      assert.isTrue(results.every(Either.isRight))
      assert.deepStrictEqual(yield* wakes, [0])
    }).pipe(Effect.provide(over(sleeping())))
  )

  it.effect("wakes with one request, also for those that come later", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(Endpoints.ready(id))
      yield* TestClock.adjust("10 seconds")
      const second = yield* Effect.fork(Endpoints.ready(id))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(Fiber.zip(first, second))
      assert.deepStrictEqual(yield* wakes, [0])
    }).pipe(Effect.provide(over(sleeping(() => woken, "SLEEPING"))))
  )

  it.effect("wakes for each team, since one may be allowed what the other is not", () =>
    Effect.gen(function* () {
      const teams = ["a", "b"].map((team) => Effect.either(Endpoints.ready(id).pipe(Friendli.withTeam(team))))
      const results = yield* during(Effect.all(teams, { concurrency: "unbounded" }), "1 minute")
      assert.deepStrictEqual(
        results.map((result) => (Either.isLeft(result) ? result.left._tag : result.right.status)),
        ["PermissionDeniedError", "RUNNING"]
      )
    }).pipe(
      Effect.provide(over(sleeping(({ headers }) => (headers["x-friendli-team"] === "a" ? Reply.status(403) : woken))))
    )
  )

  it.effect("wakes again an endpoint that fell asleep again", () =>
    Effect.gen(function* () {
      yield* during(Endpoints.ready(id), "1 minute")
      assert.strictEqual(yield* Effect.map(wakes, (all) => all.length), 1)
      yield* during(Endpoints.ready(id), "1 minute")
      assert.strictEqual(yield* Effect.map(wakes, (all) => all.length), 2)
    }).pipe(
      Effect.provide(
        over(({ at, method }) =>
          method === "PUT"
            ? woken
            : Reply.json(Wire.endpointStatus((at > 10_000 && at < 60_000) || at > 80_000 ? "RUNNING" : "SLEEPING"))
        )
      )
    )
  )

  it.effect.each(["AWAKING", "INITIALIZING", "UPDATING", "STOPPING"])("wakes nothing while it is %s", (status) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* during(Endpoints.ready(id), "1 minute")).status, "RUNNING")
      assert.deepStrictEqual(yield* wakes, [])
    }).pipe(Effect.provide(over(living([0, Wire.endpointStatus(status)], [20, running]))))
  )

  it.effect.each([
    [401, "AuthenticationError"],
    [403, "PermissionDeniedError"],
    [404, "NotFoundError"]
  ] as const)("fails for all that wait with the %i of the wake-up", ([status, tag]) =>
    Effect.gen(function* () {
      const results = yield* during(together(3), "1 second")
      assert.deepStrictEqual(
        results.map((result) => (Either.isLeft(result) ? result.left._tag : "ready")),
        [tag, tag, tag]
      )
      assert.deepStrictEqual(yield* wakes, [0])
    }).pipe(Effect.provide(over(sleeping(() => Reply.slowHeaders("500 millis", Reply.status(status))))))
  )

  it.effect("repeats a wake-up that failed in passing", () =>
    Effect.gen(function* () {
      const schedule = Schedule.spaced("1 second")
      const results = yield* during(together(3, { schedule }), "1 minute")
      assert.isTrue(results.every(Either.isRight))
      assert.deepStrictEqual(yield* wakes, [0, 5])
    }).pipe(Effect.provide(over(sleeping((_, index) => (index === 0 ? Reply.status(500) : woken)))))
  )

  it.effect("waits on where the API has nothing to wake", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(Endpoints.ready(id, { timeout: "2 minutes" })))
      yield* TestClock.adjust("2 minutes")
      assert.deepInclude(yield* Fiber.join(fiber), {
        reason: "timeout",
        status: "SLEEPING",
        operation: "Endpoints.ready"
      })
      assert.deepStrictEqual(yield* wakes, [0])
    }).pipe(Effect.provide(over(sleeping(() => Reply.status(400)))))
  )

  it.effect("fails where the endpoint failed", () =>
    Effect.gen(function* () {
      const error = yield* during(Effect.flip(Endpoints.ready(id)), "1 minute")
      assert.deepInclude(error, { _tag: "EndpointWaitError", errorCode: "WORKLOAD_INIT_DOWNLOAD_ERROR" })
    }).pipe(Effect.provide(over(living([0, Wire.endpointStatus("AWAKING")], [5, failed]))))
  )

  it.effect("lets another one wake when the one that wakes is interrupted", () =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(Endpoints.ready(id))
      yield* settle
      const second = yield* Effect.fork(Endpoints.ready(id))
      yield* settle
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(second)).status, "RUNNING")
      assert.deepStrictEqual(yield* wakes, [0, 0])
    }).pipe(Effect.provide(over(sleeping((_, index) => (index === 0 ? Reply.never : woken)))))
  )

  it.effect("sends nothing more after it was interrupted", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(together(3))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.interrupt(fiber)
      const before = yield* count
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* count, before)
    }).pipe(Effect.provide(over(sleeping())))
  )
})
