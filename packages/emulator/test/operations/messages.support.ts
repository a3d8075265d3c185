/**
 * What the unit tests and the exhaustive tests of `messages` share.
 */
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, mismatch, post, read, type Deployment } from "../support.js"
import { type Message } from "./messageEvents.js"

export const origin = "http://emulator.test"

// A model that thinks when it is asked to, whatever its name.
export const emulator = makeEmulator({ reasoning: "onRequest" })

export const { fetch } = emulator

export const url = `${origin}/v1/messages`

export const user = (content: unknown): object => ({ messages: [{ role: "user", content }] })

export const sea = { ...user("Tell me about the sea and the town"), max_tokens: 60, temperature: 0 }

export const send = async (body: object, at = url): Promise<Message> => {
  const response = await post(fetch, at, body)
  const value = (await response.json()) as Message
  expect(response.status, JSON.stringify(value)).toBe(200)
  expect(mismatch("ServerlessMessagesSuccess", value)).toBeUndefined()
  return value
}

export const textOf = ({ content }: Message): string => content.map(({ text = "" }) => text).join("")

const title = { serverless: "Serverless", dedicated: "Dedicated", container: "Container" } as const

export const vectorTests = (rows: ReadonlyArray<Deployment>): void => {
  for (const deployment of rows) {
    describe(`golden vectors: ${deployment}`, () => {
      const path = `${base[deployment]}/messages`
      const vector = (kind: string): Record<string, unknown> => read(`${deployment}.messages.messages.${kind}.json`)

      it("have the path of the contract", () => {
        const { minimal } = vector("http") as { minimal: { url: string } }
        expect(new URL(minimal.url).pathname).toBe(path)
      })

      it("answer the minimal and the full request", async () => {
        for (const kind of ["request", "request.full"]) {
          const response = await post(fetch, origin + path, vector(kind))
          const value: unknown = await response.json()
          expect(response.status, JSON.stringify(value)).toBe(200)
          expect(mismatch(`${title[deployment]}MessagesSuccess`, value)).toBeUndefined()
        }
      })

      it("stream the minimal and the full request as events of the contract", async () => {
        for (const kind of ["request", "request.full"]) {
          const response = await post(fetch, origin + path, read(`${deployment}.messages.stream.${kind}.json`))
          expect(response.headers.get("content-type")).toContain("text/event-stream")
          const events = (await response.text()).split("\n\n").filter((frame) => frame !== "")
          expect(events.length).toBeGreaterThan(4)
          for (const frame of events) {
            const data = JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? "null") as { readonly type: string }
            expect(frame.startsWith(`event: ${data.type}\n`)).toBe(true)
            expect(mismatch("MessagesStreamEvent", data), frame).toBeUndefined()
          }
        }
      })

      it("answer the full request with thinking, then with its tool or in its format", async () => {
        const { content, stop_reason } = (await (
          await post(fetch, origin + path, vector("request.full"))
        ).json()) as Message
        // The request for dedicated leaves the choice open and does not mention the weather.
        const kind = deployment === "dedicated" ? "text" : "tool_use"
        expect(content.map(({ type }) => type)).toEqual(["thinking", kind])
        expect(stop_reason).toBe(kind === "text" ? "end_turn" : "tool_use")
        expect(content[1]?.input ?? JSON.parse(content[1]?.text ?? "")).toBeTypeOf("object")
      })
    })
  }
}
