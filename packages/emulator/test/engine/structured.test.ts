/**
 * Answers in a format: a JSON object has the shape that the prompt names, and values that the prompt gives.
 */
import { describe, expect, it } from "vitest"
import { shapeInPrompt } from "../../src/engine/compose/shapeInPrompt.js"
import { composeFormat } from "../../src/engine/compose/structured.js"
import { dayOf } from "../../src/engine/planner/dates.js"

const answer = (content: string, seed = 3, system = ""): unknown =>
  JSON.parse(
    composeFormat(
      { kind: "json_object" },
      [
        { role: "system", content: system },
        { role: "user", content }
      ],
      seed,
      dayOf("")
    )
  )

describe("a JSON object has the shape of", () => {
  it("an example, with the values of the prompt", () => {
    expect(answer(`Return JSON like {"name": "string", "age": 0} for Ada Berg, 36 years old.`)).toEqual({
      name: "Ada Berg",
      age: expect.any(Number) as number
    })
    for (const seed of [1, 2, 3]) {
      expect(answer(`JSON please: {"user": {"email": "..."}, "items": [{"sku": "A1", "qty": 2}]}`, seed)).toEqual({
        user: { email: expect.any(String) as string },
        items: expect.arrayContaining([
          { sku: expect.any(String) as string, qty: expect.any(Number) as number }
        ]) as unknown
      })
    }
  })

  it("a list of keys", () => {
    expect(answer(`Extract city and date as JSON with keys city and date: "I fly to Oslo on 2025-05-01"`)).toEqual({
      city: "Oslo",
      date: "2025-05-01"
    })
    expect(
      Object.keys(answer("JSON with the fields title (string), year (number) and genres (list)") as object)
    ).toEqual(["title", "year", "genres"])
  })

  it("a type", () => {
    const value = answer(
      `Answer in JSON: { sentiment: "positive" | "negative", confidence: number, reasons?: string[] }. I love this phone.`
    )
    expect(value).toMatchObject({ sentiment: "positive", confidence: expect.any(Number) as number })
  })

  it("a JSON schema, also in the instructions", () => {
    const schema = `{"type":"object","properties":{"city":{"type":"string"},"population":{"type":"integer"}},"required":["city","population"]}`
    const expected = { city: "Seoul", population: expect.any(Number) as number }
    expect(answer(`Use this schema: ${schema}. Describe Seoul.`)).toEqual(expected)
    expect(answer("Describe Seoul.", 1, `Answer with JSON of this schema: ${schema}`)).toEqual(expected)
  })

  it("its own when the prompt names none", () => {
    expect(answer("Give me any JSON")).toHaveProperty("title")
    expect(answer('Use this schema: {"type":"object","properties":{"a":{"type":"bogus"}}}')).toHaveProperty("title")
  })
})

it("what is no shape is none", () => {
  for (const text of ["Hello {name}!", "{ }", "a { b", "no json here", ""])
    expect(shapeInPrompt(text), text).toBeUndefined()
})

it("a schema gets the values of the prompt, and stays satisfied", () => {
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, population: { type: "integer", minimum: 1 } },
    required: ["name", "population"]
  }
  const value = composeFormat(
    { kind: "json_schema", schema },
    [{ role: "user", content: "Describe Seoul in JSON." }],
    1,
    0
  )
  expect(JSON.parse(value)).toEqual({ name: "Seoul", population: expect.any(Number) as number })
})
