/** The built site, as a reader has it: in Chromium, from a server on loopback. */
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Chromium from "effect-friendli-chromium"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { beforeAll, describe } from "vitest"
import { judgeOutput, type Snippet } from "../../../scripts/snippets.js"
import { filesOf, problemsOf } from "../src/check.js"
import { keyOf } from "../.vitepress/theme/sorting.js"
import { build, dist } from "../src/build.js"
import { serve } from "../src/serve.js"

beforeAll(build, 600_000)

/** A page of each kind. */
const kinds: Readonly<Record<string, string>> = {
  landing: "",
  guides: "guides/",
  guide: "guides/errors.html",
  decision: "decisions/0014-bundle-size.html",
  reference: "reference/",
  module: "reference/effect-friendli/Retry.html",
  report: "performance.html"
}

/** More of them: what is wide, long or seldom seen, in one of the colours each. */
const more = {
  light: { streams: "reliability.html", agents: "agents.html", nothing: "404.html" },
  dark: { runtimes: "runtimes.html", operations: "operations.html", architecture: "project/architecture.html" }
}

const server = Effect.acquireRelease(
  Effect.promise(() => serve(dist)),
  (running) => Effect.promise(() => running.close())
)

const open = (options?: Parameters<typeof Chromium.open>[0]) =>
  Effect.gen(function* () {
    const { url } = yield* server
    const { complaints, page } = yield* Chromium.open(options)
    return { complaints, page, url: `${url}/` }
  })

/** Pictures for people, if `SCREENSHOTS` names a folder for them. */
const picture = (page: Chromium.Page, name: string): Promise<unknown> =>
  process.env["SCREENSHOTS"] === undefined
    ? Promise.resolve()
    : page.screenshot({ path: Path.join(Chromium.screenshots(), `${name}.png`), animations: "disabled" })

const widths = [1280, 390] as const

/** What a page complained about. It may leave a request unfinished when it is left itself. */
const serious = (complaints: ReadonlyArray<string>): ReadonlyArray<string> =>
  complaints.filter((complaint) => !complaint.endsWith("net::ERR_ABORTED"))

interface Result {
  readonly text: string
  readonly failure: string | null
}

/** Runs programs one after another, in a page. It is a text, because Vitest changes what a module imports. */
const runAll = (folder: string, ids: ReadonlyArray<string>): string => `(async () => {
  const folder = ${JSON.stringify(folder)}
  const runtime = await import(folder + "runtime.js")
  const results = []
  for (const id of ${JSON.stringify(ids)}) {
    let text = ""
    const running = runtime.run(id, folder, (more, stream) => { if (stream === "output") text += more })
    const timer = setTimeout(running.stop, 10_000)
    const { kind, message, name } = await running.outcome
    clearTimeout(timer)
    results.push({ text, failure: kind === "done" ? null : kind === "failed" ? name + ": " + message : kind })
  }
  return results
})()`

describe("the built pages", () => {
  it("have no link and no anchor that leads to nothing", () => {
    const pages = filesOf(dist)
    expect(pages.size).toBeGreaterThan(200)
    expect(problemsOf(pages)).toEqual([])
    // a check that finds nothing anywhere checks nothing
    const broken = new Map([...pages, ["broken.html", '<a href="/nowhere.html"></a><a href="/guides/errors.html#no">']])
    expect(problemsOf(broken)).toHaveLength(2)
  })
})

