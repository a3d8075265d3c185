/**
 * What the unit tests and the exhaustive tests of `Cassette` share.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export const chat = { messages: [{ role: "user" as const, content: "Why is the sky blue?" }], max_tokens: 12, seed: 7 }

export const stream = Effect.flatMap(HttpClient.get("http://localhost/a"), (response) =>
  Stream.runCollect(
    Stream.mapEffect(response.stream, (bytes) => Effect.map(Clock.currentTimeMillis, (at) => [at, bytes] as const))
  )
)
