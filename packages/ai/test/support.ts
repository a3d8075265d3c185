/** What the tests share: the provider over a scripted network, and over a mock of the capability. */
import * as IdGenerator from "@effect/ai/IdGenerator"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import type { ChatChunk } from "effect-friendli/schema/ChatChunk"
import type { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient } from "effect-friendli/testing"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"

/** Ids that a test can name. */
export const ids = Layer.succeed(IdGenerator.IdGenerator, { generateId: () => Effect.succeed("made") })

/** Everything but the socket is real. */
export const overHttp = (
  script: MockHttpClient.Script,
  options?: FriendliLanguageModel.Options
): Layer.Layer<LanguageModel.LanguageModel | MockHttpClient.MockHttpClient> =>
  FriendliLanguageModel.layer({ model: "m", ...options }).pipe(
    Layer.provide(ids),
    Layer.provide(Layer.orDie(Serverless.layer({ token: "flp_test" }))),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

/** A mock of the capability that keeps its requests. */
export const overMock = (
  answer: { readonly complete?: ChatCompletion; readonly chunks?: ReadonlyArray<ChatChunk> },
  options?: FriendliLanguageModel.Options
) => {
  const requests: Array<Chat.ChatRequest> = []
  const mock = Layer.mock(Chat.Chat, {
    complete: (request) => {
      requests.push(request)
      return answer.complete === undefined ? Effect.dieMessage("no whole answer") : Effect.succeed(answer.complete)
    },
    stream: (request) => {
      requests.push(request)
      return Stream.fromIterable(answer.chunks ?? [])
    }
  })
  const layer = FriendliLanguageModel.layer(options).pipe(Layer.provide(ids), Layer.provide(mock))
  return { requests, layer, mock }
}
