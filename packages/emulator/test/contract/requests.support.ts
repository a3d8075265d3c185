/**
 * What the unit tests and the exhaustive tests of `requests` share.
 */
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, post, type Deployment } from "../support.js"

export const origin = "http://emulator.test"

const efforts = ["minimal", "low", "medium", "high", "xhigh", "max", "ultracode"]

const chat = { model: "m", messages: [{ role: "user", content: "Hello!" }], max_tokens: 4, seed: 1 }

const messages = { model: "m", messages: [{ role: "user", content: "Hello!" }], max_tokens: 4 }

const longName = "a".repeat(65)

const tool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } })

const image = (source: object) => ({ messages: [{ role: "user", content: [{ type: "image", source }] }] })

const accepted: ReadonlyArray<readonly [name: string, path: string, body: object]> = [
  ...efforts.map((effort) => [effort, "/chat/completions", { ...chat, reasoning_effort: effort }] as const),
  ...efforts.map((effort) => [effort, "/messages", { ...messages, output_config: { effort } }] as const),
  ...[0, -1, 1].map(
    (budget) => [`a budget of ${budget}`, "/chat/completions", { ...chat, reasoning_budget: budget }] as const
  ),
  [
    "the role developer",
    "/chat/completions",
    { ...chat, messages: [{ role: "developer", content: "Be brief." }, ...chat.messages] }
  ],
  [
    "a format with a name",
    "/chat/completions",
    {
      ...chat,
      response_format: {
        type: "json_schema",
        json_schema: { schema: { type: "object" }, name: "answer", description: "x" }
      }
    }
  ]
]

const rejected: ReadonlyArray<readonly [name: string, path: string, body: object, field: string]> = [
  ["an effort that no model supports", "/chat/completions", { ...chat, reasoning_effort: "none" }, "reasoning_effort"],
  ["a budget that is not an integer", "/chat/completions", { ...chat, reasoning_budget: 0.5 }, "reasoning_budget"],
  ["an unknown role", "/chat/completions", { ...chat, messages: [{ role: "critic", content: "x" }] }, "role"],
  ["a developer without content", "/chat/completions", { ...chat, messages: [{ role: "developer" }] }, "content"],
  ["a function name that is too long", "/chat/completions", { ...chat, tools: [tool(longName)] }, "name"],
  [
    "the choice of a function that does not exist, whatever the length of its name",
    "/chat/completions",
    { ...chat, tools: [tool("f")], tool_choice: { type: "function", function: { name: longName } } },
    "tool_choice"
  ],
  ["an unknown effort", "/messages", { ...messages, output_config: { effort: "most" } }, "effort"],
  ["a budget of 0", "/messages", { ...messages, thinking: { type: "enabled", budget_tokens: 0 } }, "budget_tokens"],
  ["an image without data", "/messages", { ...messages, ...image({ type: "url", url: "" }) }, "url"],
  [
    "an image without a type",
    "/messages",
    { ...messages, ...image({ type: "base64", data: "AA==", media_type: "" }) },
    "media_type"
  ]
]

export const deploymentTests = (rows: ReadonlyArray<Deployment>): void => {
  describe.each(rows)("%s", (deployment) => {
    const { fetch } = makeEmulator({ reasoning: "byDefault" })
    const send = (path: string, body: object) => post(fetch, origin + base[deployment] + path, body)

    describe.each([false, true])("stream: %s", (stream) => {
      it.each(accepted)("accepts %s on %s", async (_name, path, body) => {
        const response = await send(path, { ...body, stream })
        expect(await response.text()).not.toContain("Input should be")
        expect(response.status).toBe(200)
      })

      it.each(rejected)("rejects %s on %s", async (_name, path, body, field) => {
        const response = await send(path, { ...body, stream })
        expect(response.status).toBe(422)
        expect(await response.text()).toContain(field)
      })
    })

    it("limits reasoning by effort and budget", async () => {
      const length = async (body: object): Promise<number> => {
        const response = await send("/chat/completions", { ...chat, max_tokens: 400, parse_reasoning: true, ...body })
        const { choices } = (await response.json()) as {
          choices: ReadonlyArray<{ message: { reasoning_content?: string } }>
        }
        return choices[0]?.message.reasoning_content?.length ?? 0
      }
      expect(await length({ reasoning_budget: 0 })).toBe(0)
      expect(await length({ reasoning_budget: 0, reasoning_effort: "max" })).toBe(0)
      expect(await length({ reasoning_budget: -1 })).toBe(await length({}))
      const [least, more, most] = [
        await length({ reasoning_effort: "minimal" }),
        await length({ reasoning_effort: "medium" }),
        await length({ reasoning_effort: "ultracode" })
      ]
      expect(least).toBeGreaterThan(0)
      expect(more).toBeGreaterThan(least)
      expect(most).toBeGreaterThanOrEqual(more)
    })
  })
}
