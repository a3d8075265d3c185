/** Checks that a server gets on with this SDK: a mock, a gateway, an engine of one's own. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Audio from "../Audio.js"
import * as Chat from "../Chat.js"
import * as ChatRender from "../ChatRender.js"
import * as Classification from "../Classification.js"
import * as Completions from "../Completions.js"
import * as Container from "../Container.js"
import * as Dedicated from "../Dedicated.js"
import * as Deployment from "../core/Deployment.js"
import * as Embeddings from "../Embeddings.js"
import * as FriendliClient from "../client/FriendliClient.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import * as Images from "../Images.js"
import { locate } from "../core/url.js"
import * as Messages from "../Messages.js"
import type { Any, Streaming, Unary } from "../core/Operation.js"
import * as Retry from "../core/Retry.js"
import { formatPath } from "../internal/issues.js"
import * as Serverless from "../Serverless.js"
import * as Tokens from "../Tokens.js"

/**
 * Where the API is expected, and how long it may take.
 * @category models
 */
export interface Options {
  /** Which paths are asked. Default `"serverless"`. */
  readonly deployment?: "serverless" | "dedicated" | "container" | undefined
  /** Default: the deployment's own, which a client in the process answers too. */
  readonly baseUrl?: string | undefined
  /** A token that is accepted. Default `"flp_contract"`. */
  readonly token?: string | undefined
  /** A model that is served. Default `"meta-llama-3.1-8b-instruct"`. */
  readonly model?: string | undefined
  /** How long each answer may take, on the `Clock`. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

interface Said {
  /** As `"Chat.stream"`. */
  readonly operation: string
  /** What was tried: `"a good request"`, `"a request without a token"`, … */
  readonly attempt: string
  /** A sentence for people. */
  readonly message: string
}

/**
 * Something that is not as the API promises.
 *
 * - `Undecodable`: the answer, or an event of it, has another shape; `issues` says where.
 * - `Endless`: a stream that does not end: cut short, broken, or still open when the time was up.
 * - `WrongStatus`: another status than one of those that are due.
 * - `NoAnswer`: no answer at all, or none in time.
 * @category models
 */
export type Finding =
  | (Said & { readonly _tag: "Undecodable"; readonly issues: ReadonlyArray<string> })
  | (Said & { readonly _tag: "Endless"; readonly events: number })
  | (Said & { readonly _tag: "WrongStatus"; readonly status: number; readonly due: ReadonlyArray<number> })
  | (Said & { readonly _tag: "NoAnswer" })

/**
 * What was found.
 * @category models
 */
export interface Report {
  readonly findings: ReadonlyArray<Finding>
  /** The operations that were checked. */
  readonly checked: ReadonlyArray<string>
  /** Those that the server does not have: it answered with 404, 405 or 501. Only capabilities beyond the four operations may be missing. */
  readonly missing: ReadonlyArray<string>
}

/**
 * A server does not keep the contract. The message tells every finding.
 * @category errors
 */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{
  readonly message: string
  readonly findings: ReadonlyArray<Finding>
}> {}

// ---------------------------------------------------------------------------
// what is tried
// ---------------------------------------------------------------------------

type Run = (client: FriendliClient.FriendliClient.Service) => Effect.Effect<number, FriendliStreamError>

interface Try {
  readonly name: string
  readonly operation: Any<never, unknown>
  /** One of the operations that every server has. */
  readonly heart: boolean
  readonly streams: boolean
  /** Gives the number of events. */
  readonly run: Run
}

const unary = <Request, Response>(operation: Unary<Request, Response>, request: Request, heart: boolean): Try => ({
  name: operation.name,
  operation,
  heart,
  streams: false,
  run: (client) => Effect.as(client.execute(operation, request), 1)
})

const streaming = <Request, Event>(operation: Streaming<Request, Event>, request: Request, heart: boolean): Try => ({
  name: operation.name,
  operation,
  heart,
  streams: true,
  run: (client) => Stream.runCount(client.stream(operation, request))
})

/** A tenth of a second of silence: 16 bits, one channel, 8 kHz. */
const silence = (): File => {
  const samples = 800
  const view = new DataView(new ArrayBuffer(44 + samples * 2))
  const text = (at: number, value: string) => {
    for (const [index, character] of [...value].entries()) view.setUint8(at + index, character.charCodeAt(0))
  }
  text(0, "RIFF")
  view.setUint32(4, 36 + samples * 2, true)
  text(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, 8000, true)
  view.setUint32(28, 16_000, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, "data")
  view.setUint32(40, samples * 2, true)
  return new File([view.buffer as ArrayBuffer], "silence.wav", { type: "audio/wav" })
}

/** A PNG of one pixel. */
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

