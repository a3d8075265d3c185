/** The server: the API of the assistant, and the page. It requires `Chat` and `Models`, so you can use any deployment or mock. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { BigDecimal, Effect, Layer, Option, Stream } from "effect"
import { FriendliError, Models, Pricing } from "effect-friendli"
import * as UiStream from "effect-friendli/UiStream"
import { Api, type Model } from "./api.js"
import { answer } from "./assistant.js"
import { Conversations } from "./conversations.js"
import { explain, NothingWaits } from "./explain.js"
import { Page } from "./pageFiles.js"
import { Handlers } from "./tools.js"

/** "$0.15 in, $0.5 out per million" tokens. */
const priceOf = (model: Models.Model): string => {
  const { input, output } = Pricing.pricesOf(model)
  const million = (price: BigDecimal.BigDecimal) =>
    `$${BigDecimal.format(BigDecimal.multiply(price, BigDecimal.fromBigInt(1_000_000n)))}`
  return Option.all([input, output]).pipe(
    Option.map(([forInput, forOutput]) => `${million(forInput)} in, ${million(forOutput)} out per million`),
    Option.getOrElse(() => "price unknown")
  )
}

/** The models of the catalogue that can be used in a conversation with tools. `first` is the first of them. */
const models = (first: string) =>
  Effect.map(Models.list(), ({ data }) => {
    const chosen = data.filter((model) => Models.isActive(model) && model.functionality?.tool_call !== false)
    const listed = chosen.some(({ id }) => id === first) ? chosen : [{ id: first }, ...chosen]
    const shown = listed.map((model): Model => ({ id: model.id, price: priceOf(model) }))
    return [...shown.filter(({ id }) => id === first), ...shown.filter(({ id }) => id !== first)]
  })

/** For the operator: an error of the SDK has neither token nor prompt. */
const log = (error: { readonly _tag: string }) =>
  Effect.logWarning(FriendliError.isFriendliError(error) ? error.message : error._tag)

/** For the user: a status and one sentence. */
const failed = (error: unknown) =>
  error instanceof NothingWaits
    ? HttpServerResponse.text(explain(error), { status: 409 })
    : UiStream.fromError(error, explain)

const Handling = (first: string) =>
  HttpApiBuilder.group(Api, "chat", (handlers) =>
    Effect.gen(function* () {
      const conversations = yield* Conversations
      return handlers
        .handle("models", () => models(first).pipe(Effect.tapError(log), Effect.catchAll(failed)))
        .handle("list", () => conversations.list)
        .handle("messages", ({ path }) => conversations.messages(path.id))
        .handle("answer", ({ payload }) =>
          answer(payload).pipe(
            // fails only before the response is sent, so that the error has a status
            Effect.flatMap((chunks) => UiStream.toResponse(Stream.tapError(chunks, log), { errorText: explain })),
            Effect.catchAll(failed)
          )
        )
    })
  )

/** The whole application, with the model that is chosen at the start. */
export const layer = (first: string) =>
  HttpApiBuilder.serve().pipe(
    Layer.provide(Page),
    Layer.provide(HttpApiBuilder.api(Api)),
    Layer.provide(Handling(first)),
    Layer.provide([Conversations.Default, Handlers])
  )
