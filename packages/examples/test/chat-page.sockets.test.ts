import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Chromium from "effect-friendli-chromium"
import * as Path from "node:path"
import { layer } from "../src/chat-page.js"
import { emulator, serving } from "./support.js"

const answer = "Seoul is the capital of Korea. It lies on the Han River."

describe("chat-page", () => {
  it.scopedLive(
    "shows the answer while it arrives, and says when there is none",
    () =>
      Effect.gen(function* () {
        const upstream = yield* emulator({ script: [{ say: answer }] })
        upstream.setPacing({ tokensPerSecond: 20 })
        const url = yield* serving(layer, upstream)
        const { complaints, page } = yield* Chromium.open({ viewport: { width: 390, height: 700 } })
        const output = page.locator("output")
        const ask = (question: string) =>
          Effect.promise(async () => {
            await page.getByLabel("Question").fill(question)
            await page.getByRole("button", { name: "Ask" }).click()
          })
        const shows = (text: string | RegExp) =>
          Effect.promise(() => output.filter({ hasText: text }).waitFor({ timeout: 20_000 }))

        yield* Effect.promise(() => page.goto(url))
        yield* ask("Where is Seoul?")
        yield* shows("Seoul is")
        const early = yield* Effect.promise(() => output.textContent())
        assert.isBelow(early?.length ?? 0, answer.length)
        yield* shows(answer)
        assert.deepStrictEqual(yield* Chromium.violations(page), [])
        for (const [width, colorScheme] of [
          [390, "light"],
          [1280, "dark"]
        ] as const) {
          yield* Effect.promise(async () => {
            await page.emulateMedia({ colorScheme })
            await page.setViewportSize({ width, height: 700 })
            await page.screenshot({ path: Path.join(Chromium.screenshots(), `chat-page-${width}-${colorScheme}.png`) })
          })
        }
        assert.deepStrictEqual(complaints, [])

        // no answer at all, and one that breaks off
        upstream.faults.enqueue({ status: 503 })
        yield* ask("And now?")
        yield* shows(/^ There is no answer now\. Please try again later\.$/)
        upstream.faults.enqueue({ truncate: { afterEvents: 4 } })
        yield* ask("And now?")
        yield* shows(/^Seoul .*There is no answer now\. Please try again later\.$/)
      }).pipe(Effect.provide(Chromium.layer)),
    120_000
  )
})
