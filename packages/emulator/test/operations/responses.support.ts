/**
 * What the unit tests and the exhaustive tests of `responses` share.
 */
import { index } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, mismatch, post, read, type Deployment } from "../support.js"
import { framesOf } from "./messageEvents.js"

export const origin = "http://emulator.test"

export interface Item {
  readonly type: string
  readonly id: string
  readonly status?: string
  readonly content?: ReadonlyArray<{ readonly text: string }>
  readonly name?: string
  readonly call_id?: string
  readonly arguments?: string
}

export interface Response_ {
  readonly id: string
  readonly status: string
  readonly model: string | null
  readonly error: { readonly code: string } | null
  readonly output: ReadonlyArray<Item>
  readonly incomplete_details: { readonly reason: string } | null
  readonly usage: {
    readonly input_tokens: number
    readonly output_tokens: number
    readonly output_tokens_details: { readonly reasoning_tokens: number }
  }
}

const title = { serverless: "Serverless", dedicated: "Dedicated", container: "Container" } as const

export const vectorTests = (rows: ReadonlyArray<Deployment>): void => {
  describe.each(rows)("golden vectors: %s", (deployment) => {
    const { fetch } = makeEmulator()
    const url = `${origin}${base[deployment]}/responses`
    const files = (kind: string) =>
      Object.keys(index.operations[`${deployment}.responses.${kind}`]!.files).filter((name) =>
        name.includes(".request")
      )

    it.each(files("create"))("%s gets a response of the contract", async (name) => {
      const response = await post(fetch, url, read(name))
      expect(mismatch(`${title[deployment]}ResponsesSuccess`, await response.json())).toBeUndefined()
      expect(response.status).toBe(200)
    })

    it.each(files("stream"))("%s gets the events of the contract", async (name) => {
      const frames = framesOf(await (await post(fetch, url, read(name))).text())
      for (const { data } of frames) expect(mismatch("ResponsesStreamEvent", JSON.parse(data))).toBeUndefined()
      expect(frames.at(-1)?.event).toBe("response.completed")
    })

    it("has the model of the request, without the route of a dedicated endpoint", async () => {
      const response = await post(fetch, url, { model: "m:route", input: "Hi", max_output_tokens: 4 })
      expect(((await response.json()) as Response_).model).toBe(deployment === "dedicated" ? "m" : "m:route")
    })
  })
}
