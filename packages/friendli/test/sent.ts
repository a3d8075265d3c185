/** What the tests of several capabilities say about requests. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { FriendliError } from "effect-friendli/FriendliError"
import { MockHttpClient } from "effect-friendli/testing"
import type * as Vectors from "effect-friendli-vectors"

/** The first request is that of the vector: method, URL, body, and the headers that the API reads. */
export const assertSentAs = (
  wire: Vectors.WireRequest,
  body: unknown
): Effect.Effect<void, never, MockHttpClient.MockHttpClient> =>
  Effect.map(MockHttpClient.requests, ([sent]) => {
    assert.strictEqual(sent?.method, wire.method)
    assert.strictEqual(sent?.url, wire.url)
    assert.deepStrictEqual(sent?.json, body)
    for (const name of ["accept", "content-type", "x-friendli-team"]) {
      assert.strictEqual(sent?.headers[name], wire.headers[name], name)
    }
  })

/** Each of these requests is rejected before anything is sent, and its error names the operation and the one wrong field. */
export const assertRejected = <R>(
  call: (request: never) => Effect.Effect<unknown, FriendliError, R>,
  operation: string,
  deployment: string,
  bad: ReadonlyArray<readonly [field: string, request: object]>
): Effect.Effect<void, unknown, R | MockHttpClient.MockHttpClient> =>
  Effect.gen(function* () {
    for (const [field, request] of bad) {
      const error = yield* Effect.flip(call(request as never))
      assert(error._tag === "InvalidRequestError")
      assert.isUndefined(error.status)
      assert.strictEqual(error.operation, operation)
      assert.strictEqual(error.deployment, deployment)
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path.join(".")),
        [field]
      )
    }
    assert.lengthOf(yield* MockHttpClient.requests, 0)
  })
