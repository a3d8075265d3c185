/**
 * Pictures in every other format, and the requests of the contract.
 */
import { describe, expect, it } from "vitest"
import { encodePicture } from "../../src/engine/picture.js"
import { makeEmulator } from "../../src/Emulator.js"
import { post } from "../support.js"
import { plain } from "../pictures.js"
import { type Answered, jpegTests, origin, prompt, requestTests, toBase64 } from "./images.support.js"

describe("a generated picture", () => {
  jpegTests(["jpg"])
})

describe("requests of the contract", () => {
  requestTests(["container"])
})

describe("links", () => {
  it("exist for the last 64 pictures", async () => {
    const emulator = makeEmulator()
    const urls: Array<string> = []
    for (let seed = 0; seed < 65; seed++) {
      const response = await post(emulator.fetch, `${origin}/dedicated/v1/images/edits`, {
        model: "endpoint",
        prompt,
        seed,
        image: { image: toBase64(encodePicture(plain(8, 8, [0, 0, 0]), "png")) }
      })
      urls.push(((await response.json()) as Answered).data?.[0]?.url ?? "")
    }
    expect(new Set(urls).size).toBe(65)
    expect((await emulator.fetch(urls[0]!)).status).toBe(404)
    expect((await emulator.fetch(urls[1]!)).status).toBe(200)
  })
})
