/**
 * Starts the program in Chromium. Checks that need a network run in a page of this machine, whose origin differs from that of the emulator. The other
 * checks run in a page without HTTPS, where browsers leave out half of `crypto`, under a policy that forbids `eval`.
 */
import * as Effect from "effect/Effect"
import * as Chromium from "effect-friendli-chromium"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { bundleOf, type Consumer } from "../consumer.js"
import type { Given, Told } from "../result.js"

const scriptType = "text/javascript; charset=utf-8"
const pageType = "text/html; charset=utf-8"

const pageOf = (script: string): string => `<!doctype html><title>Conformance</title><script src="${script}"></script>`

/** Serves the page and its program. */
const serve = (program: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer(({ url }, response) => {
        const isProgram = url === "/program.js"
        response.setHeader("content-type", isProgram ? scriptType : pageType)
        response.end(isProgram ? program : pageOf("/program.js"))
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return server
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )

/** Runs the program in a page. The errors of the page explain a missing program; while faults are tested, errors are expected. */
const runIn = ({ complaints, page }: Chromium.WatchedPage, given: Given) =>
  Effect.promise(async () => {
    if (!(await page.evaluate(() => "runConformance" in globalThis))) {
      throw new Error(`the program did not start: ${complaints.join("; ")}`)
    }
    return page.evaluate(
      (input) =>
        (globalThis as unknown as { readonly runConformance: (given: Given) => Promise<Told> }).runConformance(input),
      given
    )
  })

/** A URL that is not of this machine, so that its page is not a secure context. No network request is made. */
const plain = "http://plain.test"

export const runInPage = (consumer: Consumer, given: Given): Promise<Told> =>
  Effect.gen(function* () {
    const program = bundleOf(consumer, "page")
    const server = yield* serve(program)

    const near = yield* Chromium.open()
    yield* Effect.promise(() => near.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
    const networked = yield* runIn(near, { ...given, groups: given.groups.filter((group) => group !== "inProcess") })

    const insecure = yield* Chromium.open()
    yield* Effect.promise(() =>
      insecure.page.route(`${plain}/**`, (route) =>
        route.fulfill(
          route.request().url().endsWith(".js")
            ? { contentType: scriptType, body: program }
            : {
                contentType: pageType,
                headers: { "content-security-policy": "default-src 'self'" },
                body: pageOf("/program.js")
              }
        )
      )
    )
    yield* Effect.promise(() => insecure.page.goto(`${plain}/`))
    const isSecure = yield* Effect.promise(() => insecure.page.evaluate(() => isSecureContext))
    if (isSecure) return yield* Effect.dieMessage("the page should not be a secure context")
    const inside = yield* runIn(insecure, { ...given, groups: given.groups.filter((group) => group === "inProcess") })

    return { version: networked.version, results: [...networked.results, ...inside.results] }
  }).pipe(Effect.scoped, Effect.provide(Chromium.layer), Effect.runPromise)
