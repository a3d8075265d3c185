/** The provider over the emulator, on a socket of its own until the test ends. */
import { FetchHttpClient } from "@effect/platform"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Serverless from "effect-friendli/Serverless"
import { make } from "effect-friendli-emulator/EmulatorServer"
import type { ListenOptions, RunningEmulator } from "effect-friendli-emulator/NodeServer"
import * as FriendliEmbeddingModel from "../src/FriendliEmbeddingModel.js"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import * as FriendliTokenizer from "../src/FriendliTokenizer.js"

export const modelName = "meta-llama-3.1-8b-instruct"

export const emulator = (options?: ListenOptions) => make({ port: 0, ...options })

export const serverless = (server: RunningEmulator) =>
  Serverless.layer({ token: "flp_test", baseUrl: server.url, model: modelName }).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

/** The language model over it. */
export const model = (server: RunningEmulator, options?: FriendliLanguageModel.Options) =>
  Layer.provide(FriendliLanguageModel.layer(options), serverless(server))

export const tokenizer = (server: RunningEmulator) => Layer.provide(FriendliTokenizer.layer(), serverless(server))

export const embeddings = (server: RunningEmulator) =>
  FriendliEmbeddingModel.layerBatched({ model: "endpoint-id" }).pipe(
    Layer.provide(Dedicated.layer({ token: "flp_test", baseUrl: server.url })),
    Layer.provide(FetchHttpClient.layer)
  )

/** Waits until something is so, for what happens on the other end of a socket. */
export const eventually = (what: () => boolean, limit: Duration.DurationInput = "5 seconds"): Effect.Effect<void> =>
  Effect.repeat(Effect.sleep("20 millis"), { until: what }).pipe(
    Effect.timeoutFail({ duration: limit, onTimeout: () => new Error("it did not happen") }),
    Effect.orDie,
    Effect.unless(what),
    Effect.asVoid
  )
