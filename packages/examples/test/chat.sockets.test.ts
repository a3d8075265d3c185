/** The chat application, used in a browser as a person uses it. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Chromium from "effect-friendli-chromium"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import * as Path from "node:path"
import { address, Application, asked, cancelled, cheap, dear } from "./chat.support.js"

const wide = { width: 1280, height: 800 }
const narrow = { width: 390, height: 844 }

const longQuestion = "What should I see in Busan in two days?"
const end = "the wind is fresh in the evening"

/** The page in a window, with what a person does there. */
const open = (viewport: typeof wide, colorScheme: "light" | "dark") =>
  Effect.gen(function* () {
    const { complaints, page } = yield* Chromium.open({ viewport, colorScheme, reducedMotion: "reduce" })
    const url = yield* address
    yield* Effect.promise(() => page.goto(url))
    const button = (name: string) => page.getByRole("button", { name, exact: true })
    const field = page.getByRole("textbox", { name: "Message" })
    const last = page.getByRole("article").last()
    return {
      page,
      complaints,
      url,
      button,
      field,
      last,
      /** Writes a question and sends it. */
      ask: async (text: string) => {
        await field.fill(text)
        await field.press("Enter")
      },
      /** Waits for a text in the last message. */
      sees: (text: string) => last.getByText(text).first().waitFor(),
      /** Waits for the end of the answer. */
      answered: () => button("Regenerate").waitFor(),
      spent: async () => (await page.locator(".spent").textContent()) ?? "",
      /** Takes a screenshot, and gives what axe finds. */
      look: (name: string) =>
        Effect.zipRight(
          Effect.promise(() =>
            page.screenshot({
              path: Path.join(Chromium.screenshots(), `chat-${name}-${viewport.width}-${colorScheme}.png`)
            })
          ),
          Chromium.violations(page)
        )
    }
  })

const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 3 })

/** What a browser says of a request that it has cancelled. */
const isCancelled = (complaint: string): boolean =>
  complaint.startsWith("request: ") && complaint.endsWith("/api/chat net::ERR_ABORTED")

