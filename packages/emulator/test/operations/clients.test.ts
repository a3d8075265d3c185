/**
 * What the clients of other APIs make of errors: they show the sentence that says what is wrong.
 */
import Anthropic from "@anthropic-ai/sdk"
import OpenAI, { UnprocessableEntityError } from "openai"
import { expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"

const { fetch } = makeEmulator()

it("openai shows the issues of a 422, and keeps the list of the API", async () => {
  const client = new OpenAI({ apiKey: "any", baseURL: "http://emulator.test/serverless/v1", maxRetries: 0, fetch })
  const request = client.chat.completions.create({ model: "m", messages: [], temperature: -1 })
  const error = await request.then(
    () => undefined,
    (failure: unknown) => failure
  )
  expect(error).toBeInstanceOf(UnprocessableEntityError)
  expect(error).toMatchObject({
    status: 422,
    type: "invalid_request_error",
    message: expect.stringMatching(/^422 temperature: '/) as string
  })
  const response = await fetch("http://emulator.test/serverless/v1/chat/completions", {
    method: "POST",
    headers: { authorization: "Bearer any", "content-type": "application/json" },
    body: JSON.stringify({ model: "m" })
  })
  expect(await response.json()).toEqual({
    detail: [{ loc: ["body", "messages"], msg: expect.any(String) as string, type: "missing" }],
    error: { message: expect.stringMatching(/^messages: /) as string, type: "invalid_request_error", code: 422 }
  })
})

it("the client of Anthropic knows the error of every status", async () => {
  const client = new Anthropic({
    apiKey: null,
    authToken: "any",
    baseURL: "http://emulator.test/serverless",
    maxRetries: 0,
    fetch
  })
  const failure = (status: number): Promise<unknown> =>
    client.messages
      .create(
        { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] },
        { headers: { "x-emulator-fault": `status=${status}` } }
      )
      .then(
        () => undefined,
        (error: unknown) => error
      )
  expect(await failure(429)).toMatchObject({
    status: 429,
    error: { type: "error", error: { type: "rate_limit_error" } }
  })
  expect(await failure(503)).toMatchObject({ status: 503, error: { error: { type: "overloaded_error" } } })
  expect(await failure(404)).toMatchObject({ status: 404, error: { error: { type: "not_found_error" } } })
})
