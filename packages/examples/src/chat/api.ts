/** The API of the server: requests and responses of the page. The page imports only types of the server. */
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "@effect/platform"
import { Schema } from "effect"
import { UiMessages } from "effect-friendli"

/** A model that the user can choose. */
export const Model = Schema.Struct({
  id: Schema.String,
  /** "$0.15 in, $0.5 out per million" tokens. */
  price: Schema.String
})
export type Model = typeof Model.Type

/** The usage: tokens, and their cost in USD as a decimal number. */
export const Spending = Schema.Struct({ tokens: Schema.Number, cost: Schema.String })
export type Spending = typeof Spending.Type

/** A conversation in the list. */
export const Summary = Schema.Struct({ id: Schema.String, title: Schema.String, spending: Spending })
export type Summary = typeof Summary.Type

/** The data that the server adds to an answer. Tokens and cost are sent at its end. */
export type Metadata = { readonly model: string } & Partial<Spending>

/** The request of `useChat`, and the model that the page adds. */
export const Question = Schema.Struct({ ...UiMessages.UiRequest.fields, id: Schema.String, model: Schema.String })
export type Question = typeof Question.Type

export class Api extends HttpApi.make("chat").add(
  HttpApiGroup.make("chat")
    .add(HttpApiEndpoint.get("models", "/api/models").addSuccess(Schema.Array(Model)))
    .add(HttpApiEndpoint.get("list", "/api/conversations").addSuccess(Schema.Array(Summary)))
    .add(
      HttpApiEndpoint.get("messages")`/api/conversations/${HttpApiSchema.param("id", Schema.String)}`.addSuccess(
        Schema.Array(UiMessages.UiMessage)
      )
    )
    .add(
      HttpApiEndpoint.post("answer", "/api/chat")
        .setPayload(Question)
        .addSuccess(HttpApiSchema.Text({ contentType: "text/event-stream" }))
    )
) {}
