/**
 * The pipeline of operations with one answer.
 */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { FriendliError } from "../FriendliError.js"
import type { WithResponse } from "../FriendliClient.js"
import type { Unary } from "../Operation.js"
import type { RequestOptions } from "../RequestOptions.js"
import { formatIssues } from "../schema/issues.js"
import { within } from "./clocks.js"
import * as exchange from "./exchange.js"
import * as failures from "./failures.js"
import { parseJson } from "./json.js"
import * as telemetry from "./telemetry.js"

const readText = (
  prepared: exchange.Prepared,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string, FriendliError> =>
  exchange.withOwnScope((scope) =>
    Effect.flatMap(exchange.pullBytes(response, scope), (pull) => {
      const { settings, site } = prepared
      const reader = exchange.makeTextReader()
      const next = within(
        Effect.mapError(pull, (end) =>
          Option.map(end, (error): FriendliError =>
            failures.ofConnection(site, "body", error, { answer: response, body: reader.text() })
          )
        ),
        settings.idleTimeout,
        () =>
          Option.some<FriendliError>(
            failures.ofTimeout(site, "idle", settings.idleTimeout, { answer: response, body: reader.text() })
          )
      )
      const loop: Effect.Effect<string, FriendliError> = Effect.matchEffect(next, {
        onSuccess: (chunk) => {
          reader.add(chunk)
          return loop
        },
        onFailure: Option.match({ onNone: () => Effect.sync(() => reader.text()), onSome: Effect.fail })
      })
      return loop
    })
  )

const parse = (
  prepared: exchange.Prepared,
  response: HttpClientResponse.HttpClientResponse,
  body: string
): Either.Either<unknown, FriendliError> =>
  Either.mapLeft(parseJson(body), (cause) => {
    const kind = response.headers["content-type"] ?? "no content type"
    const what = body === "" ? "an empty body where JSON was due" : `a body that is no whole JSON (${kind})`
    return failures.ofDecode(prepared.site, response, what, body, { cause })
  })

const attempt = <Request, Response>(
  environment: exchange.Environment,
  operation: Unary<Request, Response>,
  prepared: exchange.Prepared
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.flatMap(exchange.send(environment, prepared), (response) =>
    Effect.flatMap(readText(prepared, response), (body) =>
      Either.flatMap(parse(prepared, response, body), (json) =>
        Either.mapBoth(operation.decode(json), {
          onRight: (value): WithResponse<Response> => ({ value, response: exchange.responseInfo(response) }),
          onLeft: (issue): FriendliError =>
            failures.ofDecode(prepared.site, response, "JSON of another shape than the API promises", body, {
              issues: formatIssues(issue)
            })
        })
      )
    )
  )

export const run = <Request, Response>(
  environment: exchange.Environment,
  operation: Unary<Request, Response>,
  request: Request,
  options: RequestOptions | undefined
): Effect.Effect<WithResponse<Response>, FriendliError> =>
  Effect.useSpan(operation.name, { kind: "client", captureStackTrace: false }, (span) =>
    exchange.prepare(environment, operation, "application/json", request, options).pipe(
      Effect.flatMap((prepared) => {
        telemetry.annotate(span, telemetry.requestAttributes(operation, environment.deployment, prepared.body))
        const { retry, timeout } = prepared.settings
        return within(
          Effect.retry(attempt(environment, operation, prepared), exchange.policyOf(operation, retry)),
          timeout,
          () => failures.ofTimeout(prepared.site, "total", timeout)
        )
      }),
      Effect.withParentSpan(span),
      Effect.tapBoth({
        onSuccess: ({ response, value }) =>
          Effect.sync(() => {
            const observer = operation.observer()
            observer.observe(value)
            telemetry.annotate(span, { ...observer.attributes(), "friendli.request_id": response.requestId })
          }),
        onFailure: (error) => Effect.sync(() => telemetry.annotate(span, telemetry.errorAttributes(error)))
      })
    )
  )
