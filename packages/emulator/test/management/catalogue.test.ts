import { describe, expect, it } from "vitest"
import { perToken } from "../../src/management/catalogue.js"
import { post } from "../support.js"
import { origin, start, vectorRequests } from "./client.js"

interface Entry {
  readonly id: string
  readonly name: string
  readonly context_length: number
  readonly pricing: Readonly<Record<string, string | null>>
  readonly reasoning: boolean
  readonly reasoning_options: ReadonlyArray<{ readonly type: string; readonly values?: ReadonlyArray<string> }>
  readonly input_modalities: ReadonlyArray<string>
}

interface List {
  readonly data: ReadonlyArray<Entry>
}

describe("the catalogue", () => {
  it.each(["serverless.models.list", "serverless.models.list_openrouter"])(
    "answers the vectors of %s",
    async (name) => {
      const { call, fetch } = start()
      const whole = await call<List>(name)
      for (const { init, url } of vectorRequests(name)) {
        const response = await fetch(url, init)
        expect([response.status, await response.json()]).toEqual([200, whole])
      }
    }
  )

  it("needs no token, not even when tokens are configured", async () => {
    const { ask, fetch } = start({ tokens: ["good"] })
    const url = `${origin}/serverless/v1/models`
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(url, { headers: { authorization: "Bearer bad" } })).status).toBe(200)
    expect((await ask("serverless.models.list_openrouter")).status).toBe(200)
    const wrong = await fetch(url, { method: "POST" })
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET"])
  })

  it("lists the models that exist, with what the emulator does for them", async () => {
    const { call } = start({
      models: [
        "zai-org/GLM-5.2",
        {
          id: "mine",
          reasoning: "always",
          contextLength: 8192,
          price: { input: 0.15, output: 0.5, cachedInput: 0.03 }
        },
        { id: "plain" }
      ],
      reasoning: "none"
    })
    const { data } = await call<List>("serverless.models.list")
    expect(data.map(({ id }) => id)).toEqual(["zai-org/GLM-5.2", "mine", "plain"])
    expect(data[0]).toMatchObject({ context_length: 1_048_576, reasoning: false, reasoning_options: [] })
    expect(data[1]).toMatchObject({
      name: "mine",
      context_length: 8192,
      reasoning: true,
      pricing: {
        input: "0.00000015",
        prompt: "0.00000015",
        output: "0.0000005",
        completion: "0.0000005",
        input_cache_read: "0.00000003"
      }
    })
    expect(data[1]?.reasoning_options.map(({ type }) => type)).toEqual(["effort", "budget_tokens"])
  })

  it("lists well-known models where any exists, and each of them can be used with what the catalogue says", async () => {
    const { call, fetch } = start()
    const { data } = await call<List>("serverless.models.list")
    const of = (id: string) => data.find((entry) => entry.id === id)
    expect(of("zai-org/GLM-5.3-Flash")?.reasoning_options).toEqual([
      { type: "effort", values: ["low", "high", "max"] },
      { type: "budget_tokens", min: -1, max: 1_048_576 }
    ])
    expect(of("google/gemma-4-31B-it")).toMatchObject({
      reasoning_options: [{ type: "toggle" }],
      input_modalities: ["text", "image"]
    })
    for (const { id, input_modalities, reasoning } of data) {
      if (input_modalities.includes("audio")) continue
      const body = { model: id, messages: [{ role: "user", content: "Hello!" }], parse_reasoning: true, max_tokens: 80 }
      const response = await post(fetch, `${origin}/serverless/v1/chat/completions`, body)
      expect(response.status).toBe(200)
      expect([id, (await response.text()).includes("reasoning_content")]).toEqual([id, reasoning])
    }
    const openRouter = await call<List>("serverless.models.list_openrouter")
    const chats = data.filter((entry) => !entry.input_modalities.includes("audio"))
    expect(openRouter.data.map(({ id }) => id)).toEqual(chats.map(({ id }) => id))
  })

  it("writes prices as decimal numbers", () => {
    expect([0, 1, 0.14, 4.4, 1_000_000, 0.000001].map(perToken)).toEqual([
      "0",
      "0.000001",
      "0.00000014",
      "0.0000044",
      "1",
      "0.000000000001"
    ])
  })
})
