import { json, type Json } from "effect-friendli-vectors"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type EmulatorOptions } from "../../src/Emulator.js"
import { post } from "../support.js"
import { type Ask, origin, start, vectorRequests } from "./client.js"

interface Page {
  readonly has_more: boolean
  readonly next_page: string | null
  readonly data: ReadonlyArray<{
    readonly start_time: string
    readonly end_time: string
    readonly results: ReadonlyArray<Json>
  }>
}

const from = Date.parse("2026-03-02T10:00:00Z")
const range = { start_time: "2026-03-02T00:00:00Z", end_time: "2026-03-04T00:00:00Z" }
const model = "meta-llama-3.1-8b-instruct"

// The sums are those of the clock of days; how long an endpoint takes is measured by another one, which stays.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: from })
})
afterEach(() => {
  vi.useRealTimers()
})

const begin = (options: EmulatorOptions = {}) => {
  const emulator = start({ endpoints: { wakeTime: 0 }, ...options })
  const { call, fetch } = emulator
  const send = async (path: string, body: object): Promise<Json> => {
    const response = await post(fetch, origin + path, body)
    return (await response.json()) as Json
  }
  const usage = (query: Ask["query"] = {}) => call<Page>("team.usage", { query: { ...range, ...query } })
  const cost = (query: Ask["query"] = {}) => call<Page>("cost.get_cost", { query: { ...range, ...query } })
  const results = ({ data }: Page) => data.flatMap((bucket) => bucket.results)
  /** Creates an endpoint with two GPUs that runs from now on. */
  const endpoint = async (name: string) => {
    const body = json<Json>("dedicated.endpoint.create.request.json")
    await call("dedicated.endpoint.create", { body: { ...body, name, instanceOptionId: "a100-x2" } })
    const { data } = await call<{ data: Json }>("dedicated.endpoint.list")
    return Object.keys(data).at(-1)!
  }
  return { ...emulator, cost, endpoint, results, send, usage }
}

const chat = { model, messages: [{ role: "user", content: "Hello!" }], max_tokens: 20 }

