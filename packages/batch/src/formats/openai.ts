/**
 * Files of OpenAI's batch API. In: a line with `custom_id`, `url` and `body`. Out: a request. In: a row. Out: a line with the response or
 * the error.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Messages from "effect-friendli/Messages"
import type { Unary } from "effect-friendli/Operation"
import * as Tokens from "effect-friendli/Tokens"
import * as Batch from "../Batch.js"
import type { Request, Row } from "../run/rows.js"

/** The operations of a batch, by their paths on every deployment. */
const operations = {
  "/v1/chat/completions": Chat.completeOperation,
  "/v1/completions": Completions.completeOperation,
  "/v1/messages": Messages.createOperation,
  "/v1/embeddings": Embeddings.createOperation,
  "/v1/tokenize": Tokens.tokenizeOperation
} as const

/** A path of an operation that a batch can run. */
export type Path = keyof typeof operations

const isPath = (path: string): path is Path => Object.hasOwn(operations, path)

/** A request from its parts. The SDK checks the body before it sends anything. */
export const requestFor = (path: Path, id: string, body: Readonly<Record<string, unknown>>): Request<unknown> =>
  Batch.of(operations[path] as unknown as Unary<unknown, unknown>, body, id)

/** The path of a URL, without the prefix of a deployment. */
const pathOf = (url: string): string =>
  url.replace(/^https?:\/\/[^/]+/, "").replace(/^\/(?:serverless|dedicated)(?=\/)/, "")

/** `stream: false` is removed, because a batch never streams. */
const withoutStream = ({ stream, ...body }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  stream === false || stream === null || stream === undefined ? body : { ...body, stream }

/** Reads a line. Left: the problem, without text of the line. */
export const parseLine = (
  text: string,
  defaults: Readonly<Record<string, unknown>>
): Either.Either<Request<unknown>, string> => {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return Either.left("the line is not JSON")
  }
  if (!Predicate.isRecord(line)) return Either.left("expected a JSON object with custom_id, url and body")
  const { body, custom_id: id, method = "POST", url = "/v1/chat/completions" } = line
  if (typeof id !== "string" || id === "") return Either.left("custom_id: expected a string that is not empty")
  if (method !== "POST") return Either.left(`method: expected "POST"`)
  const path = typeof url === "string" ? pathOf(url) : ""
  if (!isPath(path)) return Either.left(`url: expected one of ${Object.keys(operations).join(", ")}`)
  if (!Predicate.isRecord(body)) return Either.left("body: expected a JSON object, the body of the request")
  return Either.right(requestFor(path, id, withoutStream({ ...defaults, ...body })))
}

/** The code of an error: that of the server, or the name of the error. */
const codeOf = (error: FriendliError): string => error.code ?? error._tag

/** The line of a row, as OpenAI's batch API writes it into its output and error files. */
export const resultLine = (row: Row<unknown>): string =>
  JSON.stringify({
    id: `batch_req_${row.key}`,
    custom_id: row.id,
    ...(row._tag === "Done"
      ? { response: { status_code: 200, request_id: row.key, body: row.answer }, error: null }
      : {
          response:
            row.error.status === undefined
              ? null
              : {
                  status_code: row.error.status,
                  request_id: row.error.requestId ?? row.key,
                  body: { error: { code: codeOf(row.error), message: row.error.message } }
                },
          error: { code: codeOf(row.error), message: row.error.message }
        })
  })
