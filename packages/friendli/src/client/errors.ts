/**
 * Makes the errors of calls. In: a status, an error event, a failure of the transport or an expired timeout, and the context of the call.
 * Out: the error that a caller can act on. Every text in it was searched for credentials and for text of the request. Errors of sent
 * calls are made only here, so that none can miss the search.
 */
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import {
  AuthenticationError,
  type CauseSnapshot,
  ConnectionError,
  type FriendliError,
  InvalidRequestError,
  type Issue,
  NotFoundError,
  OverloadedError,
  PermissionDeniedError,
  RateLimitError,
  type Received,
  RequestTimeoutError,
  ResponseDecodeError,
  ServerError,
  StreamTruncatedError,
  UnexpectedStatusError
} from "../errors/FriendliError.js"
import type { Any } from "../core/Operation.js"
import { formatPath } from "../internal/issues.js"
import { adviceFor } from "../errors/advice.js"
import { statusOf } from "../errors/codes.js"
import { type StatusTag, tagOfStatus } from "../errors/table.js"
import { failedChoice, firstLine, type Reason, reasonOf } from "../errors/reasons.js"
import { parseJson } from "../internal/json.js"
import { parseRetryAfter } from "../internal/retryAfter.js"
import { redact, scrub, search, searching, type Secrets } from "../internal/secrets.js"
import type { TimeoutKind, Waited } from "../internal/watchdog.js"

/** The data of a call that every error uses: its destination, and what must not be shown. */
export interface CallContext {
  readonly operation: string
  readonly deployment: string
  readonly method: string
  readonly url: string
  /** Whether the server generates the answer, so that an attempt with an unknown outcome may be billed. */
  readonly generates: boolean
  readonly isStream: boolean
  readonly advice: Any<never, unknown>["advice"]
  readonly secrets: Secrets
}

/** The parts of an answer that an error repeats. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** The fields that have a value: a logged error shows these, without a column of `undefined`. */
const definedFields = <A extends object>(fields: A): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A

/** The number of characters of a body that an error keeps. */
const longestExcerpt = 2048

/** The part of a text that is searched: longer than the part that is shown, so that half an echo is found, too. */
const beginning = (text: string): string => text.slice(0, longestExcerpt * 4)

/** The beginning of a text, without secrets. */
export const excerpt = (callContext: CallContext, text: string): string =>
  scrub(beginning(text), callContext.secrets).slice(0, longestExcerpt)

/** Searches all texts of an error at once. A text that is not passed here is searched when it is shown, which takes longer. */
const searchAll = (
  callContext: CallContext,
  texts: ReadonlyArray<string | undefined>,
  issues?: ReadonlyArray<Issue>
): void => search(callContext.secrets, beginnings(texts, issues))

/** The texts of an error, in the length in which they are searched. */
const beginnings = (
  texts: ReadonlyArray<string | undefined>,
  issues: ReadonlyArray<Issue> = []
): ReadonlyArray<string> =>
  [...texts, ...issues.flatMap(({ message, path }) => [message, ...path])]
    .filter((it) => typeof it === "string")
    .map(beginning)

/** Headers with the id with which support finds a request. The first one that is present counts. */
const requestIdHeaders = ["x-request-id", "request-id", "x-friendli-request-id"]

export const requestIdOf = (headers: Readonly<Record<string, string>>): string | undefined => {
  for (const name of requestIdHeaders) if (headers[name] !== undefined) return headers[name]
  return undefined
}

/** The fields about the call: deployment, operation, method and URL, without secrets. */
const callFields = (callContext: CallContext) => ({
  operation: callContext.operation,
  deployment: callContext.deployment,
  method: callContext.method,
  url: callContext.url
})

/** The fields about the answer that caused an error. */
const answerFields = (callContext: CallContext, answer: Answer) => ({
  status: answer.status,
  requestId: scrubMaybe(callContext, requestIdOf(answer.headers))
})

const scrubMaybe = (callContext: CallContext, value: string | undefined): string | undefined =>
  value === undefined || value === "" ? undefined : excerpt(callContext, value)

