/**
 * The playground in Chromium, as a user would use it. The page is served from a host that Chromium does not trust, without
 * `crypto.randomUUID`, `navigator.clipboard` and others. If it works there, it works everywhere.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chromium from "effect-friendli-chromium"
import { listen } from "effect-friendli-emulator/NodeServer"
import { vi } from "vitest"
import * as Playground from "./playground.support.js"

const browser = Layer.merge(
  Chromium.layerWith(["--host-resolver-rules=MAP playground.test 127.0.0.1"]),
  Playground.layer
)

/** The wait of a user, and more for a busy machine. */
const patience = 30_000

vi.setConfig({ testTimeout: 120_000 })

/** Opens a scene and runs the actions of a user. The page may report no errors. */
const visit = (
  hash: string,
  use: (page: Chromium.Page) => Promise<void>,
  options: Parameters<typeof Chromium.open>[0] & { readonly host?: string } = {}
) =>
  Effect.gen(function* () {
    const { host = "playground.test", ...context } = options
    const { port } = yield* Playground.Site
    const { complaints, page } = yield* Chromium.open(context)
    page.setDefaultTimeout(patience)
    yield* Effect.promise(async () => {
      await page.goto(`http://${host}:${port}/playground.html#${hash}`)
      await page.getByRole("tablist", { name: "Scenes" }).waitFor()
      await use(page)
    })
    assert.deepStrictEqual(complaints, [])
    return page
  })

const panel = (page: Chromium.Page, name: string) => page.getByRole("tabpanel", { name, exact: true })

const textOf = async (locator: Chromium.Locator): Promise<string> => (await locator.textContent()) ?? ""

