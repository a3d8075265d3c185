/**
 * What the unit tests and the exhaustive tests of `Images` share.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Images from "effect-friendli/Images"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import { it } from "./it.js"
import { type Part, rowsOf } from "./parts.js"

export const token = "flp_A1b2C3d4E5f6G7h8"

export const prompt = "A paper boat on a lake"

const deployments = {
  dedicated: Images.layer.pipe(Layer.provide(Dedicated.layerClient({ token: "test-token" }))),
  container: Images.layer.pipe(Layer.provide(Container.layerClient({ token: "test-token" })))
} as const

export type Deployment = keyof typeof deployments

export const names = ["dedicated", "container"] as const satisfies ReadonlyArray<Deployment>

/** The requests come from files or are wrong on purpose: their types are not what is tested here. */
export const operations = {
  generate: (request: unknown, options?: Parameters<typeof Images.generate>[1]) =>
    Images.generate(request as Images.GenerateImageRequest, options),
  edit: (request: unknown, options?: Parameters<typeof Images.edit>[1]) =>
    Images.edit(request as Images.EditImageRequest, options)
}

/** Runs with scripted answers; gives what was sent, too. */
export const scripted = <A, E>(
  deployment: Deployment,
  program: Effect.Effect<A, E, Images.Images>,
  script: MockHttpClient.Script
) =>
  Effect.gen(function* () {
    const outcome = yield* Effect.either(Effect.provide(program, deployments[deployment]))
    return { outcome, sent: yield* MockHttpClient.requests }
  }).pipe(Effect.provide(MockHttpClient.layer(script)))

export const okay = { dedicated: { data: [] }, container: { image: "/9j/" } } as const

const input = { image: "https://files.example/boat.png" }

const bodies = { generate: { prompt, model: "m" }, edit: { prompt, model: "m", image: input } }

type Case = readonly [field: string, extra: object, takenBy: ReadonlyArray<Deployment>]

const everywhere: ReadonlyArray<Case> = [
  ["response_format", { response_format: "url" }, ["dedicated"]],
  ["response_format", { response_format: "png" }, ["dedicated"]],
  ["response_format", { response_format: "jpg" }, ["dedicated"]],
  ["response_format", { response_format: "jpeg" }, names],
  ["response_format", { response_format: "raw" }, names],
  ["response_format", { response_format: null }, names],
  ["response_format", { response_format: "gif" }, []],
  ["guidance_scale", { guidance_scale: null }, ["dedicated"]],
  ["guidance_scale", { guidance_scale: 0 }, names],
  ["guidance_scale", { guidance_scale: -3.5 }, names],
  ["guidance_scale", { guidance_scale: Number.NaN }, []],
  ["guidance_scale", { guidance_scale: Infinity }, []],
  ["num_inference_steps", { num_inference_steps: 1 }, names],
  ["num_inference_steps", { num_inference_steps: 50 }, names],
  ["num_inference_steps", { num_inference_steps: undefined }, names],
  ["num_inference_steps", { num_inference_steps: 0 }, []],
  ["num_inference_steps", { num_inference_steps: 51 }, []],
  ["num_inference_steps", { num_inference_steps: 1.5 }, []],
  ["num_inference_steps", { num_inference_steps: null }, []],
  ["seed", { seed: null }, names],
  ["seed", { seed: Number.MAX_SAFE_INTEGER }, names],
  ["seed", { seed: 0.5 }, []],
  ["prompt", { prompt: 7 }, []],
  ["n", { n: 2 }, []]
]

const generation: ReadonlyArray<Case> = [
  ["control_images", { control_images: null, controlnet_weights: null }, names],
  ["control_images", { control_images: [input, input], controlnet_weights: [0, 1] }, names],
  ["control_images[0]", { control_images: ["x"] }, []],
  ["control_images[0].url", { control_images: [{ ...input, url: "x" }] }, []],
  ["controlnet_weights[1]", { controlnet_weights: [1, 1.01] }, []],
  ["controlnet_weights[0]", { controlnet_weights: [-0.01] }, []],
  ["image", { image: input }, []]
]

const edition: ReadonlyArray<Case> = [
  ["image", { image: [input, input] }, names],
  ["image", { image: "https://files.example/boat.png" }, []],
  ["image", { image: undefined }, []],
  ["control_images", { control_images: [input] }, []]
]

const cases = [
  ...(["generate", "edit"] as const).flatMap((operation) => everywhere.map((one) => [operation, ...one] as const)),
  ...generation.map((one) => ["generate", ...one] as const),
  ...edition.map((one) => ["edit", ...one] as const)
]

export const caseTests = (part: Part): void => {
  const rows = rowsOf(part, cases, (_, at) => at % 7 === 0)

  for (const [operation, field, extra, takenBy] of rows) {
    const shown = Object.entries(extra).map(([key, value]) =>
      typeof value === "object" ? `${key}: ${JSON.stringify(value)}` : `${key}: ${String(value)}`
    )
    it.effect(`${operation} { ${shown.join(", ")} }: ${takenBy.length === 0 ? "nowhere" : takenBy.join(", ")}`, () =>
      Effect.gen(function* () {
        for (const deployment of names) {
          const program = operations[operation]({ ...bodies[operation], ...extra })
          const { outcome, sent } = yield* scripted(deployment, program, [Reply.json(okay[deployment])])
          if (takenBy.includes(deployment)) {
            assert.isTrue(Either.isRight(outcome), deployment)
            assert.strictEqual(sent.length, 1)
            continue
          }
          assert.isEmpty(sent)
          const error = Either.isLeft(outcome) ? outcome.left : undefined
          if (error?._tag !== "InvalidRequestError") return assert.fail(`${deployment}: ${error?._tag}`)
          assert.strictEqual(error.operation, `Images.${operation}`)
          assert.strictEqual(error.deployment, deployment)
          assert.include(error.message, field.replace(/\[.*/, ""))
          assert.isTrue(
            error.issues.some(({ path }) => path.map(String).join(".").startsWith(field.split(/[[.]/)[0]!)),
            JSON.stringify(error.issues)
          )
        }
      })
    )
  }
}
