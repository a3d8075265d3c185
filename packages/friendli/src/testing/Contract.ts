/** Checks that a server is compatible with this SDK: a mock, a gateway or your own engine. */
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
import * as Cost from "../Cost.js"
import * as Datasets from "../Datasets.js"
import * as Dedicated from "../Dedicated.js"
import * as Deployment from "../core/Deployment.js"
import * as Embeddings from "../Embeddings.js"
import * as Endpoints from "../Endpoints.js"
import * as FriendliClient from "../client/FriendliClient.js"
import type { FriendliStreamError } from "../errors/FriendliError.js"
import * as Images from "../Images.js"
import { locate } from "../core/url.js"
import * as Knowledge from "../Knowledge.js"
import * as Management from "../Management.js"
import * as Messages from "../Messages.js"
import * as Models from "../Models.js"
import type { Any, Streaming, Unary } from "../core/Operation.js"
import * as Responses from "../Responses.js"
import * as Retry from "../core/Retry.js"
import { formatPath } from "../internal/issues.js"
import * as Serverless from "../Serverless.js"
import * as Tokens from "../Tokens.js"
import * as ToolAssistedChat from "../ToolAssistedChat.js"
import * as Usage from "../Usage.js"

/** The location of the API, and the time limit. */
export interface Options {
  /** The deployment whose paths are checked, or management, of which only reading operations are checked. Default: `"serverless"`. */
  readonly deployment?: "serverless" | "dedicated" | "container" | "management" | undefined
  /** Default: the base URL of the deployment, which an in-process client can answer too. */
  readonly baseUrl?: string | undefined
  /** A valid token. Default: `"flp_contract"`. */
  readonly token?: string | undefined
  /** An available model. Default: `"meta-llama-3.1-8b-instruct"`. */
  readonly model?: string | undefined
  /** For `"serverless"`: the id of a knowledge base that exists. Default: none; retrieval is then not checked. */
  readonly knowledgeId?: string | undefined
  /** For `"management"`: the id of an endpoint that exists. Default: none; operations that read one endpoint are then not checked. */
  readonly endpointId?: string | undefined
  /** The time limit of each answer, on the `Clock`. Default: 10 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

interface Described {
  /** The name of the operation, for example `"Chat.stream"`. */
  readonly operation: string
  /** What was sent: `"a good request"`, `"a request without a token"`, … */
  readonly attempt: string
  /** A sentence that describes the finding. */
  readonly message: string
}

/**
 * A difference from the API.
 *
 * - `Undecodable`: the answer, or an event of it, has another shape; `issues` has the places.
 * - `IncompleteStream`: a stream without a proper end: cut short, broken, or still open after the time limit.
 * - `WrongStatus`: a status that is not one of the expected ones.
 * - `NoAnswer`: no answer, or none before the time limit.
 */
export type Finding =
  | (Described & { readonly _tag: "Undecodable"; readonly issues: ReadonlyArray<string> })
  | (Described & { readonly _tag: "IncompleteStream"; readonly events: number })
  | (Described & { readonly _tag: "WrongStatus"; readonly status: number; readonly expected: ReadonlyArray<number> })
  | (Described & { readonly _tag: "NoAnswer" })

/** The result of a check. */
export interface Report {
  readonly findings: ReadonlyArray<Finding>
  /** The operations that were checked. */
  readonly checked: ReadonlyArray<string>
  /**
   * The operations that the server does not have: it answered with 404, 405 or 501. Only operations other than the four
   * core ones may be missing.
   */
  readonly missing: ReadonlyArray<string>
}

/**
 * A server is not compatible. The message has all findings.
 * @category errors
 */
export class ContractBroken extends Data.TaggedError("ContractBroken")<{
  readonly message: string
  readonly findings: ReadonlyArray<Finding>
}> {}

// ---------------------------------------------------------------------------
// operations
// ---------------------------------------------------------------------------

type Run = (client: FriendliClient.FriendliClient.Service) => Effect.Effect<number, FriendliStreamError>

interface Probe {
  readonly name: string
  readonly operation: Any<never, unknown>
  /** Whether every server must have the operation. */
  readonly isRequired: boolean
  readonly streams: boolean
  /** Returns the number of events. */
  readonly run: Run
}

const unary = <Request, Response>(
  operation: Unary<Request, Response>,
  request: Request,
  isRequired: boolean
): Probe => ({
  name: operation.name,
  operation,
  isRequired,
  streams: false,
  run: (client) => Effect.as(client.execute(operation, request), 1)
})

