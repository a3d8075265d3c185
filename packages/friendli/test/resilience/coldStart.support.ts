/**
 * What the unit tests and the exhaustive tests of `coldStart` share.
 */
import { assert } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as TestClock from "effect/TestClock"
import * as Chat from "effect-friendli/Chat"
import * as Dedicated from "effect-friendli/Dedicated"
import type * as Deployment from "effect-friendli/Deployment"
import * as Resilience from "effect-friendli/Resilience"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "../it.js"
import { during, prompt, request, token } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const read = (kind: string): unknown => Vectors.json(`dedicated.endpoint.wake.${kind}.json`)

export const woken = Reply.json(read("response"))

const whole = Reply.json(Wire.chatCompletion("Hi!"))

interface World {
  /** How long the endpoint takes once it was woken; else it sleeps. */
  readonly takes?: Duration.DurationInput | undefined
  readonly asleep?: Reply.Reply
  readonly wake?: (index: number) => Reply.Reply
  readonly served?: Reply.Reply
}

const works = (reply: Reply.Reply): boolean => reply === woken || (reply._tag === "SlowHeaders" && works(reply.reply))

/** An endpoint that sleeps until it is woken, over a scripted client. */
export const world = ({
  asleep = Reply.status(503),
  served = whole,
  takes = "12 seconds",
  wake = () => woken
}: World = {}) => {
  let runsAt = Infinity
  let wakes = 0
  const script: MockHttpClient.Script = ({ at, method }) => {
    if (method !== "PUT") return at >= runsAt ? served : asleep
    const reply = wake(wakes++)
    if (works(reply)) runsAt = Math.min(runsAt, at + Duration.toMillis(takes))
    return reply
  }
  return {
    script,
    sleep: Effect.sync(() => {
      runsAt = Infinity
    })
  }
}

const patient: Resilience.ColdStartOptions = { maxWait: "10 minutes" }

export const deployed = (
  script: MockHttpClient.Script,
  options: Partial<Resilience.ColdStartOptions> = {},
  settings: Partial<Deployment.Settings> = {},
  inside: Layer.Layer<never, ConfigError.ConfigError> = Layer.empty
) =>
  Dedicated.layer({ token, model: "ep01abcxyz", retry: Retry.never, ...settings }).pipe(
    Layer.provide(Resilience.layerColdStart({ ...patient, ...options })),
    Layer.provide(inside),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

export const call = Chat.complete(request)

export const wakes = Effect.map(MockHttpClient.requests, (requests) =>
  requests.filter(({ method }) => method === "PUT")
)

export const fibers = (count: number) =>
  Effect.all(Array.from({ length: count }, () => Effect.fork(Effect.either(call))))

const endpoints = [
  ["the deployment's", {}, undefined, "ep01abcxyz"],
  ["the request's", { model: "other" }, undefined, "other"],
  ["that of the option body", { model: "other" }, { body: { model: "third" } }, "third"],
  ["without its adapter route", { model: "ep:route:x" }, undefined, "ep"],
  ["percent-encoded", { model: "a/b ü?#" }, undefined, "a%2Fb%20%C3%BC%3F%23"]
] as const

export const endpointTests = (part: Part): void => {
  const rows = rowsOf(part, endpoints, ["the request's", "without its adapter route"])

  it.effect.each(rows)("is for the endpoint of the operation: %s", ([, fields, options, path]) =>
    Effect.gen(function* () {
      yield* during(Chat.complete({ ...request, ...fields }, options), "1 minute")
      const [sent] = yield* wakes
      assert.strictEqual(new URL(sent!.url).pathname, `/dedicated/beta/endpoint/${path}/wake`)
    }).pipe(Effect.provide(deployed(world().script)))
  )
}

const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make((options) => {
      lines.push(Logger.logfmtLogger.log(options))
    })
    return Effect.map(
      effect.pipe(
        Logger.withMinimumLogLevel(LogLevel.Debug),
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.provide(Logger.add(logger))
      ),
      (value) => ({ value, lines })
    )
  })

const refusals = [401, 403, 404]

const passing = [
  ["500", Reply.status(500)],
  ["429", Reply.status(429)],
  ["503", Reply.status(503)],
  ["no connection", Reply.refused()]
] as const

const nothingToWake = [
  ["400", Reply.status(400)],
  ["409", Reply.status(409)],
  ["an answer of another shape", Reply.json({ ok: true })]
] as const

export const refusalTests = (part: Part): void => {
  const rows = rowsOf(part, refusals, [403])

  it.effect.each(rows)("with %i ends the wait of all at once with the failure of the operation", (status) =>
    Effect.gen(function* () {
      const rejected = Reply.status(status, { body: { error: { message: `no, ${token}` } } })
      yield* Effect.gen(function* () {
        const { lines, value } = yield* logged(
          Effect.gen(function* () {
            const waiting = yield* fibers(5)
            yield* TestClock.adjust("1 second")
            return yield* Effect.forEach(waiting, Fiber.poll)
          })
        )
        for (const exit of value) {
          const error = exit._tag === "Some" && exit.value._tag === "Success" ? exit.value.value : undefined
          assert.strictEqual(error?._tag === "Left" ? error.left._tag : undefined, "OverloadedError")
          assert.strictEqual(error?._tag === "Left" ? error.left.operation : undefined, "Chat.complete")
        }
        assert.strictEqual((yield* wakes).length, 1)
        assert.include(lines.join(), "an endpoint was not woken")
        assert.include(lines.join(), `answered with ${status}`)
        for (const secret of [token, prompt]) assert.notInclude(lines.join(), secret)
      }).pipe(Effect.provide(deployed(world({ wake: () => Reply.slowHeaders(500, rejected) }).script)))
    })
  )
}

export const passingTests = (part: Part): void => {
  const rows = rowsOf(part, passing, ["500"])

  it.effect.each(rows)("in passing (%s) is tried again with the next repetition, and not before", ([, failure]) =>
    Effect.gen(function* () {
      const waiting = yield* fibers(5)
      yield* TestClock.adjust("1 minute")
      for (const fiber of waiting) assert.strictEqual((yield* Fiber.join(fiber))._tag, "Right")
      assert.deepStrictEqual(
        (yield* wakes).map(({ at }) => at),
        [0, 5000, 10_000]
      )
    }).pipe(Effect.provide(deployed(world({ wake: (index) => (index < 2 ? failure : woken) }).script)))
  )
}

export const nothingToWakeTests = (part: Part): void => {
  const rows = rowsOf(part, nothingToWake, ["409"])

  it.effect.each(rows)("since there is nothing to wake (%s) is not tried again; operations wait on", ([, failure]) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(call))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "OverloadedError")
      assert.strictEqual((yield* wakes).length, 1)
    }).pipe(Effect.provide(deployed(world({ wake: () => failure }).script, { maxWait: "1 minute" })))
  )
}
