/**
 * From a status, an error frame or a transport failure to the error that a caller can act on. One table, one place.
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
import { formatPath } from "../internal/issues.js"
import { adviceFor } from "../errors/advice.js"
import { statusOf } from "../errors/codes.js"
import { firstLine, hasFailedChoice, type Reason, reasonOf } from "../errors/reasons.js"
import { parseJson } from "../internal/json.js"
import { parseRetryAfter } from "../internal/retryAfter.js"
import { redact, scrub, search, searching, type Secrets } from "../internal/secrets.js"

/** Where a call stands: what each of its errors says of itself. */
export interface CallContext {
  readonly operation: string
  readonly deployment: string
  readonly method: string
  readonly url: string
  /** Whether the server generates the answer, so that an attempt of which nothing is known may be billed. */
  readonly generates: boolean
  readonly isStream: boolean
  readonly secrets: Secrets
}

/** Of an answer: what an error repeats of it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** An error that is logged shows what it knows, not a column of `undefined`. */
const known = <A extends object>(fields: A): A =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A

const longestExcerpt = 2048

/** As much of a text as is searched: more than is shown, so that half an echo does not slip through. */
const beginning = (text: string): string => text.slice(0, longestExcerpt * 4)

/** The beginning of a text, without secrets. */
export const excerpt = (site: CallContext, text: string): string =>
  scrub(beginning(text), site.secrets).slice(0, longestExcerpt)

/** Searches what an error will say, all at once. What is not named here is searched when it is shown, which takes longer. */
const searchAll = (site: CallContext, texts: ReadonlyArray<string | undefined>, issues?: ReadonlyArray<Issue>): void =>
  search(site.secrets, beginnings(texts, issues))

const beginnings = (
  texts: ReadonlyArray<string | undefined>,
  issues: ReadonlyArray<Issue> = []
): ReadonlyArray<string> =>
  [...texts, ...issues.flatMap(({ message, path }) => [message, ...path])]
    .filter((it) => typeof it === "string")
    .map(beginning)

const requestIdHeaders = ["x-request-id", "request-id", "x-friendli-request-id"]

export const requestIdOf = (headers: Readonly<Record<string, string>>): string | undefined => {
  for (const name of requestIdHeaders) if (headers[name] !== undefined) return headers[name]
  return undefined
}

/** Where the deployment's name, the operation and the URL come together; secrets stay behind. */
const said = (site: CallContext) => ({
  operation: site.operation,
  deployment: site.deployment,
  method: site.method,
  url: site.url
})

const answered = (site: CallContext, answer: Answer) => ({
  status: answer.status,
  requestId: scrubMaybe(site, requestIdOf(answer.headers))
})

const scrubMaybe = (site: CallContext, value: string | undefined): string | undefined =>
  value === undefined || value === "" ? undefined : excerpt(site, value)

/** A code such as `rate_limit_exceeded` is the name of an error, whatever the prompt speaks of. */
const scrubCode = (site: CallContext, code: string | undefined): string | undefined =>
  code !== undefined && ((/^[a-z]+(?:_[a-z]+)+$/.test(code) && code.length <= 64) || statusOf(code) !== undefined)
    ? redact(code, site.secrets.credentials())
    : scrubMaybe(site, code)

/** Something lower as plain data. A live platform error holds the request with its token. */
const snapshot = (site: CallContext, cause: unknown): CauseSnapshot => {
  const lowest = deepest(cause)
  return { ...lowest, message: excerpt(site, lowest.message) }
}

