/**
 * What the unit tests and the exhaustive tests of `generation` share.
 */
import { Ajv2020 } from "ajv/dist/2020.js"
import { expect } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { mismatch, post, type Usage } from "../support.js"

export const origin = "http://emulator.test"

export const { fetch } = makeEmulator()

export interface ChatAnswer {
  readonly model: string | null
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly message: {
      readonly content: string | null
      readonly reasoning_content?: string
      readonly tool_calls?: ReadonlyArray<{
        readonly id: string
        readonly function: { readonly name: string; readonly arguments: string }
      }>
    }
    readonly logprobs: {
      readonly content: ReadonlyArray<{ readonly token: string; readonly top_logprobs: ReadonlyArray<unknown> }>
    } | null
    readonly finish_reason: string
  }>
  readonly usage: Usage
}

export const messages = [
  { role: "system", content: "You are a helpful assistant." },
  { role: "user", content: "Hello!" }
]

export const chat = async (body: object): Promise<ChatAnswer> => {
  const response = await post(fetch, `${origin}/v1/chat/completions`, { messages, seed: 7, ...body })
  const value = (await response.json()) as ChatAnswer
  expect(response.status).toBe(200)
  expect(mismatch("ContainerChatCompleteSuccess", value)).toBeUndefined()
  return value
}

export const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { type: "string", enum: ["C", "F"] }, days: { type: "integer" } },
      required: ["city", "unit", "days"],
      additionalProperties: false
    }
  }
}

const ajv = new Ajv2020()

export const satisfies = (schema: object, text: string): boolean => ajv.validate(schema, JSON.parse(text))