describe("usage", () => {
  it("is what was answered: requests, and the tokens of their usage", async () => {
    const { fetch, results, send, usage } = begin()
    let [input, output] = [0, 0]
    for (const [path, body] of [
      ["/serverless/v1/chat/completions", chat],
      ["/serverless/v1/completions", { model, prompt: ["Once", "Twice"], max_tokens: 5 }]
    ] as const) {
      const { usage: counted } = (await send(path, body)) as unknown as {
        usage: { prompt_tokens: number; completion_tokens: number }
      }
      input += counted.prompt_tokens
      output += counted.completion_tokens
    }
    for (const [path, body] of [
      ["/serverless/v1/messages", chat],
      ["/serverless/v1/responses", { model, input: "Hello!" }]
    ] as const) {
      const { usage: counted } = (await send(path, body)) as unknown as {
        usage: { input_tokens: number; output_tokens: number }
      }
      input += counted.input_tokens
      output += counted.output_tokens
    }
    const streamed = await post(fetch, `${origin}/serverless/v1/chat/completions`, {
      ...chat,
      stream: true,
      stream_options: { include_usage: true }
    })
    const [, prompt, completion] = /"prompt_tokens":(\d+),"completion_tokens":(\d+)/.exec(await streamed.text())!
    input += Number(prompt)
    output += Number(completion)
    expect(results(await usage())).toEqual([
      {
        num_model_requests: 5,
        input_tokens: input,
        input_cached_tokens: 0,
        output_tokens: output,
        gpu_usage: null,
        processed_audio_length_ms: 0
      }
    ])
  })

  it("does not count what is invalid, fails, is free, or runs in a container", async () => {
    const { faults, reset, results, send, usage } = begin()
    await send("/serverless/v1/chat/completions", { ...chat, messages: [] })
    await send("/serverless/v1/chat/completions", { ...chat, max_tokens: 0 })
    await send("/serverless/v1/tokenize", { model, prompt: "Hello!" })
    await send("/v1/chat/completions", chat)
    faults.enqueue({ status: 500 })
    await send("/serverless/v1/chat/completions", chat)
    expect(results(await usage())).toEqual([])
    await send("/serverless/v1/chat/completions", chat)
    expect(results(await usage())).toHaveLength(1)
    reset()
    expect(results(await usage())).toEqual([])
  })

  it("is grouped and narrowed by model, product and user", async () => {
    const { results, send, usage } = begin()
    await send("/serverless/v1/chat/completions", chat)
    await send("/serverless/v1/chat/completions", { ...chat, model: "other" })
    await send("/dedicated/v1/chat/completions", { ...chat, model: "ep:route" })
    await send("/dedicated/v1/embeddings", { model: "ep", input: "Hello!" })
    const grouped = async (query: Ask["query"]) =>
      results(await usage(query)).map(({ model: name, num_model_requests, product_type, user_id }) => [
        name,
        product_type,
        user_id,
        num_model_requests
      ])
    expect(await grouped({ group_by: ["model", "product_type", "user_id"] })).toEqual([
      [model, "model_apis", "user-emulator", 1],
      ["other", "model_apis", "user-emulator", 1],
      ["ep", "dedicated_endpoints", "user-emulator", 2]
    ])
    expect(await grouped({ group_by: "product_type" })).toEqual([
      [undefined, "model_apis", undefined, 2],
      [undefined, "dedicated_endpoints", undefined, 2]
    ])
    expect(await grouped({ group_by: "model", models: ["ep", "other"] })).toEqual([
      ["other", undefined, undefined, 1],
      ["ep", undefined, undefined, 2]
    ])
    expect(await grouped({ product_types: "model_apis" })).toEqual([[undefined, undefined, undefined, 2]])
    expect(await grouped({ user_ids: "nobody" })).toEqual([])
  })

  it("has the time of GPUs, and nothing else where it is asked for types of GPUs", async () => {
    const { call, endpoint, results, usage } = begin()
    const id = await endpoint("one")
    vi.setSystemTime(from + 90_000)
    expect(results(await usage({ group_by: "model" }))).toMatchObject([
      { model: id, num_model_requests: 0, gpu_usage: { "NVIDIA A100": 180 } }
    ])
    await call("dedicated.endpoint.sleep", { path: { endpoint_id: id } })
    vi.setSystemTime(from + 3_600_000)
    await call("dedicated.endpoint.wake", { path: { endpoint_id: id } })
    vi.setSystemTime(from + 3_660_000)
    expect(results(await usage({ gpu_types: "NVIDIA A100" }))).toEqual([{ gpu_usage: { "NVIDIA A100": 300 } }])
    expect(results(await usage({ gpu_types: "NVIDIA H100" }))).toEqual([])
    const hours = await usage({ bucket_width: "1h", end_time: "2026-03-02T13:00:00Z" })
    expect(hours.data.map((bucket) => bucket.results[0]?.["gpu_usage"] ?? null)).toEqual([
      ...Array.from({ length: 10 }, () => null),
      { "NVIDIA A100": 180 },
      { "NVIDIA A100": 120 },
      null
    ])
  })

  it("counts the seconds of audio", async () => {
    const { fetch, results, usage } = begin()
    const rate = 8000
    const wav = Buffer.alloc(44 + rate * 2)
    wav.write("RIFF", 0)
    wav.writeUInt32LE(36 + rate * 2, 4)
    wav.write("WAVEfmt ", 8)
    wav.writeUInt32LE(16, 16)
    wav.writeUInt16LE(1, 20)
    wav.writeUInt16LE(1, 22)
    wav.writeUInt32LE(rate, 24)
    wav.writeUInt32LE(rate * 2, 28)
    wav.writeUInt16LE(2, 32)
    wav.writeUInt16LE(16, 34)
    wav.write("data", 36)
    wav.writeUInt32LE(rate * 2, 40)
    const form = new FormData()
    form.set("model", "openai/whisper-large-v3")
    form.set("file", new File([wav], "a.wav"))
    const url = `${origin}/serverless/v1/audio/transcriptions`
    await (await fetch(url, { method: "POST", headers: { authorization: "Bearer t" }, body: form })).json()
    expect(results(await usage())).toMatchObject([{ num_model_requests: 1, processed_audio_length_ms: 1000 }])
  })

  it("has buckets of its width, in pages", async () => {
    const { send, usage } = begin()
    await send("/serverless/v1/chat/completions", chat)
    vi.setSystemTime(from + 3_600_000)
    await send("/serverless/v1/chat/completions", chat)
    const asked = { bucket_width: "5m", start_time: "2026-03-02T10:00:00Z", end_time: "2026-03-02T12:00:00Z" }
    const first = await usage(asked)
    expect([first.data.length, first.has_more, first.next_page]).toEqual([12, true, "page_2"])
    expect(first.data[0]).toMatchObject({ start_time: "2026-03-02T10:00:00Z", end_time: "2026-03-02T10:05:00Z" })
    const second = await usage({ ...asked, page: first.next_page! })
    expect([second.data.length, second.has_more, second.next_page]).toEqual([12, false, null])
    const busy = [...first.data, ...second.data].filter(({ results }) => results.length > 0)
    expect(busy.map(({ start_time }) => start_time)).toEqual(["2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"])
    expect((await usage({ ...asked, limit: 288 })).data).toHaveLength(24)
  })
})

