/** The page: its source is in `page/`. It is bundled once, when the server starts. */
import { HttpApiBuilder, HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"
import * as Esbuild from "esbuild"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

const sources = fileURLToPath(new URL("page", import.meta.url))

const bundle = Effect.promise(() =>
  Esbuild.build({
    absWorkingDir: sources,
    entryPoints: { page: "main.tsx", style: "style.css" },
    outdir: "/",
    write: false,
    bundle: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": `"production"` }
  })
)

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Chat</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body><div id="page"></div></body>
</html>
`

/** The routes of the page, in addition to the routes of the API. */
export const Page = HttpApiBuilder.Router.use((router) =>
  Effect.gen(function* () {
    yield* router.get("/", HttpServerResponse.html(html))
    const { outputFiles } = yield* bundle
    for (const { contents, path } of outputFiles) {
      const contentType = path.endsWith(".css") ? "text/css" : "text/javascript"
      yield* router.get(`/${Path.basename(path)}`, HttpServerResponse.uint8Array(contents, { contentType }))
    }
  })
)
