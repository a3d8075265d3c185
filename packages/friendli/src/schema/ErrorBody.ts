/** The bodies that servers and the gateways before them answer failures with. */
import * as Schema from "effect/Schema"
import { nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

/**
 * One reason why a request was refused. Wire: `ValidationError`.
 * @category schemas
 */
export const ValidationError = Schema.Struct({
  /** Where: keys and indexes from the top, usually beginning with `body`. */
  loc: Schema.Array(Schema.Union(Text, WholeNumber)),
  /** What is wrong, in words. */
  msg: Text,
  /** What is wrong, as a code. */
  type: Text
}).annotations({ identifier: "ValidationError" })

/** @category models */
export interface ValidationError extends Schema.Schema.Type<typeof ValidationError> {}

/**
 * The body of a 422: every reason why the request was refused. Wire: `HTTPValidationError`.
 * @category schemas
 */
export const HTTPValidationError = Schema.Struct({
  /** The reasons. */
  detail: Schema.Array(ValidationError)
}).annotations({ identifier: "HTTPValidationError" })

/** @category models */
export interface HTTPValidationError extends Schema.Schema.Type<typeof HTTPValidationError> {}

/**
 * The error body of the messages API. Wire: `MessagesErrorResponse`.
 * @category schemas
 */
export const MessagesErrorResponse = Schema.Struct({
  // no literal: a union dispatches on literals with `String(value)`, which throws on `{"type":{"toString":1}}`
  /** `error`. */
  type: openLiteral("error"),
  /** What happened. */
  error: Schema.Struct({
    /** What is wrong, as a code. */
    type: openLiteral("invalid_request_error"),
    /** What is wrong, in words. */
    message: Text
  }),
  /** Names the request, for support. */
  request_id: nullish(Text)
}).annotations({ identifier: "MessagesErrorResponse" })

/** @category models */
export interface MessagesErrorResponse extends Schema.Schema.Type<typeof MessagesErrorResponse> {}

/**
 * The error body that OpenAI's API made common, also as a frame of a stream.
 * @category schemas
 */
export const NestedErrorBody = Schema.Struct({
  /** What happened. */
  error: Schema.Struct({
    /** What is wrong, in words. */
    message: Text,
    /** The kind of error. */
    type: nullish(Text),
    /** What is wrong, as a code; some servers repeat the status here. */
    code: nullish(Schema.Union(Text, Schema.Number)),
    /** The field that is wrong. */
    param: nullish(Text)
  })
}).annotations({ identifier: "NestedErrorBody" })

/** @category models */
export interface NestedErrorBody extends Schema.Schema.Type<typeof NestedErrorBody> {}

/**
 * An error body with one sentence under `error`.
 * @category schemas
 */
export const ErrorTextBody = Schema.Struct({
  /** What is wrong, in words. */
  error: Text
}).annotations({ identifier: "ErrorTextBody" })

/** @category models */
export interface ErrorTextBody extends Schema.Schema.Type<typeof ErrorTextBody> {}

/**
 * An error body with one sentence under `detail`, as FastAPI writes it.
 * @category schemas
 */
export const DetailBody = Schema.Struct({
  /** What is wrong, in words. */
  detail: Text
}).annotations({ identifier: "DetailBody" })

/** @category models */
export interface DetailBody extends Schema.Schema.Type<typeof DetailBody> {}

/**
 * An error body with one sentence under `message`, as gateways write it.
 * @category schemas
 */
export const MessageBody = Schema.Struct({
  /** What is wrong, in words. */
  message: Text
}).annotations({ identifier: "MessageBody" })

/** @category models */
export interface MessageBody extends Schema.Schema.Type<typeof MessageBody> {}

/**
 * Any error body that is understood, the most telling form first.
 * @category schemas
 */
export const ErrorBody = Schema.Union(
  HTTPValidationError,
  MessagesErrorResponse,
  NestedErrorBody,
  ErrorTextBody,
  DetailBody,
  MessageBody
).annotations({ identifier: "ErrorBody" })

/**
 * Any error body that is understood.
 * @category models
 */
export type ErrorBody =
  | HTTPValidationError
  | MessagesErrorResponse
  | NestedErrorBody
  | ErrorTextBody
  | DetailBody
  | MessageBody
