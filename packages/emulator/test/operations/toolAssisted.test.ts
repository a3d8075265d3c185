import { json, type Json } from "effect-friendli-vectors"
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { mismatch, post } from "../support.js"
import { framesOf } from "./messageEvents.js"

const origin = "http://emulator.test"
const url = `${origin}/serverless/tools/v1/chat/completions`
const model = "meta-llama-3.1-8b-instruct"

interface Status {
  readonly tool_call_id: string
  readonly name: string
  readonly status: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly value: string }>
  readonly result: string | null
  readonly error: { readonly type: string } | null
}

const every = [
  "math:calculator",
  "math:statistics",
  "math:calendar",
  "web:search",
  "web:url",
  "code:python-interpreter",
  "linkup:search"
].map((type) => ({ type }))

const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const send = (content: string, tools: ReadonlyArray<object>, more: object = {}) =>
    post(emulator.fetch, url, { model, messages: [{ role: "user", content }], tools, temperature: 0, ...more })
  /** What the tools did, and the text after it, in a stream. Each event is one of the contract. */
  const stream = async (content: string, tools: ReadonlyArray<object>, more: object = {}) => {
    const text = await (await send(content, tools, { ...more, stream: true })).text()
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true)
    const frames = framesOf(text).filter(({ data }) => data !== "[DONE]")
    const statuses: Array<Status> = []
    let answer = ""
    for (const { data, event = "token" } of frames) {
      const value = JSON.parse(data) as Json
      expect(mismatch("StreamedToolAssistedChatEvent", { event, data: value })).toBeUndefined()
      if (event === "tool_status") statuses.push(value as unknown as Status)
      else {
        const { choices } = value as unknown as { choices: ReadonlyArray<{ delta: { content?: string } }> }
        answer += choices[0]?.delta.content ?? ""
      }
    }
    return { statuses, answer }
  }
  return { ...emulator, send, stream }
}

describe("tools of the API", () => {
  const cases: ReadonlyArray<readonly [prompt: string, name: string, result: string]> = [
    ["What is 150 * 1.60934?", "math:calculator", "241.401"],
    ["Compute the mean and the median of the numbers 2, 4 and 9", "math:statistics", "median"],
    ["Which weekday is the date 2026-01-01 in the calendar?", "math:calendar", "Thursday"]
  ]
  it.each(cases)("%s: %s", async (prompt, name, result) => {
    const { send, stream } = start()
    const { answer, statuses } = await stream(prompt, every)
    expect(statuses.map((status) => [status.name, status.status])).toEqual([
      [name, "STARTED"],
      [name, "ENDED"]
    ])
    expect(new Set(statuses.map(({ tool_call_id }) => tool_call_id)).size).toBe(1)
    expect(statuses[0]).toMatchObject({ result: null, error: null })
    expect(statuses[0]!.parameters.length).toBeGreaterThan(0)
    expect(statuses[1]!.result).toContain(result)
    const whole = (await (await send(prompt, every)).json()) as { choices: [{ message: { content: string } }] }
    expect(mismatch("ContainerChatCompleteSuccess", whole)).toBeUndefined()
    expect(whole.choices[0].message.content).toBe(answer)
    expect(answer.length).toBeGreaterThan(0)
  })

  it("uses the result in the answer", async () => {
    expect((await start().stream("What is 150 * 1.60934?", every)).answer).toContain("241.401")
  })

  it("says that a search fails, and answers all the same", async () => {
    const { answer, statuses } = await start().stream("Search the web for kimchi recipes", [{ type: "web:search" }])
    expect(statuses.at(-1)).toMatchObject({ name: "web:search", status: "ERRORED", error: { type: "UNKNOWN" } })
    expect(answer.length).toBeGreaterThan(0)
  })

  it("does not run where nothing asks for it, with the choice of none, and for a script", async () => {
    const { stream } = start()
    expect((await stream("Write a poem about the sea", every)).statuses).toEqual([])
    expect((await stream("What is 150 * 1.60934?", every, { tool_choice: "none" })).statuses).toEqual([])
    const scripted = start({ script: [{ when: { contains: "150" }, say: "As the script says" }] })
    expect(await scripted.stream("What is 150 * 1.60934?", every)).toEqual({
      statuses: [],
      answer: "As the script says"
    })
  })

  it("reads an uploaded text", async () => {
    const { fetch, stream } = start()
    const content = "The meeting is on Monday at the harbour."
    const headers = { authorization: "Bearer t", "content-type": "application/json" }
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`
    const body = JSON.stringify({ name: "notes.txt", size: content.length, digest, projectId: "p" })
    const begun = (await (await fetch(`${origin}/beta/file`, { method: "POST", headers, body })).json()) as {
      fileId: string
      uploadUrl: string
      aws: Record<string, string>
    }
    const form = new FormData()
    for (const [name, value] of Object.entries(begun.aws)) form.set(name, value)
    form.set("file", new File([content], "notes.txt"))
    await fetch(begun.uploadUrl, { method: "POST", body: form })
    const ask = () => stream("Read the text of the attached file", [{ type: "file:text", files: [begun.fileId] }])
    expect((await ask()).statuses.at(-1)).toMatchObject({ status: "ERRORED", error: { type: "INVALID_PARAMETER" } })
    await fetch(`${origin}/beta/file/${begun.fileId}`, { method: "PATCH", headers })
    const { statuses } = await ask()
    expect(statuses.at(-1)).toMatchObject({ name: "file:text", status: "ENDED" })
    expect(statuses.at(-1)!.result).toContain("harbour")
  })

  it("leaves functions to the client", async () => {
    const weather = {
      type: "function",
      function: {
        name: "get_weather",
        description: "Current weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
      }
    }
    const response = await start().send("What is the weather in Seoul?", [...every.slice(0, 3), weather])
    const { choices } = (await response.json()) as {
      choices: [{ finish_reason: string; message: { tool_calls: [{ function: { name: string } }] } }]
    }
    expect([choices[0].finish_reason, choices[0].message.tool_calls[0].function.name]).toEqual([
      "tool_calls",
      "get_weather"
    ])
  })
})

describe("requests", () => {
  it.each(["complete.request", "complete.request.full", "stream.request", "stream.request.full"])(
    "of the vector %s are accepted",
    async (name) => {
      const { stream_options, ...body } = json<Json>(`serverless.tool_assisted_chat.${name}.json`)
      // The full request that is not streamed has the options of a stream, which are a 422 there.
      const options = body["stream"] === true && stream_options !== undefined ? { stream_options } : {}
      const response = await post(makeEmulator().fetch, url, { ...body, ...options })
      const text = await response.text()
      expect([response.status, text.length > 0]).toEqual([200, true])
    }
  )

  it("have at most 128 tools and one file, and no tool of another type", async () => {
    const { send } = start()
    const locs = async (tools: ReadonlyArray<object>) => {
      const response = await send("Hello!", tools)
      const { detail } = (await response.json()) as { detail: ReadonlyArray<{ loc: ReadonlyArray<string> }> }
      return [response.status, detail.map(({ loc }) => loc.join("."))]
    }
    expect(await locs(Array.from({ length: 129 }, () => ({ type: "math:calculator" })))).toEqual([422, ["body.tools"]])
    expect(await locs([{ type: "file:text", files: ["a", "b"] }])).toEqual([422, ["body.tools.0.files"]])
    expect(await locs([{ type: "web:mail" }])).toEqual([422, ["body.tools.0.type"]])
  })
})
