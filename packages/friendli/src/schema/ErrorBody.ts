/** The error bodies of servers and of gateways in front of them. */
import * as Schema from "effect/Schema"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

/** One reason why a request was rejected. Wire: `ValidationError`. */
export const ValidationError = Schema.Struct({
  /** The location: keys and indexes from the root, usually beginning with `body`. */
  loc: Schema.Array(Schema.Union(Text, WholeNumber)),
  /** The message. */
  msg: Text,
  /** The code of the reason. */
  type: Text
}).annotations({ identifier: "ValidationError" })

export interface ValidationError extends Schema.Schema.Type<typeof ValidationError> {}

/** The body of a 422: all reasons why the request was rejected. Wire: `HTTPValidationError`. */
export const HTTPValidationError = Schema.Struct({
  /** The reasons. */
  detail: Schema.Array(ValidationError)
}).annotations({ identifier: "HTTPValidationError" })

export interface HTTPValidationError extends Schema.Schema.Type<typeof HTTPValidationError> {}

/** The error body of the messages API. Wire: `MessagesErrorResponse`. */
export const MessagesErrorResponse = Schema.Struct({
  // no literal: a union dispatches on literals with `String(value)`, which throws on `{"type":{"toString":1}}`
  /** `error`. */
  type: openLiteral("error"),
  /** The message. */
  error: Schema.Struct({
    /** The code of the reason. */
    type: openLiteral("invalid_request_error"),
    /** The message. */
    message: Text
  }),
  /** The request id, for support. */
  request_id: nullish(Text)
}).annotations({ identifier: "MessagesErrorResponse" })

export interface MessagesErrorResponse extends Schema.Schema.Type<typeof MessagesErrorResponse> {}

/** The error body of OpenAI's API, which many servers use, also as a frame of a stream. */
export const NestedErrorBody = Schema.Struct({
  /** The message. */
  error: Schema.Struct({
    /** The message. */
    message: Text,
    /** The kind of error. */
    type: nullish(Text),
    /** The code of the error; some servers repeat the status here. */
    code: nullish(Schema.Union(Text, Schema.Number)),
    /** The field that is wrong. */
    param: nullish(Text)
  })
}).annotations({ identifier: "NestedErrorBody" })

export interface NestedErrorBody extends Schema.Schema.Type<typeof NestedErrorBody> {}

/** An error body with one sentence under `error`. */
export const ErrorTextBody = Schema.Struct({
  /** The message. */
  error: Text
}).annotations({ identifier: "ErrorTextBody" })

export interface ErrorTextBody extends Schema.Schema.Type<typeof ErrorTextBody> {}

/** An error body with one sentence under `detail`, as FastAPI writes it. */
export const DetailBody = Schema.Struct({
  /** The message. */
  detail: Text
}).annotations({ identifier: "DetailBody" })

export interface DetailBody extends Schema.Schema.Type<typeof DetailBody> {}

/** An error body with one sentence under `message`, as gateways write it. */
export const MessageBody = Schema.Struct({
  /** The message. */
  message: Text
}).annotations({ identifier: "MessageBody" })

export interface MessageBody extends Schema.Schema.Type<typeof MessageBody> {}

/** Any known error body. The most specific form comes first. */
export const ErrorBody = Schema.Union(
  HTTPValidationError,
  MessagesErrorResponse,
  NestedErrorBody,
  ErrorTextBody,
  DetailBody,
  MessageBody
).annotations({ identifier: "ErrorBody" })

/** Any known error body. */
export type ErrorBody =
  | HTTPValidationError
  | MessagesErrorResponse
  | NestedErrorBody
  | ErrorTextBody
  | DetailBody
  | MessageBody
