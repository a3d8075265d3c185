/**
 * What the tests of other clients share: an emulator on a socket for each test, and the tool and the schema that every client is tried with.
 */
import { assert } from "@effect/vitest"
import type { ListenOptions, RunningEmulator } from "../../src/NodeServer.js"
import { listen } from "../../src/NodeServer.js"
import { z } from "zod"

export const model = "meta-llama-3.1-8b-instruct"

/** Runs a test with an emulator of its own, and checks that no request of it was answered with an error of the emulator. */
export const withEmulator = async (
  test: (server: RunningEmulator) => Promise<void>,
  options: ListenOptions = {}
): Promise<void> => {
  const server = await listen({ port: 0, ...options })
  try {
    await test(server)
    assert.isNotEmpty(server.requests)
    for (const { path, status } of server.requests) assert.notStrictEqual(status, 500, path)
  } finally {
    await server.close()
  }
}

/** The structured answer that is asked for. */
export const Recipe = z.object({
  name: z.string(),
  minutes: z.number().int().min(1).max(600),
  difficulty: z.enum(["easy", "medium", "hard"]),
  ingredients: z
    .array(z.object({ name: z.string(), grams: z.number().min(0).max(5000) }))
    .min(1)
    .max(5)
})

/** The arguments of the tool. */
export const WeatherQuestion = z.object({
  city: z.string().describe("The city to report on"),
  unit: z.enum(["celsius", "fahrenheit"])
})

export const weatherTool = {
  name: "get_weather",
  description: "Get the current weather in a city",
  parameters: z.toJSONSchema(WeatherQuestion) as Record<string, unknown>
} as const

export const weatherPrompt = "What is the weather in Paris, in celsius? Use the tool."

/** A result that no model knows without the tool. */
export const weatherReport = "17 degrees and hail"

/** What is asked of a caught value. */
export const fields = (value: unknown): Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return assert.fail(`not an object: ${String(value)}`)
  return value as Record<string, unknown>
}

/** The reason that a promise is rejected with. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.fail("the call succeeded")
}
