/**
 * Fields that the API does not have: accepted and recorded, or refused.
 */
import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { post } from "../support.js"
import { chat, origin, user } from "./strict.support.js"

const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const send = async (path: string, body: object) => {
    const response = await post(emulator.fetch, `${origin}/serverless${path}`, body)
    const value = (await response.json()) as {
      readonly detail?: ReadonlyArray<{ readonly loc: ReadonlyArray<string> }>
    }
    return {
      status: response.status,
      locs: (value.detail ?? []).map(({ loc }) => loc.join(".")),
      recorded: emulator.requests.at(-1)!.unknownFields
    }
  }
  return { ...emulator, send }
}

const cases: ReadonlyArray<readonly [name: string, path: string, body: object, fields: ReadonlyArray<string>]> = [
  [
    "a chat",
    "/v1/chat/completions",
    { ...chat, max_completion_tokens: 5, user: "me" },
    ["max_completion_tokens", "user"]
  ],
  [
    "a message and a tool",
    "/v1/chat/completions",
    {
      ...chat,
      messages: [
        user,
        { role: "assistant", content: "x", refusal: null },
        { ...user, content: [{ type: "text", text: "x", cache: 1 }] }
      ],
      tools: [{ type: "function", function: { name: "f", strict: true, parameters: { type: "object", anything: 1 } } }]
    },
    ["messages.1.refusal", "messages.2.content.0.cache", "tools.0.function.strict"]
  ],
  ["a message of messages", "/v1/messages", { ...chat, context_management: {} }, ["context_management"]],
  ["a response", "/v1/responses", { model: "m", input: [{ ...user, id: "x" }], store: false }, ["input.0.id", "store"]],
  ["a completion", "/v1/completions", { model: "m", prompt: "x", max_tokens: 2, suffix: "y" }, ["suffix"]]
]

describe("fields that the API does not have", () => {
  it.each(cases)("in %s are recorded", async (_name, path, body, fields) => {
    expect(await start().send(path, body)).toEqual({ status: 200, locs: [], recorded: fields })
  })

  it.each(cases)("in %s are refused by a strict emulator", async (_name, path, body, fields) => {
    const { locs, recorded, status } = await start({ strict: true }).send(path, body)
    expect([status, recorded]).toEqual([422, fields])
    // Messages name the fields in the text of their error.
    expect(locs).toEqual(path === "/v1/messages" ? [] : fields.map((field) => `body.${field}`))
  })

  it.each(["reasoning", "thinking"])("%s of a chat is refused, as by the API", async (field) => {
    const { locs, status } = await start().send("/v1/chat/completions", { ...chat, [field]: { effort: "low" } })
    expect([status, locs]).toEqual([422, [`body.${field}`]])
  })

  it("are none in what live servers accept, and in maps and schemas", async () => {
    const { send } = start({ strict: true })
    const schema = { type: "object", properties: { a: { type: "string", whatever: 1 } } }
    for (const [path, body] of [
      [
        "/v1/chat/completions",
        {
          ...chat,
          response_format: { type: "json_schema", json_schema: { schema, name: "n", description: "d", strict: true } }
        }
      ],
      ["/v1/chat/completions", { ...chat, logit_bias: { "12": 1 }, chat_template_kwargs: { any: true } }],
      ["/v1/chat/completions", { ...chat, messages: [{ role: "developer", content: "x" }, user] }],
      ["/v1/responses", { model: "m", input: "x", reasoning: { chat_template_kwargs: { enable_thinking: false } } }]
    ] as const) {
      expect(await send(path, body)).toEqual({ status: 200, locs: [], recorded: [] })
    }
  })

  it("are shown without content that stands where a name should", async () => {
    const { send } = start()
    const names = {
      ["my secret prompt"]: 1,
      ["x".repeat(65)]: 2,
      ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, at]))
    }
    const { recorded } = await send("/v1/chat/completions", { ...chat, ...names })
    expect(recorded.slice(0, 3)).toEqual(["…", "…", "f0"])
    expect(recorded).toHaveLength(10)
  })

  it("are found in forms, queries and bodies of management, too", async () => {
    const form = () => {
      const data = new FormData()
      data.set("model", "m")
      data.set("file", new File([new Uint8Array(4)], "a.mp3"))
      data.set("prompt", "words")
      return data
    }
    const requests: ReadonlyArray<readonly [path: string, init: RequestInit, fields: ReadonlyArray<string>]> = [
      ["/serverless/v1/audio/transcriptions", { method: "POST", body: form() }, ["prompt"]],
      ["/dedicated/beta/endpoint?project_id=p&page=2", { method: "GET" }, ["page"]],
      [
        "/beta/file",
        { method: "POST", body: JSON.stringify({ name: "a", size: 1, digest: "md5:00", projectId: "p", mime: "x" }) },
        ["mime"]
      ]
    ]
    for (const [path, init, fields] of requests) {
      const send = async (strict: boolean) => {
        const { fetch, requests: recorded } = makeEmulator({ strict })
        const type: Record<string, string> = typeof init.body === "string" ? { "content-type": "application/json" } : {}
        const response = await fetch(origin + path, { ...init, headers: { authorization: "Bearer t", ...type } })
        const isRefused = response.status === 422 && (await response.text()).includes("Extra inputs")
        return { path, isRefused, fields: recorded.at(-1)?.unknownFields }
      }
      expect(await send(false)).toEqual({ path, isRefused: false, fields })
      expect(await send(true)).toEqual({ path, isRefused: true, fields })
    }
  })
})