// the site may have to be built first
it.layer(browser, { timeout: "600 seconds" })("the playground", (it) => {
  it.scoped("streams a chat, stops it, and the emulator has stopped too", () =>
    visit("chat", async (page) => {
      assert.isFalse(await page.evaluate(() => isSecureContext))
      const chat = panel(page, "Chat")
      await chat.getByRole("button", { name: "When should a program retry?" }).click()
      const answer = chat.locator(".pg-turn.assistant").last()
      await answer.locator("p").first().waitFor()
      // the text grows
      const early = await textOf(answer)
      await answer.getByText(/stop · \d+ tokens/).waitFor()
      const whole = await textOf(answer)
      assert.isAbove(whole.length, early.length)
      assert.match(await textOf(chat.getByRole("status")), /^Answer: /)

      const draft = chat.getByLabel("Your message")
      await draft.fill("Write a poem about the sea.")
      await draft.press("Enter")
      await page.waitForFunction(
        () => (document.querySelector(".pg-turn.assistant:last-of-type")?.textContent?.length ?? 0) > 40
      )
      await chat.getByRole("button", { name: "Stop" }).click()
      await chat.getByText("Cancelled by the client").waitFor()
      const log = chat.getByText(/then the client disconnected and the generation stopped/)
      await log.waitFor()
      const stopped = await textOf(log)
      await page.waitForTimeout(300)
      assert.strictEqual(await textOf(log), stopped)
      assert.isBelow(Number(/(\d+) tokens generated/.exec(stopped)?.[1]), 100)

      await chat.getByRole("button", { name: "Regenerate" }).click()
      await chat
        .locator(".pg-turn.assistant")
        .last()
        .getByText(/stop · \d+ tokens/)
        .waitFor()
      assert.strictEqual(await chat.locator(".pg-turn.assistant").count(), 2)
    })
  )

  it.scoped("shows tool calls while they are written, and fills a form that was rejected first", () =>
    visit("tools", async (page) => {
      const tools = panel(page, "Tool calls")
      await tools.getByRole("button", { name: "Ask", exact: true }).click()
      // an argument has arrived, but the text is not complete JSON yet
      await page.waitForFunction(() => {
        const text = document.querySelector(".pg-partial")?.textContent ?? ""
        return text.includes(":") && !text.endsWith("}")
      })
      await tools.getByText("finished").first().waitFor()
      await tools
        .locator(".pg-answer")
        .getByText(/departs 09:00/)
        .first()
        .waitFor()
      assert.match(await textOf(tools.locator(".pg-answer li").first()), /^departs 09:00/)
      assert.strictEqual(await textOf(tools.locator(".pg-answer code")), "find_trains")
      assert.notMatch(await textOf(tools.locator(".pg-answer")), /[`*]|^- /m)
      assert.match(await textOf(tools.locator(".pg-wire")), /tool_calls/)

      await page.getByRole("tab", { name: "Structured output" }).click()
      const form = panel(page, "Structured output")
      await form.getByRole("button", { name: "Fill the form" }).click()
      await form.getByText("Attempt 1 was rejected").waitFor()
      await form.getByText("attempt 2: accepted").waitFor()
      assert.strictEqual(await form.getByLabel("Guests", { exact: true }).inputValue(), "2")
      assert.strictEqual(await form.getByLabel("Wishes").inputValue(), "quiet room, view of the sea")
    })
  )

  it.scoped("colours tokens while one types, and tells their ids to a keyboard", () =>
    visit("tokens", async (page) => {
      const tokens = panel(page, "Tokens")
      await tokens.getByLabel("Text", { exact: true }).fill("Hello world")
      await tokens.getByRole("option", { name: '" world", id 1917' }).waitFor()
      assert.strictEqual(await tokens.getByRole("option").count(), 3)
      await tokens.getByRole("option").first().focus()
      await page.keyboard.press("End")
      assert.match(await textOf(tokens.locator(".pg-token-detail")), /" world"\s*id\s*1917/)
      await page.keyboard.press("ArrowLeft")
      assert.match(await textOf(tokens.locator(".pg-token-detail")), /"Hello"\s*id\s*9906/)
    })
  )

  it.scoped("shows retries as they happen, and the typed error", () =>
    visit("faults", async (page) => {
      const faults = panel(page, "Faults")
      const outcome = faults.locator(".pg-outcome")
      await faults.getByRole("button", { name: /^429, once/ }).click()
      await outcome.getByText(/Sent again after 1s/).waitFor()
      await outcome.getByText(/Attempt 2\s+succeeded/).waitFor()
      assert.strictEqual(await faults.locator(".pg-exchange").count(), 2)

      await faults.getByRole("button", { name: /^422/ }).click()
      const failure = faults.locator(".pg-failure")
      await failure.getByRole("heading", { name: "InvalidRequestError" }).waitFor()
      assert.match(await textOf(failure), /max_tokens[\s\S]*isTransient\(error\)\s*false/)

      await faults.getByRole("button", { name: /^Stall/ }).click()
      await failure.getByRole("heading", { name: "RequestTimeoutError" }).waitFor()
      assert.match(await textOf(failure), /kind\s*idle/)
      await faults.getByText("Cancelled by the client").waitFor()
    })
  )

  it.scoped("works by keyboard alone, at the width of a phone", () =>
    visit(
      "chat",
      async (page) => {
        const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "")
        await page.getByRole("tab", { name: "Chat", exact: true }).focus()
        await page.keyboard.press("ArrowRight")
        assert.strictEqual(await focused(), "Tool calls")
        await page.keyboard.press("End")
        assert.strictEqual(await focused(), "Faults")
        // the focus is visible
        assert.notStrictEqual(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle), "none")
        await page.keyboard.press("Tab")
        assert.match(await focused(), /^429, once/)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        assert.match(await focused(), /^422/)
        await page.keyboard.press("Enter")
        await page.getByRole("heading", { name: "InvalidRequestError" }).waitFor()
        // from the tabs of the side to the program
        await panel(page, "Faults").getByRole("tab", { name: "On the wire" }).focus()
        await page.keyboard.press("ArrowRight")
        await panel(page, "Faults").getByText("playground/programs/faults.ts").waitFor()
        assert.include(await textOf(panel(page, "Faults").locator(".pg-source")), "Retry.defaultPolicy")
        const { overflow } = await page.evaluate(() => ({
          overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth
        }))
        assert.strictEqual(overflow, 0)
      },
      { viewport: { width: 390, height: 844 }, reducedMotion: "reduce" }
    )
  )

  for (const colorScheme of ["light", "dark"] as const) {
    it.scoped(`has no serious finding of axe, ${colorScheme}`, () =>
      Effect.gen(function* () {
        const page = yield* visit(
          "chat",
          async (page) => {
            await panel(page, "Chat")
              .getByRole("button", { name: /TypeScript function/ })
              .click()
            await panel(page, "Chat")
              .getByText(/stop · \d+ tokens/)
              .waitFor()
          },
          { colorScheme, host: "127.0.0.1" }
        )
        const found: Array<string> = []
        const check = Effect.flatMap(Chromium.violations(page), (more) => Effect.sync(() => found.push(...more)))
        const use = (run: () => Promise<unknown>) => Effect.promise(run)
        yield* check
        yield* use(() => panel(page, "Chat").getByRole("tab", { name: "Program" }).click())
        yield* use(() => page.getByRole("button", { name: /Emulator in this page/ }).click())
        yield* use(() => page.getByRole("radio", { name: /Friendli Serverless/ }).check())
        yield* check
        yield* use(() => page.getByRole("button", { name: "Cancel" }).click())
        yield* use(() => page.getByRole("tab", { name: "Structured output" }).click())
        yield* use(() => page.getByRole("button", { name: "Fill the form" }).click())
        yield* use(() => page.getByText("Attempt 1 was rejected").waitFor())
        yield* check
        yield* use(() => page.getByRole("tab", { name: "Tokens" }).click())
        yield* use(() => page.getByRole("listbox", { name: "Tokens" }).waitFor())
        yield* check
        yield* use(() => page.getByRole("tab", { name: "Faults" }).click())
        yield* use(() => page.getByRole("button", { name: /^Cut stream/ }).click())
        yield* use(() => page.getByRole("heading", { name: "StreamTruncatedError" }).waitFor())
        yield* check
        assert.deepStrictEqual(found, [])
      })
    )
  }

  it.scoped("talks to a real server with a token, which stays in memory", () =>
    Effect.gen(function* () {
      const token = "flp_kept_in_memory_only"
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => listen({ port: 0, tokens: [token] })),
        (running) => Effect.promise(() => running.close())
      )
      yield* visit("chat", async (page) => {
        await page.getByRole("button", { name: /Emulator in this page/ }).click()
        await page.getByRole("radio", { name: /Friendli Serverless/ }).check()
        assert.match(await textOf(page.locator(".pg-warning")), /only in the memory of this page/)
        await page.getByLabel("Base URL").fill(server.url)
        await page.getByLabel("Token", { exact: true }).fill(token)
        await page.getByRole("button", { name: "Use this" }).click()
        await page.getByRole("button", { name: new RegExp(new URL(server.url).host) }).waitFor()
        const chat = panel(page, "Chat")
        await chat.getByLabel("Your message").fill("What is streaming?")
        await chat.getByRole("button", { name: "Send" }).click()
        await chat.getByText(/stop · \d+ tokens/).waitFor()
        assert.match(await textOf(chat.locator(".pg-wire")), /authorization\s*••••••/)

        const kept = await page.evaluate(() =>
          [
            location.href,
            JSON.stringify(history.state),
            JSON.stringify(localStorage),
            JSON.stringify(sessionStorage),
            document.cookie,
            document.documentElement.outerHTML,
            ...[...document.querySelectorAll("input")].map(({ value }) => value)
          ].join("\n")
        )
        assert.notInclude(kept, token)
      })
      assert.deepStrictEqual(
        server.requests.map(({ authorized, path, status }) => [authorized, path, status]),
        [[true, "/serverless/v1/chat/completions", 200]]
      )
    })
  )
})