describe("cost", () => {
  it("is the price of the tokens and of the time of GPUs", async () => {
    const priced = begin({ models: [{ id: "m", price: { input: 1000, output: 2000 } }] })
    const { usage: counted } = (await priced.send("/serverless/v1/chat/completions", {
      ...chat,
      model: "m"
    })) as unknown as {
      usage: { prompt_tokens: number; completion_tokens: number }
    }
    await priced.endpoint("one")
    vi.setSystemTime(from + 1_800_000)
    const [day] = (await priced.cost({ group_by: "line_item" })).data
    expect(day?.results).toEqual([
      {
        line_item: "m input tokens",
        quantity: String(counted.prompt_tokens / 1_000_000).replace(/^.*e-.*$/, (text) => Number(text).toFixed(6)),
        unit_price: "100000",
        total: String(counted.prompt_tokens / 1000)
      },
      expect.objectContaining({
        line_item: "m output tokens",
        unit_price: "200000",
        total: String((counted.completion_tokens * 2) / 1000)
      }),
      { line_item: "NVIDIA A100 GPU time", quantity: "1", unit_price: "290", total: "2.9" }
    ])
    const sum = day!.results.reduce((all, { total }) => all + Number(total), 0)
    const whole = (await priced.cost()).data
    expect(whole.map(({ results }) => results.map(({ total }) => Number(total)))).toEqual([
      [expect.closeTo(sum, 9)],
      [0]
    ])
  })
})

describe("the requests of the vectors", () => {
  it.each(["team.usage", "cost.get_cost"])("of %s are accepted", async (name) => {
    for (const { init, url } of vectorRequests(name)) {
      const { fetch } = begin()
      // Usage of API models has no GPUs: the vector sets every parameter once, which is a 400.
      const here = new URL(url)
      here.searchParams.delete("gpu_types")
      const response = await fetch(here, init)
      expect([name, response.status]).toEqual([name, 200])
    }
  })

  it("get what they ask for checked", async () => {
    const { failure } = begin()
    const usage = (query: Ask["query"]) => failure("team.usage", { query: { ...range, ...query } })
    const cases: ReadonlyArray<readonly [query: Ask["query"], place: string]> = [
      [{ start_time: "yesterday" }, "query.start_time"],
      [{ start_time: "2026-03-02T10:00:00Z" }, "query.start_time"],
      [{ start_time: "2024-03-02T00:00:00Z" }, "query.start_time"],
      [{ start_time: "2026-03-02T10:02:00Z", bucket_width: "5m" }, "query.start_time"],
      [{ end_time: "2026-03-01T00:00:00Z" }, "query.end_time"],
      [{ end_time: "2026-03-03T00:05:00Z" }, "query.end_time"],
      [{ limit: 32 }, "query.limit"],
      [{ limit: 0 }, "query.limit"],
      [{ bucket_width: "1h", limit: 169 }, "query.limit"],
      [{ bucket_width: "2d" }, "query.bucket_width"],
      [{ page: "two" }, "query.page"],
      [{ group_by: ["model", "color"] }, "query.group_by.1"]
    ]
    for (const [query, place] of cases) expect([query, await usage(query)]).toEqual([query, [422, place]])
    expect(await failure("team.usage")).toEqual([422, "query.start_time query.end_time"])
    expect(await usage({ gpu_types: "NVIDIA H100", product_types: ["model_apis"] })).toEqual([
      400,
      "invalid_request_error"
    ])
    const cost = (query: Ask["query"]) => failure("cost.get_cost", { query: { ...range, ...query } })
    expect(await cost({ bucket_width: "1h" })).toEqual([422, "query.bucket_width"])
    expect(await cost({ limit: 36 })).toEqual([422, "query.limit"])
    expect(await cost({ group_by: "model" })).toEqual([422, "query.group_by"])
  })
})
