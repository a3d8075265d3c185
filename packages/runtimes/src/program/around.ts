/** The checks of the packages around the SDK. Checks that need a socket or files get them from the code that starts the program. */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as FriendliLanguageModel from "effect-friendli-ai/FriendliLanguageModel"
import * as FetchTransport from "effect-friendli/FetchTransport"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import type { PackageCheck } from "../checks.js"
import { model, token } from "./calls.js"
import { expectEqual, expectTrue } from "./expecting.js"

/** The checks that exist only if there are sockets and files. */
export interface MachineChecks {
  readonly batch: (baseUrl: string) => Effect.Effect<void, unknown>
  readonly batchInFile: (baseUrl: string, folder: string) => Effect.Effect<void, unknown>
  readonly emulator: Effect.Effect<void, unknown>
}

/** The input of the checks. */
export interface Around {
  readonly url: string
  /** Undefined if there is no undici. */
  readonly undici: (() => Promise<Layer.Layer<HttpClient.HttpClient>>) | undefined
  readonly folder: string
  /** Undefined if there are neither sockets nor files. */
  readonly machine: (() => Promise<MachineChecks>) | undefined
}

const onMachine = (
  { machine }: Around,
  run: (checks: MachineChecks) => Effect.Effect<void, unknown>
): Effect.Effect<void, unknown> =>
  machine === undefined
    ? Effect.dieMessage("there are neither sockets nor files")
    : Effect.flatMap(Effect.promise(machine), run)

export const packageChecks: Readonly<Record<PackageCheck, (around: Around) => Effect.Effect<void, unknown>>> = {
  "a call over UndiciTransport": ({ undici, url }) =>
    Effect.gen(function* () {
      if (undici === undefined) return yield* Effect.dieMessage("there is no undici")
      const http = yield* Effect.promise(undici)
      const { tokens } = yield* Effect.provide(
        Tokens.tokenize({ model, prompt: "Hello!" }, { retry: Retry.never }),
        Layer.provide(Serverless.layer({ token, baseUrl: url }), http)
      )
      yield* expectEqual(tokens.length, 3, "the number of tokens")
    }),

  "settings from the environment": () =>
    Effect.gen(function* () {
      const { tokens } = yield* Tokens.tokenize({ model, prompt: "Hello!" })
      yield* expectEqual(tokens.length, 3, "the number of tokens")
    }).pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(FetchTransport.layer)),

  "a model of @effect/ai": ({ url }) => {
    const friendli = FriendliLanguageModel.layer({ model, config: { max_tokens: 40, temperature: 0 } }).pipe(
      Layer.provide(Serverless.layer({ token, baseUrl: url })),
      Layer.provide(FetchTransport.layer)
    )
    return Effect.gen(function* () {
      const whole = yield* LanguageModel.generateText({ prompt: "What is generative AI?" })
      yield* expectTrue(whole.text.length > 10, "the answer has no text")
      const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "What is generative AI?" }))
      const text = [...parts].map((part) => (part.type === "text-delta" ? part.delta : "")).join("")
      yield* expectEqual(text, whole.text, "the text of the stream")
    }).pipe(Effect.provide(friendli))
  },

  "a batch": (around) => onMachine(around, ({ batch }) => batch(around.url)),
  "a batch with its journal in a file": (around) =>
    onMachine(around, ({ batchInFile }) => batchInFile(around.url, around.folder)),
  "the emulator on a socket": (around) => onMachine(around, ({ emulator }) => emulator)
}

/** The HTTP layer over an emulator in the same process. */
export const layerOver = (fetch: typeof globalThis.fetch) =>
  Layer.provide(FetchTransport.layer, Layer.succeed(FetchHttpClient.Fetch, fetch))