const deepest = (cause: unknown): CauseSnapshot => {
  let name = "Error"
  let message = ""
  let code: string | undefined
  let at = cause
  // The causes that tell what happened lie deepest: "fetch failed" hides ECONNREFUSED.
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

interface Described extends Pick<Reason, "code" | "status" | "requestId"> {
  readonly message: string | undefined
  readonly issues: ReadonlyArray<Issue>
}

/** Searched before it is cut, so that half an echo does not slip through, and not again. */
const lineOf = (site: CallContext, body: string): string | undefined => {
  const line = firstLine(beginning(body), (text) => scrub(text, site.secrets))
  if (line !== undefined) site.secrets.scrubbed.set(line, line)
  return line
}

/** What a body says: of JSON its reason, of anything else its first line. */
const describe = (site: CallContext, json: unknown, body?: string): Described => {
  const reason = reasonOf(json)
  const { issues, message, param } = reason
  if (issues.length > 0) {
    const listed = sentence(issues)
    return { ...reason, message: message === undefined || listed.includes(message) ? listed : `${message}: ${listed}` }
  }
  if (message !== undefined) return { ...reason, issues: [{ path: param === undefined ? [] : [param], message }] }
  return body === undefined ? reason : { ...reason, message: lineOf(site, body) }
}

const sentence = (issues: ReadonlyArray<Issue>): string =>
  issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${formatPath(issue.path)}: ${issue.message}`))
    .join("; ")

/** What a field of the API is called. A server can put anything in the place of one. */
const fieldName = /^[a-z_]{1,40}$/

const scrubIssues = (site: CallContext, issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => ({
    path: issue.path.map((part) => (typeof part === "number" || fieldName.test(part) ? part : excerpt(site, part))),
    message: excerpt(site, issue.message)
  }))

const colon = (message: string | undefined): string =>
  message === undefined ? "." : `: ${message.replace(/\.?$/, ".")}`

type Failure =
  | { readonly tag: "invalid"; readonly issues: ReadonlyArray<Issue> }
  | { readonly tag: "authentication" | "permission" | "notFound" | "rateLimit" | "overloaded" | "server" }
  | { readonly tag: "unexpected"; readonly status: number }

/** The one table from statuses to errors. The last row is "any other". */
const tagOfStatus = (status: number, issues: ReadonlyArray<Issue>): Failure => {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return { tag: "invalid", issues }
    case 401:
      return { tag: "authentication" }
    case 403:
      return { tag: "permission" }
    case 404:
      return { tag: "notFound" }
    case 429:
      return { tag: "rateLimit" }
    case 503:
    case 529:
      return { tag: "overloaded" }
  }
  return status >= 500 ? { tag: "server" } : { tag: "unexpected", status }
}

const build = (
  failure: Failure,
  fields: ReturnType<typeof said> & {
    readonly message: string
    readonly status: number | undefined
    readonly code: string | undefined
    readonly requestId: string | undefined
    readonly retryAfter: Duration.Duration | undefined
    readonly body: string | undefined
    readonly received: Received | undefined
  }
): FriendliError => {
  switch (failure.tag) {
    case "invalid":
      return new InvalidRequestError(known({ ...fields, issues: failure.issues }))
    case "authentication":
      return new AuthenticationError(known(fields))
    case "permission":
      return new PermissionDeniedError(known(fields))
    case "notFound":
      return new NotFoundError(known(fields))
    case "rateLimit":
      return new RateLimitError(known(fields))
    case "overloaded":
      return new OverloadedError(known(fields))
    case "server":
      return new ServerError(known(fields))
    case "unexpected":
      return new UnexpectedStatusError(known({ ...fields, status: failure.status }))
  }
}

const textsOfStatus = (answer: Answer, described: Described, body: string): ReadonlyArray<string> =>
  beginnings(
    [body, described.message, described.code, requestIdOf(answer.headers) ?? described.requestId],
    described.issues
  )

/** The search of {@link ofStatus} ahead of it and in parts, so that a large request does not block the program. */
export const searchingOfStatus = (site: CallContext, answer: Answer, body: string): (() => boolean) =>
  searching(site.secrets, textsOfStatus(answer, describe(site, Either.getOrUndefined(parseJson(body))), body))

/** An answer whose status is no success. */
export const ofStatus = (site: CallContext, answer: Answer, body: string, now: number): FriendliError => {
  const json = Either.getOrUndefined(parseJson(body))
  search(site.secrets, textsOfStatus(answer, describe(site, json), body))
  const described = describe(site, json, body)
  const wait = parseRetryAfter(answer.headers, now)
  const requestId = requestIdOf(answer.headers) ?? described.requestId
  const failure = tagOfStatus(answer.status, scrubIssues(site, described.issues))
  const location = answer.headers["location"]
  const why =
    answer.status >= 300 && answer.status < 400 && location !== undefined
      ? "a redirect was not followed"
      : described.message
  // a wrong base URL shows in the whole one
  const called = failure.tag === "notFound" ? `${site.method} ${site.url} was called. ` : ""
  return build(failure, {
    ...said(site),
    message: `${site.operation} was answered with ${answer.status}${colon(scrubMaybe(site, why))} ${called}${adviceFor(answer.status, described.code)}`,
    status: answer.status,
    code: scrubCode(site, described.code),
    requestId: scrubMaybe(site, requestId),
    retryAfter: wait === undefined ? undefined : Duration.millis(wait),
    body: scrubMaybe(site, body),
    received: undefined
  })
}

/** An error inside a 200: a frame of a stream, or a JSON error where a stream was due. */
export const ofErrorFrame = (
  site: CallContext,
  answer: Answer,
  json: unknown,
  raw: string,
  received: Received | undefined
): FriendliError => {
  const described = describe(site, json)
  const { status } = described
  const why = described.message ?? (hasFailedChoice(json) ? 'a choice ended with the finish reason "error"' : undefined)
  const requestId = requestIdOf(answer.headers) ?? described.requestId
  searchAll(site, [raw, described.message, described.code, requestId], described.issues)
  const failure: Failure =
    status === undefined ? { tag: "server" } : tagOfStatus(status, scrubIssues(site, described.issues))
  const advice =
    status === undefined
      ? "The generation stopped at the server; what had arrived is kept."
      : adviceFor(status, described.code)
  return build(failure, {
    ...said(site),
    message: `${site.operation} failed inside its answer${colon(scrubMaybe(site, why))} ${advice}`,
    status,
    code: scrubCode(site, described.code),
    requestId: scrubMaybe(site, requestId),
    retryAfter: undefined,
    body: excerpt(site, raw),
    received
  })
}

/** A request that was refused here, before any byte was sent. */
export const ofIssues = (site: CallContext, issues: ReadonlyArray<Issue>): InvalidRequestError =>
  new InvalidRequestError(
    known({
      ...said(site),
      message: `${site.operation} was not sent, since the request is not valid: ${sentence(issues)}.`,
      issues
    })
  )

/** The file of a request could not be read while it was sent. */
export const ofUnreadable = (site: CallContext, reason: unknown): InvalidRequestError => {
  const issues = [{ path: ["file"], message: "could not be read to its end; the cause says why" }]
  return new InvalidRequestError(
    known({
      ...said(site),
      message: `${site.operation} was not completed, since the request is not valid: ${sentence(issues)}.`,
      issues,
      cause: snapshot(site, reason)
    })
  )
}

/** What is known of an answer that a failure of the transport ended. */
interface Context {
  readonly answer?: Answer | undefined
  readonly received?: Received | undefined
  readonly body?: string | undefined
}

/** What each error says that a failure of the transport or a timeout brings about. */
const given = (site: CallContext, context: Context = {}) => ({
  ...said(site),
  ...(context.answer && answered(site, context.answer)),
  body: scrubMaybe(site, context.body),
  received: context.received
})

/** How long an attempt had waited, in milliseconds: since its last progress, and in all. */
export interface Waited {
  readonly idle: number
  readonly total: number
}

/** A failure of the transport: a connection that failed, or a timeout that is not the SDK's. */
export const ofTransport = (
  site: CallContext,
  phase: "connect" | "body",
  cause: unknown,
  waited: Waited,
  context?: Context
): ConnectionError | RequestTimeoutError => {
  searchAll(site, [deepest(cause).message, context?.body, context?.answer && requestIdOf(context.answer.headers)])
  const lower = snapshot(site, cause)
  const timeout = timeoutOf(phase, lower)
  return timeout === undefined
    ? ofConnection(site, phase, lower, context)
    : ofTransportTimeout(site, timeout, lower, waited, context)
}

/**
 * Which timeout of the transport it was, if it was one. undici names its own; an `AbortSignal`, of a fetch with a limit of its own or of
 * Bun's, does not tell what it limits. A connection that was not made in time (`UND_ERR_CONNECT_TIMEOUT`) is a failed connection.
 */
const timeoutOf = (
  phase: "connect" | "body",
  { code, name }: CauseSnapshot
): "headers" | "idle" | "total" | undefined => {
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "headers"
  if (code === "UND_ERR_BODY_TIMEOUT") return "idle"
  if (name !== "TimeoutError" && name !== "AbortError") return undefined
  return phase === "connect" ? "headers" : "total"
}

const ofTransportTimeout = (
  site: CallContext,
  clock: "headers" | "idle" | "total",
  lower: CauseSnapshot,
  waited: Waited,
  context: Context | undefined
): RequestTimeoutError => {
  const millis = clock === "total" ? waited.total : waited.idle
  const shown = Duration.format(Duration.millis(millis < 1000 ? millis : Math.round(millis / 1000) * 1000))
  const name = lower.code ?? lower.name
  const what = {
    headers: `got no answer within ${shown}: a limit of the HTTP layer (${name}), not headersTimeout, ended the wait`,
    idle: `received nothing for ${shown} in the middle of the answer: a limit of the HTTP layer (${name}), not idleTimeout, ended the wait`,
    total: `was ended in the middle of the answer after ${shown} by a limit of the HTTP layer (${name}), not the option timeout`
  }[clock]
  const lift = "Lift the limit there (NodeHttpClient.layerUndici waits as long as the options of the SDK say)"
  return new RequestTimeoutError(
    known({
      ...given(site, context),
      message: `${site.operation} ${what}.${site.generates ? ` ${notRepeated}` : ""} ${lift}${site.isStream ? "" : ", or stream the answer"}.`,
      kind: clock,
      limit: Duration.millis(millis),
      mayBeBilled: site.generates ? true : undefined,
      cause: lower
    })
  )
}

const notRepeated = "It is not repeated by itself, since the answer may be generated and billed all the same."

const ofConnection = (
  site: CallContext,
  phase: "connect" | "body",
  lower: CauseSnapshot,
  context: Context | undefined
): ConnectionError => {
  const reason = lower.code ?? lower.message
  return new ConnectionError(
    known({
      ...given(site, context),
      message:
        phase === "connect"
          ? `${site.operation} got no answer: the connection failed${colon(reason === "" ? undefined : reason)} Check the base URL and the network.`
          : `${site.operation} lost its connection in the middle of the answer${colon(reason === "" ? undefined : reason)} It is not repeated by itself, since the work may have been done.`,
      phase,
      cause: lower
    })
  )
}

export const ofTimeout = (
  site: CallContext,
  clock: "headers" | "idle" | "total",
  after: Duration.Duration,
  context?: Context
): RequestTimeoutError => {
  searchAll(site, [context?.body, context?.answer && requestIdOf(context.answer.headers)])
  const what = {
    headers: "got no answer within",
    idle: "stood still in the middle of the answer for",
    total: "took longer than"
  }[clock]
  const option = { headers: "headersTimeout", idle: "idleTimeout", total: "timeout" }[clock]
  const advice =
    site.generates && clock === "headers"
      ? `${notRepeated} ${site.isStream ? "S" : "Stream the answer, or s"}et the option ${option} to wait longer.`
      : `Set the option ${option} to wait longer.`
  return new RequestTimeoutError(
    known({
      ...given(site, context),
      message: `${site.operation} ${what} ${Duration.format(after)}. ${advice}`,
      kind: clock,
      limit: after,
      mayBeBilled: site.generates ? true : undefined
    })
  )
}

export const ofDecode = (
  site: CallContext,
  answer: Answer,
  what: string,
  body: string,
  context?: {
    readonly issues?: ReadonlyArray<Issue> | undefined
    readonly received?: Received | undefined
    readonly cause?: unknown
  }
): ResponseDecodeError => {
  searchAll(site, [what, body, requestIdOf(answer.headers), deepest(context?.cause).message], context?.issues)
  const issues = scrubIssues(site, context?.issues ?? [])
  return new ResponseDecodeError(
    known({
      ...said(site),
      ...answered(site, answer),
      message: `${site.operation} was answered with ${excerpt(site, what)}${issues.length === 0 ? "" : `: ${sentence(issues)}`}. The answer's beginning is in body.`,
      body: excerpt(site, body),
      issues,
      received: context?.received,
      cause: context?.cause === undefined ? undefined : snapshot(site, context.cause)
    })
  )
}

export const ofTruncation = (
  site: CallContext,
  answer: Answer,
  received: Received,
  rest: string
): StreamTruncatedError => {
  searchAll(site, [rest, requestIdOf(answer.headers)])
  return new StreamTruncatedError(
    known({
      ...said(site),
      ...answered(site, answer),
      message: `${site.operation} was cut short: the stream ended after ${received.events} event${received.events === 1 ? "" : "s"} without its end. What had arrived is not the whole answer.`,
      body: scrubMaybe(site, rest),
      received
    })
  )
}
