/** What the tests of cassettes share: programs that are recorded. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { Cassette } from "effect-friendli/testing"

export const token = "flp_A1b2C3d4E5f6G7h8"
export const settings = { token, model: "meta-llama-3.1-8b-instruct", retry: Retry.never } as const

/** Runs a program on an `HttpClient` that is recorded, and gives the tape too. */
export const recorded = <A, E>(
  program: Effect.Effect<A, E, HttpClient.HttpClient>,
  http: Layer.Layer<HttpClient.HttpClient>,
  options?: Cassette.RecordOptions
) =>
  Effect.gen(function* () {
    const ref = yield* Ref.make(Cassette.empty)
    const value = yield* Effect.provide(program, Cassette.record(ref, options).pipe(Layer.provide(http)))
    return { value, tape: yield* Ref.get(ref) }
  })

export const friendli = Effect.provide(Serverless.layer(settings))

export const post = (
  body: string,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<string, HttpClientError, HttpClient.HttpClient> =>
  Effect.flatMap(
    HttpClient.execute(
      HttpClientRequest.post("http://localhost/a").pipe(
        HttpClientRequest.setBody(HttpBody.text(body, "application/json")),
        HttpClientRequest.setHeaders(headers)
      )
    ),
    (response) => response.text
  )