/** A code such as `rate_limit_exceeded` is the name of an error, even if the prompt contains it. */
const scrubCode = (callContext: CallContext, code: string | undefined): string | undefined =>
  code !== undefined && ((/^[a-z]+(?:_[a-z]+)+$/.test(code) && code.length <= 64) || statusOf(code) !== undefined)
    ? redact(code, callContext.secrets.credentials())
    : scrubMaybe(callContext, code)

/** A cause as plain data. A live platform error contains the request with its token. */
const snapshot = (callContext: CallContext, cause: unknown): CauseSnapshot => {
  const deepest = deepestOf(cause)
  return { ...deepest, message: excerpt(callContext, deepest.message) }
}

/**
 * The name, message and code of an error and its causes; deeper ones win. `TypeError: fetch failed` says nothing, but its cause says
 * `ECONNREFUSED`. The depth is limited to five levels, because a cause may refer to itself. In an `AggregateError` the first error
 * counts: Node makes one when it tries several addresses of a host.
 */
const deepestOf = (cause: unknown): CauseSnapshot => {
  let name = "Error"
  let message = ""
  let code: string | undefined
  let at = cause
  // The deepest cause tells most: "fetch failed" hides ECONNREFUSED.
  for (let depth = 0; depth < 5 && Predicate.isObject(at); depth++) {
    const level = at as { readonly [key: string]: unknown }
    if (typeof level["name"] === "string" && level["name"] !== "") name = level["name"]
    if (typeof level["message"] === "string" && level["message"] !== "") message = level["message"]
    if (typeof level["code"] === "string") code = level["code"]
    at = level["cause"] ?? (Array.isArray(level["errors"]) ? level["errors"][0] : undefined)
  }
  if (message === "" && typeof cause === "string") message = cause
  return { name, message, code }
}

/** The content of a body, in the form that errors need. */
interface Described extends Pick<Reason, "code" | "status" | "requestId"> {
  readonly message: string | undefined
  readonly issues: ReadonlyArray<Issue>
}

/** Searched once, before it is cut, so that half an echo is found, too. */
const lineOf = (callContext: CallContext, body: string): string | undefined => {
  const line = firstLine(beginning(body), (text) => scrub(text, callContext.secrets))
  if (line !== undefined) callContext.secrets.scrubbed.set(line, line)
  return line
}

/**
 * The content of a body: the reason in JSON, or the first line of anything else. If single fields are invalid, the message lists them.
 */
const describe = (callContext: CallContext, json: unknown, body?: string): Described => {
  const reason = reasonOf(json)
  const { issues, message, param } = reason
  if (issues.length > 0) {
    const listed = sentence(issues)
    return { ...reason, message: message === undefined || listed.includes(message) ? listed : `${message}: ${listed}` }
  }
  if (message !== undefined) return { ...reason, issues: [{ path: param === undefined ? [] : [param], message }] }
  return body === undefined ? reason : { ...reason, message: lineOf(callContext, body) }
}