const everywhere = (): ReadonlyArray<Try> => {
  const messages = [{ role: "user" as const, content: "Hello!" }]
  const chat = { messages, max_tokens: 8 }
  const completion = { prompt: "Once upon a time", max_tokens: 8 }
  const file = silence()
  return [
    unary(Chat.completeOperation, chat, true),
    streaming(Chat.streamOperation, chat, true),
    unary(Completions.completeOperation, completion, true),
    streaming(Completions.streamOperation, completion, true),
    unary(Tokens.tokenizeOperation, { prompt: "Hello!" }, true),
    unary(Tokens.detokenizeOperation, { tokens: [9906, 0] }, true),
    unary(Messages.createOperation, chat, false),
    streaming(Messages.streamOperation, chat, false),
    unary(Audio.transcribeOperation, { file }, false),
    streaming(Audio.streamOperation, { file }, false)
  ]
}

const render = () => unary(ChatRender.renderOperation, { messages: [{ role: "user", content: "Hello!" }] }, false)
const classify = () => unary(Classification.classifyOperation, { input: "Hello!" }, false)

const picture = { prompt: "a boat", num_inference_steps: 1 }
const change = { image: { image: pixel }, prompt: "red", num_inference_steps: 1 }

const deployments = {
  serverless: { kind: Serverless.kind, tries: () => [...everywhere(), render()] },
  dedicated: {
    kind: Dedicated.kind,
    tries: () => [
      ...everywhere(),
      render(),
      unary(Embeddings.createOperation, { input: "Hello!" }, false),
      classify(),
      unary(Images.generateOperation, picture, false),
      unary(Images.editOperation, change, false)
    ]
  },
  container: {
    kind: Container.kind,
    tries: () => [
      ...everywhere(),
      classify(),
      unary(Images.generateContainerOperation, picture, false),
      unary(Images.editContainerOperation, change, false)
    ]
  }
} as const

// ---------------------------------------------------------------------------
// what is found
// ---------------------------------------------------------------------------

const absent: ReadonlySet<number | undefined> = new Set([404, 405, 501])

/** What an error says about the server. */
const findingOf = (tried: Try, attempt: string, error: FriendliStreamError): Finding => {
  const said = { operation: tried.name, attempt, message: error.message }
  const events = error.received?.events ?? 0
  switch (error._tag) {
    case "ResponseDecodeError":
      return {
        _tag: "Undecodable",
        ...said,
        issues: error.issues.map((issue) =>
          issue.path.length === 0 ? issue.message : `${formatPath(issue.path)}: ${issue.message}`
        )
      }
    case "StreamTruncatedError":
      return { _tag: "Endless", ...said, events }
    case "ConnectionError":
      return tried.streams && error.phase === "body"
        ? { _tag: "Endless", ...said, events }
        : { _tag: "NoAnswer", ...said }
    case "RequestTimeoutError":
      return tried.streams && error.received !== undefined
        ? { _tag: "Endless", ...said, events }
        : { _tag: "NoAnswer", ...said }
    case "InvalidRequestError":
    case "AuthenticationError":
    case "PermissionDeniedError":
    case "NotFoundError":
    case "RateLimitError":
    case "OverloadedError":
    case "ServerError":
    case "UnexpectedStatusError":
      return { _tag: "WrongStatus", ...said, status: error.status ?? 0, due: [200] }
  }
}

interface Place {
  readonly deployment: Deployment.Deployment
  readonly client: FriendliClient.FriendliClient.Service
  readonly http: HttpClient.HttpClient
  readonly token: string
  readonly model: string
  readonly timeout: Duration.Duration
}

const goodRequest = (place: Place, tried: Try): Effect.Effect<Option.Option<Finding> | "missing"> => {
  const attempt = "a good request"
  return Effect.match(tried.run(place.client), {
    onFailure: (error) =>
      !tried.heart && absent.has(error.status) ? "missing" : Option.some(findingOf(tried, attempt, error)),
    onSuccess: (events) =>
      events > 0
        ? Option.none()
        : Option.some({
            _tag: "Undecodable",
            operation: tried.name,
            attempt,
            message: `${tried.name} was answered with a stream of no events.`,
            issues: []
          })
  })
}

/** A request that the SDK would not send, and the statuses that say so. */
const badRequest = (
  place: Place,
  tried: Try,
  attempt: string,
  due: ReadonlyArray<number>,
  change: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest
): Effect.Effect<Option.Option<Finding>> => {
  const { deployment, http, timeout, token } = place
  const { operation } = tried
  const { url } = Either.getOrThrow(locate(deployment, operation, undefined as never))
  const request = change(HttpClientRequest.bearerToken(HttpClientRequest.make(operation.method)(url), token))
  const said = { operation: tried.name, attempt }
  return Effect.scoped(
    Effect.flatMap(HttpClient.withScope(http).execute(request), (response) => Effect.succeed(response.status))
  ).pipe(
    Effect.timeout(timeout),
    Effect.match({
      onFailure: () =>
        Option.some({
          _tag: "NoAnswer",
          ...said,
          message: `${tried.name} did not answer ${attempt}.`
        }),
      onSuccess: (status) =>
        due.includes(status)
          ? Option.none()
          : Option.some({
              _tag: "WrongStatus",
              ...said,
              status,
              due,
              message: `${tried.name} answered ${attempt} with ${status}; ${due.join(" or ")} is due.`
            })
    })
  )
}

