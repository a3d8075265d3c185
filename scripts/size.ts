/**
 * Compares two numbers that depend only on the lockfile and the sources with their budgets in `scripts/budgets.json`: the size of one streaming chat
 * call, bundled for a browser from the built packages, in bytes after gzip; and how much code `effect-friendli/Chat` loads, relative to
 * `@effect/platform/HttpClient`. `--why` prints how many bytes of the bundle come from each package. `--without internal/echoes,internal/secrets`
 * prints how many bytes these modules of the SDK cost: the bytes that are no longer in the bundle without them.
 */
import { build, type Plugin } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { gzipSync } from "node:zlib"

const { values: options } = parseArgs({ options: { why: { type: "boolean" }, without: { type: "string" } } })

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const budgets = JSON.parse(Fs.readFileSync(Path.join(root, "scripts/budgets.json"), "utf8")) as {
  readonly streamingChatCall: number
  readonly importOfChat: number
}

/** Resolves to the built modules, which users get, not to the sources as the workspace does. */
const built: Plugin = {
  name: "built",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^effect-friendli\// }, ({ path }) => ({
      path: Path.join(root, "packages/friendli/dist", `${path.slice("effect-friendli/".length)}.js`),
      sideEffects: false
    }))
  }
}

const program = `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Serverless from "effect-friendli/Serverless"

Chat.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }).pipe(
  Stream.runForEach((chunk) => Effect.sync(() => console.log(chunk.choices[0]?.delta.content))),
  Effect.provide(Layer.provide(Chat.layer, Serverless.layerClient({ token: "token" }))),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)`

/** Modules of the SDK without their content. Their exports read a global variable, which no bundler can evaluate. */
const emptied = (names: ReadonlyArray<string>): Plugin => ({
  name: "emptied",
  setup: ({ onLoad }) => {
    for (const name of names) {
      const path = Path.join(root, "packages/friendli/dist", `${name}.js`)
      if (!Fs.existsSync(path)) throw new Error(`${path}: this module does not exist`)
      onLoad({ filter: new RegExp(`/friendli/dist/${name}\\.js$`) }, async () => ({
        contents: Object.keys(await import(path))
          .map((it) => `export const ${it} = globalThis.emptied`)
          .join("\n")
      }))
    }
  }
})

const bundled = async (plugins: ReadonlyArray<Plugin>) => {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: program,
      resolveDir: Path.join(root, "packages/examples"),
      loader: "ts",
      sourcefile: "program.ts"
    },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "warning",
    plugins: [...plugins, built]
  })
  const parts = new Map<string, number>()
  for (const [input, { bytesInOutput }] of Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
  )) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(input)?.[1] ?? "effect-friendli"
    parts.set(name, (parts.get(name) ?? 0) + bytesInOutput)
  }
  return { bytes: gzipSync(outputFiles[0]!.contents, { level: 9 }).length, parts }
}

const { bytes, parts } = await bundled([])
if (options.why === true) {
  for (const [name, size] of [...parts].toSorted(([, a], [, b]) => b - a))
    console.log(`${String(size).padStart(8)}  ${name} (minified)`)
}
const kilobytes = (count: number): string => `${(count / 1024).toFixed(1)} KB`
if (options.without !== undefined) {
  const names = options.without.split(",")
  const without = await bundled([emptied(names)])
  console.log(`without ${names.join(" and ")}: ${bytes - without.bytes} bytes less (minified, gzip)`)
}
console.log(`one streaming chat call: ${kilobytes(bytes)} of ${kilobytes(budgets.streamingChatCall)} (minified, gzip)`)
if (!(parts.get("effect-friendli")! > 0)) throw new Error("the bundle contains no code of the SDK")
if (bytes > budgets.streamingChatCall) process.exitCode = 1

/** The bytes of all modules that an import loads. */
const loaded = async (module: string): Promise<number> => {
  const { metafile } = await build({
    stdin: { contents: `import ${JSON.stringify(module)}`, resolveDir: Path.join(root, "packages/examples") },
    bundle: true,
    ignoreAnnotations: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    write: false,
    metafile: true,
    logLevel: "warning",
    plugins: [built]
  })
  return Object.values(metafile.inputs).reduce((sum, input) => sum + input.bytes, 0)
}

const [chat, platform] = [await loaded("effect-friendli/Chat"), await loaded("@effect/platform/HttpClient")]
const ratio = chat / platform
console.log(
  `importing Chat: ${kilobytes(chat)} of code, ${ratio.toFixed(3)} times the code of HttpClient (budget: ${budgets.importOfChat})`
)
if (!(ratio > 1)) throw new Error("Chat loads less code than HttpClient, which it needs")
if (ratio > budgets.importOfChat) process.exitCode = 1
