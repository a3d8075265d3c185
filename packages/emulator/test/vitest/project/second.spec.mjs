import { expect, inject, it } from "vitest"

it("calls the emulator of the run", async () => {
  expect(process.env["FRIENDLI_BASE_URL"]).toBe(inject("friendliEmulator"))
  const response = await fetch(`${inject("friendliEmulator")}/serverless/v1/tokenize`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env["FRIENDLI_TOKEN"]}`, "content-type": "application/json" },
    body: JSON.stringify({ model: process.env["MODEL"], prompt: "What is generative AI?" })
  })
  expect(response.status).toBe(200)
  console.log(`ADDRESS ${inject("friendliEmulator")} TOKEN ${process.env["FRIENDLI_TOKEN"]}`)
})