it.layer(Chromium.layer, { timeout: "60 seconds" })("the site in Chromium", (it) => {
  for (const colorScheme of ["light", "dark"] as const) {
    it.scoped(
      `is readable in ${colorScheme} colours, on a desk and on a phone`,
      () =>
        Effect.gen(function* () {
          const { complaints, page, url } = yield* open({ colorScheme })
          for (const [kind, path] of Object.entries({ ...kinds, ...more[colorScheme] })) {
            yield* Effect.promise(() => page.goto(url + path, { waitUntil: "load" }))
            expect([kind, yield* Chromium.violations(page)]).toEqual([kind, []])
            for (const width of widths) {
              yield* Effect.promise(() => page.setViewportSize({ width, height: width === 390 ? 844 : 800 }))
              const overflow = yield* Effect.promise(() =>
                page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
              )
              expect([kind, width, overflow]).toEqual([kind, width, 0])
              yield* Effect.promise(() => picture(page, `${kind}-${width}-${colorScheme}`))
            }
            yield* Effect.promise(() => page.setViewportSize({ width: 1280, height: 800 }))
          }
          expect(serious(complaints)).toEqual([])
        }),
      180_000
    )
  }

  it.scoped("has its navigation on a phone", () =>
    Effect.gen(function* () {
      const { complaints, page, url } = yield* open({ viewport: { width: 390, height: 844 } })
      yield* Effect.promise(async () => {
        await page.goto(`${url}guides/errors.html`)
        await page.getByRole("button", { name: "mobile navigation" }).click()
        await page.locator("#VPNavScreen").getByRole("link", { name: "Guides" }).waitFor()
        await picture(page, "menu-390")
        await page.getByRole("button", { name: "mobile navigation" }).click()
        await page.getByRole("button", { name: "Menu", exact: true }).click()
        await page.locator("#VPSidebarNav").getByRole("link", { name: "Streaming" }).click()
        await page.waitForURL("**/guides/streaming.html")
        await page.getByRole("heading", { name: "Streaming", level: 1 }).waitFor()
      })
      expect(serious(complaints)).toEqual([])
    })
  )

  it.scoped("sorts the tables of reports with the mouse and with the keyboard", () =>
    Effect.gen(function* () {
      const { complaints, page, url } = yield* open()
      yield* Effect.promise(() => page.goto(`${url}performance.html`, { waitUntil: "networkidle" }))
      const table = page.locator("table").first()
      const measured = table.getByRole("columnheader", { name: "measured" })
      const column = (): Promise<Array<string>> =>
        table.locator("tbody tr td:nth-child(4)").evaluateAll((cells) => cells.map(({ textContent }) => textContent))
      const numbers = (cells: ReadonlyArray<string>): ReadonlyArray<number> => cells.map((cell) => Number(keyOf(cell)))
      yield* Effect.promise(async () => {
        const before = await column()
        const ascending = numbers(before).toSorted((a, b) => a - b)
        expect(numbers(before)).not.toEqual(ascending)
        await measured.getByRole("button").click()
        expect(numbers(await column())).toEqual(ascending)
        expect(await measured.getAttribute("aria-sort")).toBe("ascending")
        await measured.getByRole("button").focus()
        await page.keyboard.press("Enter")
        expect(numbers(await column())).toEqual(ascending.toReversed())
        expect(await measured.getAttribute("aria-sort")).toBe("descending")
        await picture(page, "sorted-1280")
        await page.keyboard.press("Space")
        expect(await column()).toEqual(before)
        expect(await measured.getAttribute("aria-sort")).toBeNull()
        // a page that is reached by a link sorts as well
        await page.locator(".VPSidebar").getByRole("link", { name: "Reliability", exact: true }).click()
        await page.waitForURL("**/reliability.html")
        const row = page.locator("table").nth(1).getByRole("columnheader", { name: "row", exact: true })
        await row.getByRole("button").click()
        expect(await row.getAttribute("aria-sort")).toBe("ascending")
      })
      expect(serious(complaints)).toEqual([])
    })
  )

  it.scoped("finds pages by their words", () =>
    Effect.gen(function* () {
      const { complaints, page, url } = yield* open()
      yield* Effect.promise(async () => {
        await page.goto(url, { waitUntil: "networkidle" })
        await page.keyboard.press("Control+k")
        await page.getByRole("searchbox").fill("Retry-After")
        await page.locator(".VPLocalSearchBox .result").first().waitFor()
        await picture(page, "search-1280")
      })
      expect(yield* Chromium.violations(page)).toEqual([])
      yield* Effect.promise(async () => {
        await page.keyboard.press("Enter")
        await page.waitForURL(/\/(guides|reference|decisions)\//)
        await page.keyboard.press("Control+k")
        await page.getByRole("searchbox").fill("Retry.transient")
        await page.locator('.VPLocalSearchBox .result[href*="/reference/effect-friendli/Retry"]').first().waitFor()
      })
      expect(serious(complaints)).toEqual([])
    })
  )

  it.scoped("runs a program in the page, shows its failure, and stops it", () =>
    Effect.gen(function* () {
      const { complaints, page, url } = yield* open()
      const program = page.locator(".program").first()
      const button = program.locator(".program-run")
      const outcome = (kind: string): Promise<void> => page.locator(`.program[data-outcome=${kind}]`).first().waitFor()
      const replaceWith = async (body: string): Promise<void> => {
        await page.route(
          (asked) => /\/run\/[\da-f]{12}\.js$/.test(asked.pathname),
          (route) =>
            route.fulfill({
              contentType: "text/javascript",
              body: `export default async ({ console, modules }) => {
                const { Effect } = modules.effect
                ${body}
              }`
            })
        )
      }
      yield* Effect.promise(async () => {
        const asked: Array<string> = []
        page.on("request", (request) => asked.push(new URL(request.url()).pathname))
        await page.goto(url, { waitUntil: "networkidle" })
        expect(asked.filter((path) => path.startsWith("/run/"))).toEqual([])
        await button.click()
        await outcome("done")
        expect(await program.locator(".program-output").textContent()).toMatch(/^[\s\S]+\n\d+ tokens\n$/)
        expect(await button.textContent()).toBe("Run again")
        await picture(page, "run-1280")
      })
      expect(yield* Chromium.violations(page)).toEqual([])
      yield* Effect.promise(async () => {
        // modules that were loaded stay: another page shows what a failure looks like
        await replaceWith(`Effect.runPromise(Effect.fail({ _tag: "RateLimitError", message: "too many requests" }))`)
        await page.goto(`${url}guides/errors.html`, { waitUntil: "networkidle" })
        await button.focus()
        await page.keyboard.press("Enter")
        await outcome("failed")
        expect(await program.locator(".program-failure").textContent()).toBe("RateLimitError: too many requests")
        await picture(page, "failure-1280")
        await page.unrouteAll()
        await replaceWith(`console.log("waits"); await Effect.runPromise(Effect.never)`)
        await page.goto(`${url}guides/retries.html`, { waitUntil: "networkidle" })
        await page.setViewportSize({ width: 390, height: 844 })
        await button.click()
        await program.getByText("waits").waitFor()
        await program.getByText("Running…").waitFor()
        await picture(page, "running-390")
        await program.getByRole("button", { name: "Stop" }).click()
        await outcome("stopped")
        expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)
      })
      expect(serious(complaints)).toEqual([])
    })
  )

  it.scoped(
    "runs all programs of the guides with the output that they promise",
    () =>
      Effect.gen(function* () {
        const { complaints, page, url } = yield* open()
        const programs = JSON.parse(Fs.readFileSync(Path.join(dist, "run/programs.json"), "utf8")) as ReadonlyArray<{
          readonly id: string
          readonly name: string
          readonly output: ReadonlyArray<string>
        }>
        expect(programs.length).toBeGreaterThan(100)
        yield* Effect.promise(() => page.goto(url))
        const results = yield* Effect.promise(() =>
          page.evaluate<ReadonlyArray<Result>>(
            runAll(
              `${url}run/`,
              programs.map(({ id }) => id)
            )
          )
        )
        const problems = programs.flatMap(({ name, output }, index) => {
          const { failure, text } = results[index]!
          const problem = failure ?? judgeOutput({ output } as Snippet, text)
          return problem === undefined ? [] : [`${name}: ${problem}`]
        })
        expect(problems).toEqual([])
        expect(serious(complaints)).toEqual([])
      }),
    120_000
  )
})
