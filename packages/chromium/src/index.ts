/**
 * Headless Chromium for the tests of pages. The browser comes in an npm package: nothing is installed on the system, and nothing else is downloaded.
 */
import Chromium from "@sparticuz/chromium"
import Axe from "axe-core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import type * as Scope from "effect/Scope"
import { type Browser as PlaywrightBrowser, type BrowserContextOptions, chromium, type Page } from "playwright-core"

export type { Locator, Page } from "playwright-core"

/** A browser that runs until its layer is released. */
export class Browser extends Context.Tag("effect-friendli-chromium/Browser")<Browser, PlaywrightBrowser>() {}

// The package's own flags are for small cloud functions: they run everything in one process and turn off the rules about origins, which the tests
// need.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--font-render-hinting=none",
  // the browser connects only to the pages of a test
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run"
]

// another version has another folder of the installed package
const installed = Crypto.createHash("sha256")
  .update(createRequire(import.meta.url).resolve("@sparticuz/chromium"))
  .digest("hex")
  .slice(0, 12)

/**
 * Unpacks the browser once for all processes. They may start at the same time, so each unpacks into its own folder, and the first one renames its
 * folder to the name that all of them use.
 */
const unpacked = async (): Promise<string> => {
  const shared = Path.join(Os.tmpdir(), `effect-friendli-chromium-${installed}`)
  if (Fs.existsSync(shared)) return Path.join(shared, "chromium")
  const own = Fs.mkdtempSync(`${shared}-`)
  const { TMPDIR } = process.env
  process.env["TMPDIR"] = own
  try {
    await Chromium.executablePath()
  } finally {
    if (TMPDIR === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = TMPDIR
  }
  try {
    Fs.renameSync(own, shared)
  } catch {
    Fs.rmSync(own, { recursive: true, force: true })
  }
  return Path.join(shared, "chromium")
}

const launch = (more: ReadonlyArray<string>) =>
  Effect.promise(async () =>
    chromium.launch({
      executablePath: await unpacked(),
      args: [...flags, ...more],
      headless: true
    })
  )

/** Starts the browser with more flags, such as `--host-resolver-rules=MAP example.test 127.0.0.1`. */
export const layerWith = (more: ReadonlyArray<string>): Layer.Layer<Browser> =>
  Layer.scoped(
    Browser,
    Effect.acquireRelease(launch(more), (browser) => Effect.promise(() => browser.close()))
  )

/** Starts the browser once, for everything that shares the layer. */
export const layer: Layer.Layer<Browser> = layerWith([])

/** A page, and its problems since it was opened: errors in the console, exceptions, failed requests. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: ReadonlyArray<string>
}

/** Opens a page in its own session (cookies, storage), closed with the scope. The default is a window of 1280 by 800 pixels. */
export const open = (options: BrowserContextOptions = {}): Effect.Effect<WatchedPage, never, Browser | Scope.Scope> =>
  Effect.gen(function* () {
    const browser = yield* Browser
    const session = yield* Effect.acquireRelease(
      Effect.promise(() => browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })),
      (context) => Effect.promise(() => context.close())
    )
    const page = yield* Effect.promise(() => session.newPage())
    const complaints: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(`console: ${message.text()}`)
    })
    page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`))
    page.on("requestfailed", (request) => {
      complaints.push(`request: ${request.url()} ${request.failure()?.errorText ?? ""}`)
    })
    return { page, complaints }
  })

/** The accessibility violations that axe finds in the current page, serious and critical ones, one line each with the elements. */
export const violations = (page: Page): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    await page.evaluate(Axe.source)
    const found = await page.evaluate(() => (window as unknown as { readonly axe: typeof Axe }).axe.run())
    return found.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ help, id, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(" ")).join(", ")})`)
  })

/** A folder for screenshots of a test run, for people to look at. */
export const screenshots = (): string => {
  const folder = process.env["SCREENSHOTS"] ?? Path.join(Os.tmpdir(), "effect-friendli-screenshots")
  Fs.mkdirSync(folder, { recursive: true })
  return folder
}
