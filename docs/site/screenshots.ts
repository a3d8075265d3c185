/**
 * Makes the pictures of the README: the playground at the width of a desktop and of a phone. `SCREENSHOTS` names a folder for more pictures: every
 * scene, light and dark, at both widths, for people who change the page.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chromium from "effect-friendli-chromium"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import * as Playground from "./test/playground.support.js"

const images = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../images")

const wide = { width: 1280, height: 960 }
const phone = { width: 390, height: 844 }

/** What is done in each scene before its picture is taken. */
const scenes: Readonly<Record<string, (page: Chromium.Page) => Promise<unknown>>> = {
  chat: async (page) => {
    await page.getByRole("button", { name: "When should a program retry?" }).click()
    await page.getByText(/stop · \d+ tokens/).waitFor()
    await page.getByLabel("Your message").fill("Write a TypeScript function that reverses a string")
    await page.keyboard.press("Enter")
    await page
      .getByText(/stop · \d+ tokens/)
      .nth(1)
      .waitFor()
  },
  tools: async (page) => {
    await page.getByRole("button", { name: "Ask", exact: true }).click()
    await page
      .getByText(/departs 13:30/)
      .first()
      .waitFor()
  },
  form: async (page) => {
    await page.getByRole("button", { name: "Fill the form" }).click()
    await page.getByText("attempt 2: accepted").waitFor()
  },
  tokens: (page) => page.getByRole("option", { name: /👋/ }).hover(),
  faults: async (page) => {
    await page.getByRole("button", { name: /^429, every time/ }).click()
    await page.getByRole("heading", { name: "RateLimitError" }).waitFor()
  }
}

const picture = (
  scene: string,
  file: string,
  options: Parameters<typeof Chromium.open>[0],
  /** What is at the top; the whole page without it. */
  top?: string
) =>
  Effect.gen(function* () {
    const { port } = yield* Playground.Site
    const { page } = yield* Chromium.open({ reducedMotion: "reduce", ...options })
    yield* Effect.promise(async () => {
      await page.goto(`http://127.0.0.1:${port}/playground.html#${scene}`)
      await page.getByRole("tab", { name: "Chat", exact: true }).waitFor()
      await scenes[scene]!(page)
      await page.evaluate((selector) => {
        // without a ring around what was clicked
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
        const found = selector === undefined ? null : document.querySelector(selector)
        // below the bar of the site
        if (found !== null) window.scrollTo(0, found.getBoundingClientRect().top + window.scrollY - 80)
      }, top)
      await page.screenshot({ path: file, fullPage: top === undefined })
    })
    console.log(`${Path.relative(process.cwd(), file)}: ${Math.ceil(Fs.statSync(file).size / 1000)} kB`)
  }).pipe(Effect.scoped)

const program = Effect.gen(function* () {
  const folder = process.env["SCREENSHOTS"]
  if (folder !== undefined) {
    Fs.mkdirSync(folder, { recursive: true })
    for (const scene of Object.keys(scenes))
      for (const colorScheme of ["light", "dark"] as const)
        for (const viewport of [wide, phone]) {
          const file = Path.join(folder, `${scene}-${viewport.width}-${colorScheme}.png`)
          yield* picture(scene, file, { viewport, colorScheme })
        }
    return
  }
  Fs.mkdirSync(images, { recursive: true })
  yield* picture("form", Path.join(images, "playground-1280.png"), { viewport: wide }, ".pg-scenes")
  yield* picture("faults", Path.join(images, "playground-390.png"), { viewport: phone }, ".pg-outcome")
})

await program.pipe(Effect.provide(Layer.merge(Chromium.layer, Playground.layer)), Effect.runPromise)