layer(Layer.merge(Chromium.layer, Application({ timeToFirstToken: 100, tokensPerSecond: 80 })), {
  timeout: "60 seconds",
  excludeTestServices: true
})("the chat application", (it) => {
  it.scoped(
    "shows the answer as it arrives and what it costs, changes the model, and survives a reload",
    () =>
      Effect.gen(function* () {
        const { ask, answered, button, complaints, last, look, page, sees, spent, url } = yield* open(wide, "light")
        yield* Effect.promise(() => button(longQuestion).waitFor())
        assert.deepStrictEqual(yield* look("empty"), [])
        yield* Effect.promise(async () => {
          await button(longQuestion).click()
          await sees("Day one")
          const early = (await last.innerText()).length
          assert.isTrue(await button("Stop").isVisible())
          await answered()
          assert.include(await last.innerText(), end)
          assert.isAbove((await last.innerText()).length, early + 100)
          await page.getByRole("status").getByText("The assistant has answered.").waitFor()
          assert.isFalse(await last.getByText("A short visit").isVisible())
          await last.getByText("Reasoning").click()
          assert.isTrue(await last.getByText("A short visit").isVisible())
        })
        assert.deepStrictEqual(yield* look("answer"), [])
        yield* Effect.promise(async () => {
          const one = await spent()
          const tokens = Number(/^([\d,]+) tokens/.exec(one)?.[1]?.replace(",", ""))
          assert.strictEqual(one, `${tokens} tokens · ${dollars.format(tokens / 1e6)}`)
          await page.getByLabel("Model").selectOption(dear)
          await ask("A short answer, please.")
          await sees("Yes.")
          await last.getByText(`${dear} ·`).waitFor()
          const both = await spent()
          assert.notStrictEqual(both, one)
          await page.reload()
          await sees("Yes.")
          // counted once the prices have arrived
          await page.locator(".spent").getByText(both).waitFor()
          assert.include(await page.getByRole("article", { name: "Assistant" }).first().innerText(), end)
          // another conversation is empty, and the list leads back
          await button("New").click()
          await button(longQuestion).waitFor()
          await page.getByLabel("Conversation").selectOption({ label: longQuestion })
          await sees("Yes.")
          assert.match(page.url(), new RegExp(`^${url}/#[0-9a-f-]{36}$`))
        })
        assert.deepStrictEqual(
          (yield* asked).slice(-2).map(({ model }) => model),
          [cheap, dear]
        )
        assert.deepStrictEqual(complaints, [])
      }),
    60_000
  )

  it.scoped("stops in the middle, which cancels the generation, generates again, and stops when the page is left", () =>
    Effect.gen(function* () {
      const { answered, ask, button, complaints, last, page, sees } = yield* open(narrow, "dark")
      yield* Effect.promise(async () => {
        await ask(longQuestion)
        await sees("Day one")
        await button("Stop").click()
        await button("Send").waitFor()
      })
      const request = yield* cancelled
      yield* Effect.promise(async () => {
        assert.notInclude(await last.innerText(), end)
        await page.reload()
        await sees("Day one")
        assert.notInclude(await last.innerText(), end)
        await button("Regenerate").click()
        await sees(end)
        await answered()
        // one question and one answer: what was stopped is gone
        assert.strictEqual(await page.getByRole("article").count(), 2)
      })
      const [, again] = (yield* asked).slice(-2)
      assert.isAbove(again!.tokensGenerated, request.tokensGenerated)
      assert.isFalse(again!.aborted)
      yield* Effect.promise(async () => {
        await ask(longQuestion)
        await sees("Day one")
        await page.goto("about:blank")
      })
      yield* cancelled
      assert.deepStrictEqual(
        complaints.filter((each) => !isCancelled(each)),
        []
      )
    })
  )

  it.scoped("asks before a tool runs: approved, also after a reload, it runs, and denied it does not", () =>
    Effect.gen(function* () {
      const { answered, ask, button, complaints, last, look, page, sees } = yield* open(narrow, "light")
      yield* Effect.promise(async () => {
        await button("Book me the cheapest train from Seoul to Busan.").click()
        await button("Approve").waitFor()
        assert.deepStrictEqual(
          (await last.locator(".tool").allInnerTexts()).map((text) => text.replace(/\n+/g, "\n")),
          [
            "search_trains is done\nfrom\nSeoul\nto\nBusan\nResult",
            "book_train needs your approval\ntrain\nSRT 303\nApprove\nDeny"
          ]
        )
        await page.getByRole("status").getByText("A tool needs your approval.").waitFor()
      })
      assert.deepStrictEqual(yield* look("approval"), [])
      yield* Effect.promise(async () => {
        await page.reload()
        await button("Approve").click()
        await sees("It is booked: seat 7A")
        await answered()
        await sees("book_train is done")
        assert.strictEqual(await page.getByRole("article").count(), 2)
        await button("New").click()
        await button(longQuestion).waitFor()
        await ask("Book a train.")
        await button("Deny").click()
        await sees("I have not booked anything")
        await sees("book_train was denied")
      })
      const [booked, denied] = (yield* asked).filter(({ body }) =>
        JSON.stringify(body).includes('"book_train","arguments"')
      )
      assert.include(JSON.stringify(booked!.body), "7A")
      assert.include(JSON.stringify(denied!.body), "The user has denied this call")
      assert.deepStrictEqual(complaints, [])
    })
  )

  it.scoped("says what is wrong and what one can do, and tries again", () =>
    Effect.gen(function* () {
      const { answered, ask, button, complaints, last, look, page, sees } = yield* open(wide, "dark")
      const { faults } = yield* EmulatorServer
      const chat = { operation: "chat", times: 1 } as const
      const alert = page.getByRole("alert")
      yield* Effect.promise(async () => {
        faults.addRules({ ...chat, fault: { status: 503, retryAfter: 0 }, times: 3 })
        await ask(longQuestion)
        await alert.getByText("The model is busy. Try again in a moment, or choose another model.").waitFor()
        faults.addRules({ ...chat, fault: { status: 429, retryAfter: 90 } })
        await button("Retry").click()
        await alert.getByText("There are too many requests at the moment. Try again in 90 seconds.").waitFor()
        faults.addRules({ ...chat, fault: { truncate: { afterEvents: 60 } } })
        await button("Retry").click()
        await alert.getByText("The answer was cut off before its end. Try again.").waitFor()
        assert.include(await last.innerText(), "Day one")
      })
      assert.deepStrictEqual(yield* look("error"), [])
      yield* Effect.promise(async () => {
        await button("Retry").click()
        await sees(end)
        await answered()
        assert.strictEqual(await alert.count(), 0)
        assert.strictEqual(await page.getByRole("article").count(), 2)
      })
      assert.deepStrictEqual(
        // useChat reads no further than the error
        complaints.filter((each) => !isCancelled(each)).map((each) => /status of (\d+)/.exec(each)?.[1] ?? each),
        ["503", "503"]
      )
    })
  )

  it.scoped("needs no mouse", () =>
    Effect.gen(function* () {
      const { button, complaints, field, last, look, page, sees } = yield* open(narrow, "dark")
      const { keyboard } = page
      const isFocused = async (name: string) =>
        assert.isTrue(await button(name).evaluate((it) => it === document.activeElement))
      yield* Effect.promise(async () => {
        await page.getByText("Ask anything").waitFor()
        await keyboard.type("Book a train")
        await keyboard.press("Shift+Enter")
        await keyboard.type("please.")
        assert.strictEqual(await field.inputValue(), "Book a train\nplease.")
        await keyboard.press("Enter")
        await button("Approve").waitFor()
      })
      assert.deepStrictEqual(yield* look("keyboard"), [])
      yield* Effect.promise(async () => {
        await keyboard.press("Shift+Tab")
        await isFocused("Deny")
        await keyboard.press("Shift+Tab")
        await isFocused("Approve")
        await keyboard.press("Enter")
        await sees("It is booked: seat 7A")
        await button("Regenerate").waitFor()
        await keyboard.type(longQuestion)
        await keyboard.press("Enter")
        await sees("Day one")
        await keyboard.press("Escape")
        await button("Send").waitFor()
        assert.notInclude(await last.innerText(), end)
      })
      yield* cancelled
      assert.deepStrictEqual(
        complaints.filter((each) => !isCancelled(each)),
        []
      )
    })
  )
})
