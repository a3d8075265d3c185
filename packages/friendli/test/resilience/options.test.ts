/**
 * Options of the layers that are rejected when the layer is built.
 */
import { assert, describe } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Resilience from "effect-friendli/Resilience"
import { it } from "../it.js"
import { type Guarding } from "../support.js"

describe("options that are not valid", () => {
  const cases: ReadonlyArray<readonly [string, Effect.Effect<unknown, ConfigError.ConfigError>]> = [
    ["permits", built(Resilience.layerConcurrency({ permits: 0 }))],
    ["permits", built(Resilience.layerConcurrency({ permits: 1.5 }))],
    ["maxWaiting", built(Resilience.layerConcurrency({ permits: 1, maxWaiting: -1 }))],
    ["maxWait", built(Resilience.layerConcurrency({ permits: 1, maxWait: "soon" as never }))],
    ["requestsPerMinute", built(Resilience.layerRateLimit({ requestsPerMinute: 0 }))],
    ["tokensPerMinute", built(Resilience.layerRateLimit({ tokensPerMinute: Number.NaN }))],
    ["failureThreshold", built(Resilience.layerCircuitBreaker({ failureThreshold: 0 }))],
    ["failureThreshold.rate", Resilience.makeCircuitBreaker({ failureThreshold: { rate: 0, of: 10 } })],
    ["failureThreshold.of", Resilience.makeCircuitBreaker({ failureThreshold: { rate: 0.5, of: 0 } })]
  ]
  for (const [setting, effect] of cases) {
    it.effect(`are named: ${setting}`, () =>
      Effect.gen(function* () {
        assert.include(String(yield* Effect.flip(effect)), setting)
      })
    )
  }
})

function built(layer: Guarding): Effect.Effect<unknown, ConfigError.ConfigError> {
  return Effect.scoped(Layer.build(layer))
}
