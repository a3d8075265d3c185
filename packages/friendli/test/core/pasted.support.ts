/**
 * What the unit tests and the exhaustive tests of `pasted` share.
 */
import { assert } from "@effect/vitest"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Deployment from "effect-friendli/Deployment"
import * as Serverless from "effect-friendli/Serverless"
import { inspect } from "node:util"
import { it } from "../it.js"
import { fromEnvironment } from "../support.js"
import { type Part, rowsOf } from "../parts.js"

export const kinds = { serverless: Serverless.kind, dedicated: Dedicated.kind, container: Container.kind } as const

export type Name = keyof typeof kinds

const cases: ReadonlyArray<readonly [name: Name, url: string, says: RegExp]> = [
  ["dedicated", "https://api.friendli.ai/serverless/v1", /layer Serverless .* write https:\/\/api\.friendli\.ai for/],
  ["dedicated", "https://api.friendli.ai/serverless", /layer Serverless/],
  ["serverless", "https://api.friendli.ai/dedicated/v1/chat/completions", /layer Dedicated/],
  ["serverless", "https://gw.example.com/llm/dedicated/v1", /layer Dedicated .* write what comes before "\/dedicated"/],
  ["container", "https://api.friendli.ai/serverless/v1", /layer Serverless/],
  ["container", "https://api.friendli.ai/dedicated", /layer Dedicated/],
  ["serverless", "https://api.friendli.ai/v1/serverless", /write https:\/\/api\.friendli\.ai$/],
  ["serverless", "https://api.friendli.ai/serverless/tools/v1/chat/completions", /write https:\/\/api\.friendli\.ai$/],
  ["serverless", "https://api.friendli.ai/foo", /write https:\/\/api\.friendli\.ai$/],
  ["serverless", "https://api.friendli.ai/serverless/v1/foo", /write https:\/\/api\.friendli\.ai$/],
  ["serverless", "https://api.friendli.ai/serverless//v1", /write https:\/\/api\.friendli\.ai$/],
  ["container", "http://localhost:8000/v1/v1", /"\/v1" in front of what the SDK appends/],
  ["serverless", "https://gw.example.com/serverless/serverless/v1", /"\/serverless" in front of/],
  ["serverless", "https://gw.example.com/v1/serverless", /"\/v1" in front of/],
  ["container", "http://localhost:8000/v1/foo", /"\/v1" in the middle .* end the URL with "\/v1" if a gateway/],
  ["serverless", "https://gw.example.com/v1/llm", /in the middle .* end the URL with "\/serverless\/v1" if a gateway/],
  [
    "dedicated",
    "https://gw.example.com/dedicated/v1/foo",
    /in the middle .* end the URL with "\/dedicated\/v1" if a gateway/
  ],
  ["serverless", "https://gw.example.com/chat/completions", /ends in "\/chat\/completions"/],
  ["container", "http://localhost:8000/images/edits", /ends in "\/images\/edits"/],
  ["serverless", '"https://api.friendli.ai"', /quotation marks around it/],
  ["serverless", "https://api.friendli.ai'", /quotation marks around it/],
  ["serverless", "FRIENDLI_BASE_URL=https://api.friendli.ai", /begins with the name of a variable/],
  ["serverless", "https://${HOST}/v1", /a variable in it/],
  ["serverless", "$FRIENDLI_BASE_URL", /a variable in it/],
  ["serverless", "https://{{ host }}", /a variable in it/]
]

export const urlTests = (part: Part): void => {
  const rows = rowsOf(part, cases, (_, at) => at % 4 === 0)

  it.effect.each(rows)("%s: %s", ([name, baseUrl, says]) =>
    Effect.gen(function* () {
      const kind = kinds[name]
      const error = yield* Effect.flip(Deployment.make(kind, { token: "flp_example", baseUrl }))
      assert.match(error._op === "InvalidData" ? error.message : "", says)
      assert.deepStrictEqual(error._op === "InvalidData" && error.path, ["baseUrl"])
      const environment = { FRIENDLI_TOKEN: "flp_example", FRIENDLI_BASE_URL: baseUrl }
      const named = yield* Effect.flip(fromEnvironment(kind, environment))
      assert.match(named._op === "InvalidData" ? named.message : "", says)
      assert.deepStrictEqual(named._op === "InvalidData" && named.path, ["FRIENDLI_BASE_URL"])
    })
  )
}

const bad: ReadonlyArray<readonly [given: (value: string) => string, says: RegExp]> = [
  [(value) => `"${value}"`, /quotation marks/],
  [(value) => `'${value}'`, /quotation marks/],
  [(value) => `\`${value}\``, /quotation marks/],
  [(value) => `"${value}`, /quotation marks/],
  [(value) => `FRIENDLI_TOKEN=${value}`, /name of a variable and "="/],
  [(value) => `export FRIENDLI_TOKEN=${value}`, /name of a variable and "="/],
  [(value) => `FRIENDLI_TEAM="${value}"`, /name of a variable and "="/],
  [(value) => `token=${value}`, /name of a variable and "="/],
  [() => "${FRIENDLI_TOKEN}", /a variable in it/],
  [() => "$FRIENDLI_TOKEN", /a variable in it/],
  [() => "%FRIENDLI_TOKEN%", /a variable in it/],
  [() => "{{ secrets.FRIENDLI_TOKEN }}", /a variable in it/],
  [() => "$(cat token)", /a variable in it/],
  [(value) => `${value}$`, /"\$" or a brace/],
  [(value) => `{${value}}`, /"\$" or a brace/],
  [() => "<your-token>", /placeholder in angle brackets/]
]

const secret = "flp_s3cr3tvalue"

export const tokenTests = (part: Part): void => {
  const rows = rowsOf(part, bad, (_, at) => [0, 4, 8, 13, 15].includes(at))

  it.effect.each(rows)("%s", ([make, says]) =>
    Effect.gen(function* () {
      const given = make(secret)
      const told = (error: unknown, where: string) => {
        assert.match(String(error), says)
        assert.include(String(error), `at ${where}: `)
        assert.notInclude(inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error), "s3cr3t")
      }
      for (const kind of Object.values(kinds)) {
        for (const token of [given, ` ${given}\n`, Redacted.make(given), `Bearer ${given}`]) {
          told(yield* Effect.flip(Deployment.make(kind, { token })), "token")
        }
        told(yield* Effect.flip(fromEnvironment(kind, { FRIENDLI_TOKEN: given })), "FRIENDLI_TOKEN")
        told(yield* Effect.flip(fromEnvironment(kind, { FRIENDLI_BEARER_AUTH: given })), "FRIENDLI_BEARER_AUTH")
        told(
          yield* Effect.flip(
            fromEnvironment(kind, { T: given }, { token: Config.map(Config.string("T"), Redacted.make) })
          ),
          "token"
        )
        told(yield* Effect.flip(Deployment.make(kind, { token: "flp_x", team: given })), "team")
        told(
          yield* Effect.flip(fromEnvironment(kind, { FRIENDLI_TOKEN: "flp_x", FRIENDLI_TEAM: given })),
          "FRIENDLI_TEAM"
        )
      }
    })
  )
}
