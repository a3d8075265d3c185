/**
 * What the unit tests and the exhaustive tests of `Files` share.
 */
import * as Layer from "effect/Layer"
import * as Files from "effect-friendli/Files"
import * as Management from "effect-friendli/Management"
import { MockHttpClient } from "effect-friendli/testing"

/** `Files` over a scripted client. */
export const over = (script: MockHttpClient.Script) =>
  Files.layer.pipe(
    Layer.provide(Management.layerClient({ token: "test-token" })),
    Layer.provideMerge(MockHttpClient.layer(script))
  )
