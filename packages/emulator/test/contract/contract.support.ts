/**
 * What the unit tests and the exhaustive tests of `contract` share.
 */
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, chunksOf, mismatch, post, read, type Deployment } from "../support.js"

const operations = [
  { name: "chat.complete", path: "/chat/completions", response: "ContainerChatCompleteSuccess" },
  { name: "chat.stream", path: "/chat/completions", event: "StreamedChatData", stream: true },
  { name: "completions.complete", path: "/completions", response: "ContainerCompletionsSuccess" },
  { name: "completions.stream", path: "/completions", event: "StreamedCompletionData", stream: true },
  { name: "token.tokenize", path: "/tokenize", response: "TokenizationSuccess" },
  { name: "token.detokenize", path: "/detokenize", response: "DetokenizationSuccess" }
] as const

const title = { serverless: "Serverless", dedicated: "Dedicated", container: "Container" } as const

export const origin = "http://emulator.test"

export interface Detail {
  readonly detail: ReadonlyArray<{
    readonly loc: ReadonlyArray<string | number>
    readonly msg: string
    readonly type: string
  }>
}

export const locs = async (response: Response): Promise<ReadonlyArray<string>> => {
  const { detail } = (await response.json()) as Detail
  return detail.map(({ loc }) => loc.join(".")).toSorted()
}

// The rules that the full vectors break, by the field that the answer names.
const chatRules = ["body.min_tokens", "body.min_tokens", "body.response_format"]

const completionRules = ["body.max_total_tokens", "body.min_tokens", "body.min_total_tokens"]

const brokenRules: Readonly<Record<string, ReadonlyArray<string>>> = {
  "chat.complete": [...chatRules, "body.stream_options"],
  "chat.stream": chatRules,
  "completions.complete": [...completionRules, "body.stream_options"],
  "completions.stream": completionRules
}

export const vectorTests = (rows: ReadonlyArray<Deployment>): void => {
  for (const deployment of rows) {
    describe(`golden vectors: ${deployment}`, () => {
      for (const operation of operations) {
        const vector = (kind: string): Record<string, unknown> => ({
          ...read(`${deployment}.${operation.name}.${kind}.json`),
          ...("stream" in operation ? { stream: true } : {})
        })
        /** What is invalid in the answer according to the contract; `undefined` when it is valid. */
        const misfits = async (response: Response, token: boolean): Promise<ReadonlyArray<string>> => {
          if (response.status !== 200) return [`status ${response.status}: ${await response.text()}`]
          if (!("event" in operation)) {
            const name = operation.response
            const problem = mismatch(token ? title[deployment] + name : name, await response.json())
            return problem === undefined ? [] : [problem]
          }
          const text = await response.text()
          if (!text.endsWith("data: [DONE]\n\n")) return ["no [DONE]"]
          const chunks = chunksOf(text)
          if (chunks.length === 0) return ["no event"]
          return chunks.flatMap((chunk) => mismatch(operation.event, chunk) ?? [])
        }
        const isToken = operation.name.startsWith("token.")
        const url = origin + base[deployment] + operation.path

        it(`${operation.name}: has the path of the contract`, () => {
          const { minimal } = read(`${deployment}.${operation.name}.http.json`) as {
            minimal: { url: string; method: string }
          }
          expect(new URL(minimal.url).pathname).toBe(base[deployment] + operation.path)
          expect(minimal.method).toBe("POST")
        })

        it(`${operation.name}: accepts the minimal request`, async () => {
          const { fetch } = makeEmulator()
          expect(
            await misfits(
              await post(fetch, url, { ...vector("request"), ...(isToken ? {} : { max_tokens: 12, seed: 1 }) }),
              isToken
            )
          ).toEqual([])
        })

        if (isToken) continue

        it(`${operation.name}: rejects the full request for the rules that it breaks, and accepts it without them`, async () => {
          const { fetch } = makeEmulator()
          const full = vector("request.full")
          const rejection = await post(fetch, url, full)
          expect(rejection.status).toBe(422)
          expect(await locs(rejection)).toEqual(brokenRules[operation.name])

          const keep = { ...full }
          for (const field of ["response_format", "min_tokens", "max_total_tokens", "min_total_tokens"])
            delete keep[field]
          if (!("stream" in operation)) delete keep["stream_options"]
          expect(await misfits(await post(fetch, url, keep), false)).toEqual([])
        })

        if (!operation.name.startsWith("completions")) continue

        it(`${operation.name}: accepts tokens in place of a prompt`, async () => {
          const { fetch } = makeEmulator()
          expect(
            await misfits(await post(fetch, url, { ...vector("request.tokens"), max_tokens: 5, seed: 1 }), false)
          ).toEqual([])
        })
      }
    })
  }
}
