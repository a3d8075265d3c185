/**
 * Builds the site, and serves it on loopback until the process is ended.
 *
 * - `--build`: only builds
 * - `--port <number>`: default 5173, or a free port if 5173 is in use
 */
import { parseArgs } from "node:util"
import { build } from "./build.js"
import { dist } from "./pages.js"
import { serve } from "./serve.js"

const { values } = parseArgs({ options: { build: { type: "boolean" }, port: { type: "string" } } })

await build()
if (values.build) {
  console.log(`The site is in ${dist}`)
} else {
  const server = await (values.port === undefined
    ? serve(dist, 5173).catch(() => serve(dist))
    : serve(dist, Number(values.port)))
  console.log(`The site is at ${server.url}/`)
}
