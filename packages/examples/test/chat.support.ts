/** The chat application over an emulator, both on free ports. */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Schedule } from "effect"
import { layer as emulatorLayer, EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import type { RecordedRequest } from "effect-friendli-emulator/Emulator"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { createServer } from "node:http"
import { emulator, Emulated } from "../src/chat/deployment.js"
import { layer } from "../src/chat/server.js"

export const cheap = "zai-org/GLM-5.3-Flash"
export const dear = "zai-org/GLM-5.3"

/** A millionth of a dollar for a token, and ten: a cost is a number of tokens. */
const models = [
  { id: cheap, price: { input: 1, output: 1 } },
  { id: dear, price: { input: 10, output: 10 } }
]

/** The answers are those of the application's own emulator; a question with "short" has a short one. */
const script = [{ when: { contains: "short" }, say: "Yes." }, ...(emulator.script ?? [])]

export const Application = (pace: { readonly timeToFirstToken?: number; readonly tokensPerSecond?: number } = {}) =>
  layer(cheap).pipe(
    Layer.provide(Emulated),
    Layer.provideMerge(emulatorLayer({ ...pace, models, script })),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.provide(UndiciTransport.layer)
  )

export const address = HttpServer.addressFormattedWith((url) => Effect.succeed(url))

/** The chat requests that the emulator got. */
export const asked: Effect.Effect<ReadonlyArray<RecordedRequest>, never, EmulatorServer> = Effect.map(
  EmulatorServer,
  ({ requests }) => requests.filter(({ path }) => path.endsWith("/chat/completions"))
)

/** Waits until the last chat request was cancelled. */
export const cancelled = asked.pipe(
  Effect.flatMap((requests) => {
    const last = requests.at(-1)
    return last?.aborted === true ? Effect.succeed(last) : Effect.fail("the generation goes on" as const)
  }),
  Effect.retry(Schedule.spaced("20 millis")),
  Effect.timeout("10 seconds")
)
