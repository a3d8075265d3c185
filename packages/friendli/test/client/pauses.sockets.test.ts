/**
 * Timeouts after a pause of the whole process: what arrived during the pause counts, and silence still ends. The emulator runs in another
 * process, which goes on meanwhile.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type { FriendliStreamError, RequestTimeoutError } from "effect-friendli/FriendliError"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll } from "vitest"
import { layers, pause } from "./pauses.support.js"

/** Its model `steady` sends a token every tenth of a second, and `silent` only the first one. */
const emulator = `
  import { listen } from "effect-friendli-emulator/NodeServer"
  const models = [
    { id: "steady", timeToFirstToken: 100, tokensPerSecond: 10 },
    { id: "silent", timeToFirstToken: 100, tokensPerSecond: 0.01 }
  ]
  console.log((await listen({ port: 0, models })).url)`

const limit = "500 millis"
const longer = 700

type Model = "steady" | "silent"

const ask = (model: Model, max_tokens: number) => ({
  model,
  messages: [{ role: "user" as const, content: "Hi" }],
  max_tokens
})

/** A stream during which the process pauses, after the first token. */
const streaming = (model: Model, options: RequestOptions) =>
  Effect.suspend(() => {
    let tokens = 0
    return Chat.stream(ask(model, 12), options).pipe(
      Stream.filter(({ choices }) => Boolean(choices[0]?.delta.content)),
      Stream.runForEach(() => (tokens++ === 0 ? pause(longer) : Effect.void))
    )
  })

/** A call during which the process pauses after its request was sent. */
const calling = (model: Model, options: RequestOptions) =>
  Effect.zipLeft(Chat.complete(ask(model, 2), options), Effect.delay(pause(longer), "100 millis"), { concurrent: true })

describe("after a pause of the process that is longer than the timeout", () => {
  let server: ChildProcess
  let baseUrl = ""

  beforeAll(async () => {
    const tsx = createRequire(import.meta.url).resolve("tsx")
    server = spawn(process.execPath, ["--import", tsx, "--input-type=module", "-e", emulator], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"]
    })
    const [line] = (await once(server.stdout!, "data")) as [Buffer]
    baseUrl = line.toString().trim()
  })

  afterAll(() => {
    server.kill()
  })

  for (const [name, http] of Object.entries(layers)) {
    const run = <A, E>(call: Effect.Effect<A, E, Serverless.Capabilities>) =>
      Effect.suspend(() =>
        Effect.provide(call, Layer.provide(Serverless.layer({ token: "flp_t", baseUrl, retry: Retry.never }), http))
      )

    const assertTimeout = (
      call: Effect.Effect<unknown, FriendliStreamError, Serverless.Capabilities>,
      kind: RequestTimeoutError["kind"]
    ) =>
      Effect.gen(function* () {
        const [time, error] = yield* Effect.timed(run(Effect.flip(call)))
        assert.deepInclude(error, { _tag: "RequestTimeoutError", kind })
        assert.isBelow(Duration.toMillis(time), 5000)
      })

    it.live(`a stream whose bytes have arrived continues, over ${name}`, () =>
      run(streaming("steady", { idleTimeout: limit }))
    )

    it.live(`a call whose answer has arrived succeeds, over ${name}`, () =>
      run(calling("steady", { headersTimeout: limit, timeout: limit }))
    )

    it.live(`a stream whose server sends nothing fails, over ${name}`, () =>
      assertTimeout(streaming("silent", { idleTimeout: limit }), "idle")
    )

    it.live(`a call whose server does not answer fails, over ${name}`, () =>
      assertTimeout(calling("silent", { headersTimeout: limit }), "headers")
    )

    it.live(`the total timeout ends a stream whose bytes go on, over ${name}`, () =>
      assertTimeout(streaming("steady", { timeout: limit }), "total")
    )
  }
})
