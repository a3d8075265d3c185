import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "effect-friendli-chromium"

it.layer(Chromium.layer, { timeout: "60 seconds" })("Chromium", (it) => {
  it.scoped("shows a page, and tells what the page complains about", () =>
    Effect.gen(function* () {
      const { complaints, page } = yield* Chromium.open()
      yield* Effect.promise(() => page.setContent("<h1>Hello</h1><script>throw new Error('broken')</script>"))
      expect(yield* Effect.promise(() => page.textContent("h1"))).toBe("Hello")
      expect(complaints).toEqual(["exception: broken"])
    })
  )

  it.scoped("finds what a person with a screen reader would miss", () =>
    Effect.gen(function* () {
      const { page } = yield* Chromium.open()
      const good = "<html lang='en'><title>Page</title><main><h1>Hello</h1><label>Name <input></label></main></html>"
      yield* Effect.promise(() => page.setContent(good))
      expect(yield* Chromium.violations(page)).toEqual([])
      yield* Effect.promise(() => page.setContent(good.replace("<label>Name <input></label>", "<input>")))
      expect(yield* Chromium.violations(page)).toEqual([expect.stringMatching(/^label: /)])
    })
  )
})