const badRequests = (place: Place, tried: Try): ReadonlyArray<Effect.Effect<Option.Option<Finding>>> => {
  const isForm = tried.operation.encodeBody !== undefined
  const unprocessable = [400, 422]
  const text = (body: string) => HttpClientRequest.bodyText(body, "application/json")
  const model = { model: place.model, ...tried.operation.bodyOverrides }
  const form = HttpClientRequest.bodyFormDataRecord(
    Object.fromEntries(Object.entries(model).map(([name, value]) => [name, String(value)]))
  )
  const lacking = isForm ? form : text(JSON.stringify(model))
  return [
    ...(isForm ? [] : [badRequest(place, tried, "a body that is no JSON", unprocessable, text(`{"model": `))]),
    badRequest(place, tried, "a request that lacks its required fields", unprocessable, lacking),
    ...(place.deployment.requiresToken
      ? [
          badRequest(place, tried, "a request without a token", [401, 403], (request) =>
            lacking(HttpClientRequest.make(request.method)(request.url))
          )
        ]
      : [])
  ]
}

/**
 * Asks the `HttpClient` in the context for every operation of a deployment, as the SDK does, and tells what is not as the API promises.
 *
 * **When to use**: in the tests of a mock, a gateway or an engine. `verify` does the same and fails.
 *
 * **Details**: each operation gets a good request: its answer has to decode, and a stream has to come to its end. Then requests that are
 * no JSON, that lack their fields, or that have no token (where one is needed) have to be refused with 400 or 422, and 401 or 403. The four
 * operations (chat, completions, tokenization, detokenization) have to be there; other capabilities are passed over where the server answers
 * with 404, 405 or 501, and are then in `missing`. Nothing is asked twice. Needs no schema files.
 *
 * **Gotchas**: against the real service this generates a few tokens, and pictures. It does not check what answers say, only their form.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 * import { Contract } from "effect-friendli/testing"
 *
 * const http = FetchHttpClient.layer.pipe(
 *   Layer.provide(Layer.succeed(FetchHttpClient.Fetch, makeEmulator().fetch))
 * )
 * Contract.check({ deployment: "dedicated" }).pipe(
 *   Effect.provide(http),
 *   Effect.runPromise
 * ).then(({ checked, findings, missing }) => console.log(checked.length, findings, missing))
 * // => 15 [] []
 * ```
 * @category checks
 */
export const check = (options?: Options): Effect.Effect<Report, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { kind, tries } = deployments[options?.deployment ?? "serverless"]
    const timeout = Duration.decode(options?.timeout ?? "10 seconds")
    const token = options?.token ?? "flp_contract"
    const model = options?.model ?? "meta-llama-3.1-8b-instruct"
    const deployment = yield* Effect.orDie(
      Deployment.make(kind, {
        token,
        model,
        retry: Retry.never,
        timeout,
        ...(options?.baseUrl === undefined ? {} : { baseUrl: options.baseUrl })
      })
    )
    const http = yield* HttpClient.HttpClient
    const client = yield* FriendliClient.make(deployment)
    const place: Place = { deployment, client, http, token, model, timeout }

    const findings: Array<Finding> = []
    const checked: Array<string> = []
    const missing: Array<string> = []
    for (const tried of tries()) {
      const found = yield* goodRequest(place, tried)
      if (found === "missing") {
        missing.push(tried.name)
        continue
      }
      checked.push(tried.name)
      const all = [found, ...(yield* Effect.all(badRequests(place, tried)))]
      findings.push(...all.flatMap(Option.toArray))
    }
    return { findings, checked, missing }
  })

/**
 * As `check`, and fails with a `ContractBroken` when there are findings.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 * import { Contract } from "effect-friendli/testing"
 *
 * const http = FetchHttpClient.layer.pipe(
 *   Layer.provide(Layer.succeed(FetchHttpClient.Fetch, makeEmulator().fetch))
 * )
 * Effect.runPromise(Effect.provide(Contract.verify({ deployment: "container" }), http)).then(({ checked }) => console.log(checked[0]))
 * // => Chat.complete
 * ```
 * @category checks
 */
export const verify = (options?: Options): Effect.Effect<Report, ContractBroken, HttpClient.HttpClient> =>
  Effect.flatMap(check(options), (report) =>
    report.findings.length === 0
      ? Effect.succeed(report)
      : Effect.fail(
          new ContractBroken({
            message: report.findings
              .map(({ _tag, attempt, message, operation }) => `${_tag}: ${operation}, ${attempt}: ${message}`)
              .join("\n"),
            findings: report.findings
          })
        )
  )
