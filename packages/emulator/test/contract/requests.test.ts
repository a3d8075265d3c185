/**
 * Values that the API accepts although its first description did not, and values that it rejects: on every deployment, streamed and not.
 */
import { expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { deploymentTests, origin } from "./requests.support.js"

deploymentTests(["serverless"])

it("a chunking strategy must be auto or an object", async () => {
  const send = async (strategy: string, written: (value: string) => string = JSON.stringify) => {
    const form = new FormData()
    form.set("file", new File([new Uint8Array(4)], "a.wav"))
    form.set("model", "m")
    form.set("chunking_strategy", written(strategy))
    const response = await makeEmulator().fetch(`${origin}/serverless/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: "Bearer test-token" },
      body: form
    })
    return response.text()
  }
  expect(await send("sentences")).toContain("chunking_strategy")
  expect(await send("auto")).not.toContain("chunking_strategy")
  expect(await send("sentences", String)).toContain("chunking_strategy")
  expect(await send("auto", String)).not.toContain("chunking_strategy")
  expect(await send("{", String)).toContain("JSON decode error")
})