/** Issues as one text: `messages[0].role: missing; max_tokens: expected a number`. */
const sentence = (issues: ReadonlyArray<Issue>): string =>
  issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${formatPath(issue.path)}: ${issue.message}`))
    .join("; ")

/** The form of field names of the API. A server can send anything as a field name. */
const fieldName = /^[a-z_]{1,40}$/

/**
 * The same issues without secrets. Names of fields stay readable: they look like names, and no prompt looks
 * like one.
 */
const scrubIssues = (callContext: CallContext, issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => ({
    path: issue.path.map((part) =>
      typeof part === "number" || fieldName.test(part) ? part : excerpt(callContext, part)
    ),
    message: excerpt(callContext, issue.message)
  }))

/** The end of a sentence: a full stop, or a colon and the server's message. */
const sentenceEnd = (message: string | undefined): string =>
  message === undefined ? "." : `: ${message.replace(/\.?$/, ".")}`

interface Fields extends ReturnType<typeof callFields> {
  readonly message: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly requestId: string | undefined
  readonly retryAfter: Duration.Duration | undefined
  readonly body: string | undefined
  readonly received: Received | undefined
}

/** One constructor for each tag that a status can mean. A new tag without one does not compile. */
const constructors: {
  readonly [Tag in StatusTag]: (fields: Fields, issues: ReadonlyArray<Issue>, status: number) => FriendliError
} = {
  InvalidRequestError: (fields, issues) => new InvalidRequestError(definedFields({ ...fields, issues })),
  AuthenticationError: (fields) => new AuthenticationError(definedFields(fields)),
  PermissionDeniedError: (fields) => new PermissionDeniedError(definedFields(fields)),
  NotFoundError: (fields) => new NotFoundError(definedFields(fields)),
  RateLimitError: (fields) => new RateLimitError(definedFields(fields)),
  OverloadedError: (fields) => new OverloadedError(definedFields(fields)),
  ServerError: (fields) => new ServerError(definedFields(fields)),
  UnexpectedStatusError: (fields, _, status) => new UnexpectedStatusError(definedFields({ ...fields, status }))
}

/** Everything that the error of a status will show, for one search. */
const textsOfStatus = (answer: Answer, described: Described, body: string): ReadonlyArray<string> =>
  beginnings(
    [body, described.message, described.code, requestIdOf(answer.headers) ?? described.requestId],
    described.issues
  )

/** Does the search of {@link ofStatus} in advance and in parts, so that a large request does not block the program. */
export const searchingOfStatus = (callContext: CallContext, answer: Answer, body: string): (() => boolean) =>
  searching(
    callContext.secrets,
    textsOfStatus(answer, describe(callContext, Either.getOrUndefined(parseJson(body))), body)
  )

/** The error of an answer whose status is not a success. */
export const ofStatus = (callContext: CallContext, answer: Answer, body: string, now: number): FriendliError => {
  const json = Either.getOrUndefined(parseJson(body))
  search(callContext.secrets, textsOfStatus(answer, describe(callContext, json), body))
  const described = describe(callContext, json, body)
  const wait = parseRetryAfter(answer.headers, now)
  const requestId = requestIdOf(answer.headers) ?? described.requestId
  const tag = tagOfStatus(answer.status)
  const location = answer.headers["location"]
  const why =
    answer.status >= 300 && answer.status < 400 && location !== undefined
      ? "a redirect was not followed"
      : described.message
  // the whole URL shows a wrong base URL
  const calledUrl = tag === "NotFoundError" ? `${callContext.method} ${callContext.url} was called. ` : ""
  const fields: Fields = {
    ...callFields(callContext),
    message: `${callContext.operation} was answered with ${answer.status}${sentenceEnd(scrubMaybe(callContext, why))} ${calledUrl}${callContext.advice?.[answer.status] ?? adviceFor(answer.status, described.code)}`,
    status: answer.status,
    code: scrubCode(callContext, described.code),
    requestId: scrubMaybe(callContext, requestId),
    retryAfter: wait === undefined ? undefined : Duration.millis(wait),
    body: scrubMaybe(callContext, body),
    received: undefined
  }
  return constructors[tag](fields, scrubIssues(callContext, described.issues), answer.status)
}

/** An error inside a 200: a frame of a stream, or a JSON error instead of a stream. */
export const ofErrorFrame = (
  callContext: CallContext,
  answer: Answer,
  json: unknown,
  raw: string,
  received: Received | undefined
): FriendliError => {
  const described = describe(callContext, json)
  const { status } = described
  const why = described.message ?? (failedChoice(json) && 'a choice ended with the finish reason "error"')
  const requestId = requestIdOf(answer.headers) ?? described.requestId
  searchAll(callContext, [raw, described.message, described.code, requestId], described.issues)
  const advice = callContext.advice?.[status ?? 200] ?? adviceFor(status, described.code)
  const fields: Fields = {
    ...callFields(callContext),
    message: `${callContext.operation} failed inside its answer${sentenceEnd(scrubMaybe(callContext, why))} ${advice}`,
    status,
    code: scrubCode(callContext, described.code),
    requestId: scrubMaybe(callContext, requestId),
    retryAfter: undefined,
    body: excerpt(callContext, raw),
    received
  }
  return status === undefined
    ? new ServerError(definedFields(fields))
    : constructors[tagOfStatus(status)](fields, scrubIssues(callContext, described.issues), status)
}

/** The error of a request that the SDK rejected before any byte was sent. */
export const ofIssues = (callContext: CallContext, issues: ReadonlyArray<Issue>): InvalidRequestError =>
  new InvalidRequestError(
    definedFields({
      ...callFields(callContext),
      message: `${callContext.operation} was not sent, since the request is not valid: ${sentence(issues)}.`,
      issues
    })
  )

/** The error if the file of a request could not be read while it was sent. */
export const ofUnreadable = (callContext: CallContext, reason: unknown): InvalidRequestError => {
  const issues = [{ path: ["file"], message: "could not be read to its end; the cause says why" }]
  return new InvalidRequestError(
    definedFields({
      ...callFields(callContext),
      message: `${callContext.operation} was not completed, since the request is not valid: ${sentence(issues)}.`,
      issues,
      cause: snapshot(callContext, reason)
    })
  )
}

/** The known parts of an answer that a failure of the transport ended. */
interface Context {
  readonly answer?: Answer | undefined
  readonly received?: Received | undefined
  readonly body?: string | undefined
}

/** The fields of every error that a failure of the transport or a timeout causes. */
const failureFields = (callContext: CallContext, context: Context = {}) => ({
  ...callFields(callContext),
  ...(context.answer && answerFields(callContext, context.answer)),
  body: scrubMaybe(callContext, context.body),
  received: context.received
})

/** A failure of the transport: a connection that failed, or a timeout that is not the SDK's. */
export const ofTransport = (
  callContext: CallContext,
  phase: "connect" | "body",
  cause: unknown,
  waited: Waited,
  context?: Context
): ConnectionError | RequestTimeoutError => {
  searchAll(callContext, [
    deepestOf(cause).message,
    context?.body,
    context?.answer && requestIdOf(context.answer.headers)
  ])
  const lower = snapshot(callContext, cause)
  const timeout = timeoutOf(phase, lower)
  return timeout === undefined
    ? ofConnection(callContext, phase, lower, context)
    : ofTransportTimeout(callContext, timeout, lower, waited, context)
}

/**
 * The kind of a timeout of the transport, if the failure was a timeout. undici has a code for each; an `AbortSignal`, of a fetch with its
 * own limit or of Bun's, does not tell what it limits. A connection that was not made in time (`UND_ERR_CONNECT_TIMEOUT`) is a failed
 * connection.
 */
const timeoutOf = (phase: "connect" | "body", { code, name }: CauseSnapshot): TimeoutKind | undefined => {
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "headers"
  if (code === "UND_ERR_BODY_TIMEOUT") return "idle"
  if (name !== "TimeoutError" && name !== "AbortError") return undefined
  return phase === "connect" ? "headers" : "total"
}

/**
 * A timeout of the HTTP layer expired before that of the SDK. The message says so, since the option of the SDK with the same purpose
 * would not help.
 */
const ofTransportTimeout = (
  callContext: CallContext,
  kind: TimeoutKind,
  lower: CauseSnapshot,
  waited: Waited,
  context: Context | undefined
): RequestTimeoutError => {
  const millis = kind === "total" ? waited.total : waited.idle
  const shown = Duration.format(Duration.millis(millis < 1000 ? millis : Math.round(millis / 1000) * 1000))
  const name = lower.code ?? lower.name
  const what = {
    headers: `got no answer within ${shown}: a limit of the HTTP layer (${name}), not headersTimeout, ended the wait`,
    idle: `received nothing for ${shown} in the middle of the answer: a limit of the HTTP layer (${name}), not idleTimeout, ended the wait`,
    total: `was ended in the middle of the answer after ${shown} by a limit of the HTTP layer (${name}), not the option timeout`
  }[kind]
  const remedy = "Raise the limit there (UndiciTransport.layer follows the options of the SDK)"
  return new RequestTimeoutError(
    definedFields({
      ...failureFields(callContext, context),
      message: `${callContext.operation} ${what}.${callContext.generates ? ` ${notRepeated}` : ""} ${remedy}${callContext.isStream ? "" : ", or stream the answer"}.`,
      kind,
      limit: Duration.millis(millis),
      mayBeBilled: callContext.generates ? true : undefined,
      cause: lower
    })
  )
}

/** Added for generations, which may be billed although no answer arrived. */
const notRepeated = "It is not retried automatically, since the answer may be generated and billed anyway."

/**
 * A connection that failed. Before the answer the message gives the reason from its cause; in the middle of an answer it also says that
 * the work may have been done.
 */
const ofConnection = (
  callContext: CallContext,
  phase: "connect" | "body",
  lower: CauseSnapshot,
  context: Context | undefined
): ConnectionError => {
  const reason = lower.code ?? lower.message
  return new ConnectionError(
    definedFields({
      ...failureFields(callContext, context),
      message:
        phase === "connect"
          ? `${callContext.operation} got no answer: the connection failed${sentenceEnd(reason === "" ? undefined : reason)} Check the base URL and the network.`
          : `${callContext.operation} lost its connection in the middle of the answer${sentenceEnd(reason === "" ? undefined : reason)} It is not retried automatically, since the work may have been done.`,
      phase,
      cause: lower
    })
  )
}

/** A timeout of the SDK expired: `kind` says which option sets it. */
export const ofTimeout = (
  callContext: CallContext,
  kind: TimeoutKind,
  limit: Duration.Duration,
  context?: Context
): RequestTimeoutError => {
  searchAll(callContext, [context?.body, context?.answer && requestIdOf(context.answer.headers)])
  const what = {
    headers: "got no answer within",
    idle: "received nothing in the middle of the answer for",
    total: "took longer than"
  }[kind]
  const option = { headers: "headersTimeout", idle: "idleTimeout", total: "timeout" }[kind]
  const advice =
    callContext.generates && kind === "headers"
      ? `${notRepeated} ${callContext.isStream ? "S" : "Stream the answer, or s"}et the option ${option} to wait longer.`
      : `Set the option ${option} to wait longer.`
  return new RequestTimeoutError(
    definedFields({
      ...failureFields(callContext, context),
      message: `${callContext.operation} ${what} ${Duration.format(limit)}. ${advice}`,
      kind,
      limit,
      mayBeBilled: callContext.generates ? true : undefined
    })
  )
}

/** An answer that does not match the API. `what` completes the sentence "the operation was answered with". */
export const ofDecode = (
  callContext: CallContext,
  answer: Answer,
  what: string,
  body: string,
  context?: {
    readonly issues?: ReadonlyArray<Issue> | undefined
    readonly received?: Received | undefined
    readonly cause?: unknown
  }
): ResponseDecodeError => {
  searchAll(callContext, [what, body, requestIdOf(answer.headers), deepestOf(context?.cause).message], context?.issues)
  const issues = scrubIssues(callContext, context?.issues ?? [])
  return new ResponseDecodeError(
    definedFields({
      ...callFields(callContext),
      ...answerFields(callContext, answer),
      message: `${callContext.operation} was answered with ${excerpt(callContext, what)}${issues.length === 0 ? "" : `: ${sentence(issues)}`}. The answer's beginning is in body.`,
      body: excerpt(callContext, body),
      issues,
      received: context?.received,
      cause: context?.cause === undefined ? undefined : snapshot(callContext, context.cause)
    })
  )
}

/** A stream that was cut short. The part that arrived is kept in `received`. */
export const ofTruncation = (
  callContext: CallContext,
  answer: Answer,
  received: Received,
  rest: string
): StreamTruncatedError => {
  searchAll(callContext, [rest, requestIdOf(answer.headers)])
  return new StreamTruncatedError(
    definedFields({
      ...callFields(callContext),
      ...answerFields(callContext, answer),
      message: `${callContext.operation} was cut short: the stream ended after ${received.events} event${received.events === 1 ? "" : "s"} without a final event. The received part is not the whole answer.`,
      body: scrubMaybe(callContext, rest),
      received
    })
  )
}