const streaming = <Request, Event>(
  operation: Streaming<Request, Event>,
  request: Request,
  isRequired: boolean
): Probe => ({
  name: operation.name,
  operation,
  isRequired,
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

const everywhere = (): ReadonlyArray<Probe> => {
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
    unary(Responses.createOperation, { input: "Hello!", max_output_tokens: 8 }, false),
    streaming(Responses.streamOperation, { input: "Hello!", max_output_tokens: 8 }, false),
    unary(Audio.transcribeOperation, { file }, false),
    streaming(Audio.streamOperation, { file }, false)
  ]
}

const render = () => unary(ChatRender.renderOperation, { messages: [{ role: "user", content: "Hello!" }] }, false)
/** Without the id of a knowledge base, retrieval has no valid request. */
const retrieve = (id: string | undefined): ReadonlyArray<Probe> =>
  id === undefined ? [] : [unary(Knowledge.retrieveOperation, { query: "Hello!", k: 1, knowledgeIds: [id] }, false)]

const toolAssisted = (): ReadonlyArray<Probe> => {
  const chat = {
    messages: [{ role: "user" as const, content: "What is 2 + 2?" }],
    tools: [{ type: "math:calculator" as const }],
    max_tokens: 8
  }
  return [
    unary(ToolAssistedChat.completeOperation, chat, false),
    streaming(ToolAssistedChat.streamOperation, chat, false)
  ]
}

const classify = () => unary(Classification.classifyOperation, { input: "Hello!" }, false)

const picture = { prompt: "a boat", num_inference_steps: 1 }
const change = { image: { image: pixel }, prompt: "red", num_inference_steps: 1 }

const day = 86_400_000

/** A whole past day, for which every server knows the usage. */
const yesterday = () => {
  const today = Math.floor(Date.now() / day) * day
  return { start_time: new Date(today - day), end_time: new Date(today) }
}

/** Without the id of an endpoint, these operations have no valid request. */
const endpoint = (endpoint_id: string | undefined): ReadonlyArray<Probe> =>
  endpoint_id === undefined
    ? []
    : [
        unary(Endpoints.getOperation, { endpoint_id }, false),
        unary(Endpoints.statusOperation, { endpoint_id }, false),
        unary(Endpoints.versionsOperation, { endpoint_id }, false)
      ]

/** Only reading operations: a check must not create anything that costs money. */
const management = ({ endpointId }: Options): ReadonlyArray<Probe> => [
  unary(Endpoints.listOperation, {}, false),
  ...endpoint(endpointId),
  unary(Datasets.listOperation, { projectId: "contract" }, false),
  unary(Usage.getOperation, yesterday(), false),
  unary(Cost.getOperation, yesterday(), false)
]

const deployments = {
  management: {
    kind: Management.kind,
    probes: management
  },
  serverless: {
    kind: Serverless.kind,
    probes: ({ knowledgeId }: Options) => [
      ...everywhere(),
      render(),
      unary(Models.listOperation, {}, false),
      ...toolAssisted(),
      ...retrieve(knowledgeId)
    ]
  },
  dedicated: {
    kind: Dedicated.kind,
    probes: () => [
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
    probes: () => [
      ...everywhere(),
      classify(),
      unary(Images.generateContainerOperation, picture, false),
      unary(Images.editContainerOperation, change, false)
    ]
  }
} as const

// ---------------------------------------------------------------------------
// findings
// ---------------------------------------------------------------------------

const absent: ReadonlySet<number | undefined> = new Set([404, 405, 501])

/** Turns an error of the SDK into a finding about the server. */
const findingOf = (probe: Probe, attempt: string, error: FriendliStreamError): Finding => {
  const described = { operation: probe.name, attempt, message: error.message }
  const events = error.received?.events ?? 0
  switch (error._tag) {
    case "ResponseDecodeError":
      return {
        _tag: "Undecodable",
        ...described,
        issues: error.issues.map((issue) =>
          issue.path.length === 0 ? issue.message : `${formatPath(issue.path)}: ${issue.message}`
        )
      }
    case "StreamTruncatedError":
      return { _tag: "IncompleteStream", ...described, events }
    case "ConnectionError":
      return probe.streams && error.phase === "body"
        ? { _tag: "IncompleteStream", ...described, events }
        : { _tag: "NoAnswer", ...described }
    case "RequestTimeoutError":
      return probe.streams && error.received !== undefined
        ? { _tag: "IncompleteStream", ...described, events }
        : { _tag: "NoAnswer", ...described }
    case "InvalidRequestError":
    case "AuthenticationError":
    case "PermissionDeniedError":
    case "NotFoundError":
    case "RateLimitError":
    case "OverloadedError":
    case "ServerError":
    case "UnexpectedStatusError":
      return { _tag: "WrongStatus", ...described, status: error.status ?? 0, expected: [200] }
  }
}

interface Target {
  readonly deployment: Deployment.Deployment
  readonly client: FriendliClient.FriendliClient.Service
  readonly http: HttpClient.HttpClient
  readonly token: string
  readonly model: string
  readonly timeout: Duration.Duration
}

const goodRequest = (target: Target, probe: Probe): Effect.Effect<Option.Option<Finding> | "missing"> => {
  const attempt = "a good request"
  return Effect.match(probe.run(target.client), {
    onFailure: (error) =>
      !probe.isRequired && absent.has(error.status) ? "missing" : Option.some(findingOf(probe, attempt, error)),
    onSuccess: (events) =>
      events > 0
        ? Option.none()
        : Option.some({
            _tag: "Undecodable",
            operation: probe.name,
            attempt,
            message: `${probe.name} was answered with a stream without events.`,
            issues: []
          })
  })
}

/** An invalid request, and the expected statuses. */
const badRequest = (
  target: Target,
  probe: Probe,
  attempt: string,
  expected: ReadonlyArray<number>,
  change: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest
): Effect.Effect<Option.Option<Finding>> => {
  const { deployment, http, timeout, token } = target
  const { operation } = probe
  const { url } = Either.getOrThrow(locate(deployment, operation, undefined as never))
  const request = change(HttpClientRequest.bearerToken(HttpClientRequest.make(operation.method)(url), token))
  const described = { operation: probe.name, attempt }
  return Effect.scoped(
    Effect.flatMap(HttpClient.withScope(http).execute(request), (response) => Effect.succeed(response.status))
  ).pipe(
    Effect.timeout(timeout),
    Effect.match({
      onFailure: () =>
        Option.some({
          _tag: "NoAnswer",
          ...described,
          message: `${probe.name} did not answer ${attempt}.`
        }),
      onSuccess: (status) =>
        expected.includes(status)
          ? Option.none()
          : Option.some({
              _tag: "WrongStatus",
              ...described,
              status,
              expected,
              message: `${probe.name} answered ${attempt} with ${status}, not with ${expected.join(" or ")}.`
            })
    })
  )
}

const badRequests = (target: Target, probe: Probe): ReadonlyArray<Effect.Effect<Option.Option<Finding>>> => {
  // the catalogue takes no body, and needs no token
  if (!probe.operation.hasBody) return []
  const isForm = probe.operation.encodeBody !== undefined
  const unprocessable = [400, 422]
  const text = (body: string) => HttpClientRequest.bodyText(body, "application/json")
  const model = { model: target.model, ...probe.operation.bodyOverrides }
  const form = HttpClientRequest.bodyFormDataRecord(
    Object.fromEntries(Object.entries(model).map(([name, value]) => [name, String(value)]))
  )
  const lacking = isForm ? form : text(JSON.stringify(model))
  return [
    ...(isForm ? [] : [badRequest(target, probe, "a body that is not JSON", unprocessable, text(`{"model": `))]),
    badRequest(target, probe, "a request that lacks its required fields", unprocessable, lacking),
    ...(target.deployment.requiresToken
      ? [
          badRequest(target, probe, "a request without a token", [401, 403], (request) =>
            lacking(HttpClientRequest.make(request.method)(request.url))
          )
        ]
      : [])
  ]
}

/**
 * Sends requests for every operation of a deployment with the `HttpClient` in the context, as the SDK does, and returns
 * the differences from the API.
 *
 * **When to use**: in the tests of a mock, a gateway or an engine. `verify` does the same and fails if there are
 * findings.
 *
 * **Details**: each operation gets a valid request: its answer must decode, and a stream must be complete. Then the server must reject a
 * body that is not JSON and a request without its required fields with 400 or 422, and a request without a token (if one is needed) with
 * 401 or 403. Operations without a body get only the valid request. The four core operations (chat, completions, tokenization,
 * detokenization) must exist; other operations are skipped if the server answers with 404, 405 or 501, and are then in `missing`. Nothing
 * is retried. Needs no schema files. For management only operations that read are sent.
 *
 * **Gotchas**: against the real service this generates a few tokens, and pictures. It checks the form of answers, not
 * their content.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 * import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
 * import { Contract } from "effect-friendli/testing"
 *
 * Contract.check({ deployment: "dedicated" }).pipe(
 *   Effect.provide(EmulatorHttpClient.layer(makeEmulator())),
 *   Effect.runPromise
 * ).then(({ checked, findings, missing }) => console.log(checked.length, findings, missing))
 * // => 17 [] []
 * ```
 * @category checks
 */
export const check = (options?: Options): Effect.Effect<Report, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { kind, probes } = deployments[options?.deployment ?? "serverless"]
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
    const target: Target = { deployment, client, http, token, model, timeout }

    const findings: Array<Finding> = []
    const checked: Array<string> = []
    const missing: Array<string> = []
    for (const probe of probes(options ?? {})) {
      const found = yield* goodRequest(target, probe)
      if (found === "missing") {
        missing.push(probe.name)
        continue
      }
      checked.push(probe.name)
      const all = [found, ...(yield* Effect.all(badRequests(target, probe)))]
      findings.push(...all.flatMap(Option.toArray))
    }
    return { findings, checked, missing }
  })

/**
 * As `check`, and fails with a `ContractBroken` when there are findings.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { makeEmulator } from "effect-friendli-emulator/Emulator"
 * import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
 * import { Contract } from "effect-friendli/testing"
 *
 * Contract.verify({ deployment: "container" }).pipe(
 *   Effect.provide(EmulatorHttpClient.layer(makeEmulator())),
 *   Effect.runPromise
 * ).then(({ checked }) => console.log(checked[0]))
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
