/**
 * Images: one program on two deployments that take and answer different things.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import type { FriendliError } from "effect-friendli/FriendliError"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Images from "effect-friendli/Images"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import * as fc from "fast-check"
import { it } from "./it.js"
import { caseTests, type Deployment, names, okay, operations, prompt, scripted, token } from "./Images.support.js"

describe("the contract's vectors", () => {
  for (const deployment of names) {
    for (const operation of ["generate", "edit"] as const) {
      const name = `${deployment}.image.${operation}`
      const http = Vectors.requests(name)
      const answers = deployment === "dedicated" ? ["response", "response.b64"] : ["response"]
      for (const kind of ["minimal", "full"] as const) {
        for (const answer of answers) {
          it.effect(`${name}, ${kind}: sends the request as it is and decodes ${answer} to itself`, () =>
            Effect.gen(function* () {
              const wire = http[kind]
              const response = Vectors.json(`${name}.${answer}.json`)
              const team = wire.headers["x-friendli-team"]
              const { outcome, sent } = yield* scripted(
                deployment,
                operations[operation](Vectors.json(wire.body.file), team === undefined ? {} : { team }),
                [Reply.json(response)]
              )
              assert.deepStrictEqual(outcome, Either.right(response) as typeof outcome)
              assert.strictEqual(sent.length, 1)
              const request = sent[0]!
              assert.strictEqual(request.method, wire.method)
              assert.strictEqual(request.url, wire.url)
              const authorization = request.authorization && Redacted.value(request.authorization)
              const headers: Record<string, unknown> = { ...request.headers, authorization }
              for (const [header, value] of Object.entries(wire.headers))
                assert.strictEqual(headers[header], value, header)
              if (team === undefined) assert.notProperty(request.headers, "x-friendli-team")
              // nothing is added, num_inference_steps and guidance_scale neither
              assert.deepStrictEqual(request.json, Vectors.json(wire.body.file))
            })
          )
        }
      }
    }
  }
})

describe("what a deployment does not take fails before anything is sent", () => {
  caseTests("examples")

  it.effect("a dedicated endpoint needs a model, and a container does not; a default is filled in", () =>
    Effect.gen(function* () {
      const rejected = yield* scripted("dedicated", Images.generate({ prompt }), [])
      assert.isEmpty(rejected.sent)
      const error = Either.isLeft(rejected.outcome) ? rejected.outcome.left : undefined
      assert.strictEqual(error?._tag, "InvalidRequestError")
      assert.match(error?.message ?? "", /model/)

      const free = yield* scripted("container", Images.generate({ prompt }), [Reply.json(okay.container)])
      assert.deepStrictEqual(free.sent[0]?.json, { prompt })

      const sent = yield* Images.generate({ prompt }).pipe(
        Effect.zipRight(MockHttpClient.requests),
        Effect.provide(Images.layer.pipe(Layer.provide(Dedicated.layerClient({ token, model: "endpoint:route" })))),
        Effect.provide(MockHttpClient.layer([Reply.json(okay.dedicated)]))
      )
      assert.deepStrictEqual(sent[0]?.json, { prompt, model: "endpoint:route" })
    })
  )
})

describe("answers", () => {
  const ask = (deployment: Deployment, answer: unknown) =>
    Effect.map(
      scripted(deployment, Images.generate({ prompt, model: "m" }, { retry: Retry.never }), [Reply.json(answer)]),
      ({ outcome }) => outcome
    )

  const wrong: ReadonlyArray<readonly [Deployment, unknown]> = [
    ["dedicated", { image: "/9j/" }],
    ["dedicated", { data: [{ seed: 1, response_format: "png" }] }],
    ["dedicated", { data: [{ url: 7 }] }],
    ["dedicated", { data: null }],
    ["container", { data: [] }],
    ["container", { image: null }],
    ["container", []]
  ]
  it.effect.each(wrong)("%s: %j is no answer of it", ([deployment, answer]) =>
    Effect.gen(function* () {
      const outcome = yield* ask(deployment, answer)
      assert.isTrue(Either.isLeft(outcome) && outcome.left._tag === "ResponseDecodeError")
    })
  )

  it.effect("keep unknown fields, and may lack descriptions of a picture", () =>
    Effect.gen(function* () {
      const known = {
        data: [{ url: "u" }, { b64_json: "/9j/", seed: null, response_format: "webp", revised: "x" }],
        id: 1
      }
      const outcome = yield* ask("dedicated", known)
      assert.deepStrictEqual(outcome, Either.right(known) as typeof outcome)
      const image = { image: "/9j/", seed: 7 }
      assert.deepStrictEqual(yield* ask("container", image), Either.right(image) as typeof outcome)
    })
  )

  it.effect("with response: value, status and request id", () =>
    Effect.gen(function* () {
      for (const deployment of names) {
        for (const program of [
          Images.generateWithResponse({ prompt, model: "m" }),
          Images.editWithResponse({ prompt, model: "m", image: Images.fromSource("https://files.example/boat.png") })
        ]) {
          const { outcome } = yield* scripted(deployment, program, [
            Reply.json(okay[deployment], { headers: { "x-request-id": "req_1" } })
          ])
          const { response, value } = Either.getOrThrow(outcome)
          assert.deepStrictEqual<unknown>(value, okay[deployment])
          assert.strictEqual(response.status, 200)
          assert.strictEqual(response.requestId, "req_1")
        }
      }
    })
  )

  const statuses: ReadonlyArray<readonly [number, FriendliError["_tag"]]> = [
    [401, "AuthenticationError"],
    [404, "NotFoundError"],
    [422, "InvalidRequestError"],
    [429, "RateLimitError"],
    [503, "OverloadedError"],
    [500, "ServerError"]
  ]
  it.effect.each(statuses)("%i fails with %s", ([status, tag]) =>
    Effect.gen(function* () {
      for (const deployment of names) {
        const { outcome } = yield* scripted(
          deployment,
          Images.edit({ prompt, model: "m", image: { image: "/9j/" } }, { retry: Retry.never }),
          [Reply.status(status)]
        )
        const error = Either.isLeft(outcome) ? outcome.left : undefined
        assert.strictEqual(error?._tag, tag)
        assert.include(error, { operation: "Images.edit", deployment, status })
      }
    })
  )

  it.effect("the operations run on a client by themselves", () =>
    Effect.gen(function* () {
      const client = yield* FriendliClient.FriendliClient
      const { data } = yield* client.execute(Images.generateOperation, { prompt, model: "m", response_format: "url" })
      const { image } = yield* client.execute(Images.generateContainerOperation, { prompt, response_format: "jpeg" })
      assert.deepStrictEqual([data.length, image], [0, "/9j/"])
    }).pipe(
      Effect.provide(Container.layerClient({})),
      Effect.provide(MockHttpClient.layer([Reply.json(okay.dedicated), Reply.json(okay.container)]))
    )
  )
})

describe("items", () => {
  it("reads the answers of both deployments", () => {
    const read = (name: string) => Images.toItems(Vectors.json(name) as Images.ImageResult)
    assert.deepStrictEqual(read("dedicated.image.generate.response.json"), [
      { _tag: "Url", url: "https://files.example/out-1.png", seed: 42, format: "url" },
      { _tag: "Url", url: "https://files.example/out-2.png", seed: 43, format: "url" }
    ])
    assert.deepStrictEqual(read("dedicated.image.edit.response.b64.json"), [
      { _tag: "Base64", base64: "iVBORw0KGgotdGlueS0=", seed: 42, format: "png" },
      { _tag: "Base64", base64: "/9j/4HRpbnktanBlZw==", seed: 43, format: "jpeg" }
    ])
    assert.deepStrictEqual(read("container.image.edit.response.json"), [
      { _tag: "Base64", base64: "/9j/4HRpbnktanBlZw==", seed: undefined, format: undefined }
    ])
  })

  it("is not led astray by fields that are null or unknown", () => {
    const odd = {
      data: [
        { url: "u", b64_json: null, seed: null, response_format: null },
        { url: null, b64_json: "/9j/", seed: 7 }
      ]
    } as unknown as Images.ImageResult
    assert.deepStrictEqual(Images.toItems(odd), [
      { _tag: "Url", url: "u", seed: undefined, format: undefined },
      { _tag: "Base64", base64: "/9j/", seed: 7, format: undefined }
    ])
    assert.deepStrictEqual(Images.toItems({ image: "/9j/", data: null } as Images.ImageResult), [
      { _tag: "Base64", base64: "/9j/", seed: undefined, format: undefined }
    ])
    assert.deepStrictEqual(Images.toItems({ data: [] }), [])
  })
})

describe("bytes and input", () => {
  const item = (base64: string): Images.Base64Item => ({ _tag: "Base64", base64, seed: undefined, format: undefined })

  it("are each other's inverse", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (picture) => {
        const { image } = Images.fromSource(picture)
        assert.strictEqual(image, Buffer.from(picture).toString("base64"))
        assert.deepStrictEqual(Images.bytes(item(image)), Either.right(picture))
      })
    ))

  it("a picture of many slices, and a view into a larger buffer", () => {
    const picture = Uint8Array.from({ length: 200_001 }, (_, at) => at * 31)
    assert.strictEqual(Images.fromSource(picture).image, Buffer.from(picture).toString("base64"))
    const view = picture.subarray(3, 9)
    assert.deepStrictEqual(Images.bytes(item(Images.fromSource(view).image)), Either.right(Uint8Array.from(view)))
  })

  it("URLs and strings are taken as they are", () => {
    assert.deepStrictEqual(Images.fromSource("iVBORw=="), { image: "iVBORw==" })
    assert.deepStrictEqual(Images.fromSource(new URL("https://files.example/a b.png")), {
      image: "https://files.example/a%20b.png"
    })
  })

  it("text that is no base64 is a Left, never a throw", () => {
    for (const text of ["=", "iVBORw", "a=b=", "é===", "not base64!!"]) {
      assert.isTrue(Either.isLeft(Images.bytes(item(text))), text)
    }
  })
})
