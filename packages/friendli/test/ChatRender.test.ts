/**
 * Chat render: the contract's vectors, failures, and the whole over sockets.
 */
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient, Reply } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"
import { it } from "./it.js"
import { over, prompt, token } from "./support.js"

const request: ChatRender.ChatRenderRequest = { messages: [{ role: "user", content: prompt }] }

const scripted = (script: MockHttpClient.Script) =>
  Effect.provide(
    over(script)(Layer.provide(ChatRender.layer, Serverless.layerClient({ token, model: "default-model" })))
  )

const clients = {
  serverless: Serverless.layerClient({ token: "test-token" }),
  dedicated: Dedicated.layerClient({ token: "test-token" })
}

describe.each(["serverless", "dedicated"] as const)("%s", (deployment) => {
  const name = `${deployment}.chat_render.render`
  const http = Vectors.requests(name)
  const response = Vectors.json(`${name}.response.json`)

  it.effect.each(["minimal", "full"] as const)("%s: sends the vector and decodes the answer without loss", (kind) =>
    Effect.gen(function* () {
      const wire = http[kind]
      const team = wire.headers["x-friendli-team"]
      const body = Vectors.json(wire.body.file)
      const { response: about, value } = yield* ChatRender.renderWithResponse(
        body as never,
        team === undefined ? {} : { team }
      )
      assert.deepStrictEqual<unknown>(value, response)
      assert.strictEqual(about.status, 200)
      const [sent, ...more] = yield* MockHttpClient.requests
      assert.lengthOf(more, 0)
      assert.strictEqual(sent!.method, wire.method)
      assert.strictEqual(sent!.url, wire.url)
      const { authorization: _authorization, ...headers } = wire.headers
      for (const [header, each] of Object.entries(headers)) assert.strictEqual(sent!.headers[header], each, header)
      if (team === undefined) assert.notProperty(sent!.headers, "x-friendli-team")
      assert.isDefined(sent!.authorization)
      assert.deepStrictEqual(sent!.json, body)
    }).pipe(Effect.provide(over([Reply.json(response)])(Layer.provide(ChatRender.layer, clients[deployment]))))
  )
})

describe("a call", () => {
  it.effect("takes the default model", () =>
    Effect.gen(function* () {
      yield* ChatRender.render(request)
      assert.deepStrictEqual((yield* MockHttpClient.requests)[0]?.json, { ...request, model: "default-model" })
    }).pipe(scripted([Reply.json({ text: "" })]))
  )

  it.effect("is rejected before anything is sent, with the names of the fields", () =>
    Effect.gen(function* () {
      const bad = { messages: [{ role: "user" }], tools: [{}], chat_template_kwargs: { x: Number.NaN }, top_p: 1 }
      const error = yield* Effect.flip(ChatRender.render(bad as never))
      assert.strictEqual(error._tag, "InvalidRequestError")
      if (error._tag !== "InvalidRequestError") return
      const fields = new Set(error.issues.map((issue) => issue.path[0]))
      assert.deepStrictEqual([...fields].toSorted(), ["chat_template_kwargs", "messages", "tools", "top_p"])
      assert.lengthOf(yield* MockHttpClient.requests, 0)
    }).pipe(scripted([]))
  )

  it.effect("fails typed when the answer has no text, and when the server rejects", () =>
    Effect.gen(function* () {
      const decode = yield* Effect.flip(ChatRender.render(request))
      assert.strictEqual(decode._tag, "ResponseDecodeError")
      const missing = yield* Effect.flip(ChatRender.render(request))
      assert.strictEqual(missing._tag, "NotFoundError")
    }).pipe(scripted([Reply.json({ prompt: "" }), Reply.status(404, { body: { message: "no such model" } })]))
  )
})
