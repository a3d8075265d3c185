import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { listen } from "effect-friendli-emulator/NodeServer"

/** What holds for layers that follow redirects. */
export const redirects = (httpLayer: Layer.Layer<HttpClient.HttpClient>): void => {
  it.live("a redirect to another origin does not take the token along", () =>
    Effect.gen(function* () {
      const other = yield* Effect.acquireRelease(
        Effect.promise(() => listen()),
        (server) => Effect.promise(() => server.close())
      )
      const first = yield* Effect.acquireRelease(
        Effect.promise(() => listen()),
        (server) => Effect.promise(() => server.close())
      )
      first.faults.enqueue({ redirect: `${other.url}/serverless/v1/chat/completions` })
      const error = yield* Effect.flip(
        Chat.complete({ model: "m", messages: [{ role: "user", content: "Hello!" }] }, { retry: Retry.never })
      ).pipe(
        Effect.provide(Serverless.layer({ token: "flp_do_not_forward", baseUrl: first.url })),
        Effect.provide(httpLayer)
      )
      assert.isTrue(first.requests[0]!.authorized)
      assert.strictEqual(other.requests.length, 1)
      assert.isFalse(other.requests[0]!.authorized)
      assert.strictEqual(error._tag, "AuthenticationError")
    }).pipe(Effect.scoped)
  )
}
