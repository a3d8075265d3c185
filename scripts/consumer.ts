/**
 * Installs the packed tarballs of a build with npm, as a user does, and tries them with another compiler or another runtime:
 *
 *     pnpm consumer --typescript 5.7   compiles every subpath and programs of the documentation, all declarations checked
 *     pnpm consumer --bun 1            imports every subpath and runs programs of the documentation in Bun
 *     pnpm consumer --node             the same in the Node that runs this
 *
 * The GitHub workflow runs it for the oldest and the newest version of each.
 */
import { listen } from "effect-friendli-emulator/NodeServer"
import { execFile, execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { parseArgs, promisify } from "node:util"
import { publicModulesOf } from "./exports.js"
import { fromMarkdown, judgeOutput, root, type Snippet } from "./snippets.js"

const { values: options } = parseArgs({
  options: { typescript: { type: "string" }, bun: { type: "string" }, node: { type: "boolean" } }
})
if (options.typescript === undefined && options.bun === undefined && !options.node) {
  throw new Error("say what to try: --typescript 5.7, --bun 1, or --node")
}

const packages = ["packages/friendli", "packages/emulator"].map((folder) => Path.join(root, folder))
const home = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-consumer-"))
process.on("exit", () => Fs.rmSync(home, { recursive: true, force: true }))

const write = (file: string, text: string): void => Fs.writeFileSync(Path.join(home, file), text)
const run = (command: string, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = process.env) =>
  promisify(execFile)(command, args, { cwd: home, env, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 }).then(
    ({ stderr, stdout }) => ({ ok: true, stdout, output: stdout + stderr }),
    (error: { readonly message: string; readonly stdout?: string; readonly stderr?: string }) => ({
      ok: false,
      stdout: error.stdout ?? "",
      output: `${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`
    })
  )

let failures = 0
const report = (what: string, problem: string | undefined): void => {
  if (problem !== undefined) failures++
  console.log(`${problem === undefined ? "ok  " : "FAIL"} ${what}`)
  if (problem !== undefined) console.log(`     ${problem.trimEnd().replaceAll("\n", "\n     ")}`)
}

for (const folder of packages) {
  if (!Fs.existsSync(Path.join(folder, "dist/index.js"))) throw new Error("nothing is built: run `pnpm build` first")
  execFileSync("npx", ["-y", "pnpm@12", "pack", "--pack-destination", home], { cwd: folder, stdio: "ignore" })
}
const tarballs = Fs.readdirSync(home).filter((file) => file.endsWith(".tgz"))

/** The versions of the install line in the README. */
const ranges = /^npm install effect-friendli (.+)$/m.exec(
  Fs.readFileSync(Path.join(root, "packages/friendli/README.md"), "utf8")
)![1]!
write("package.json", JSON.stringify({ private: true, type: "module" }))
execFileSync(
  "npm",
  [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    ...tarballs.map((file) => `./${file}`),
    ...ranges.split(" "),
    "@types/node@20",
    // the declarations of platform-node name it
    "@types/ws@8",
    ...(options.typescript === undefined ? [] : [`typescript@${options.typescript}`]),
    ...(options.bun === undefined ? [] : [`bun@${options.bun}`])
  ],
  { cwd: home, stdio: ["ignore", "ignore", "inherit"] }
)
const installed = (name: string): string => Path.join(home, "node_modules", name)
const versionOf = (name: string): string =>
  (JSON.parse(Fs.readFileSync(Path.join(installed(name), "package.json"), "utf8")) as { readonly version: string })
    .version

const specifiers = packages.flatMap(publicModulesOf).map(({ specifier }) => specifier)
const snippets: ReadonlyArray<Snippet> = ["packages/friendli/README.md", "docs/agents.md", "docs/guides/streaming.md"]
  .flatMap((file) => fromMarkdown(file, Fs.readFileSync(Path.join(root, file), "utf8")))
  .filter(({ fails, run }) => run && fails === undefined)

const fileOf = (index: number): string => `snippet${index}.ts`
snippets.forEach(({ code }, index) => write(fileOf(index), `${code}\n`))

/** What has to be an error where the declarations say what they should: a container has no embeddings. */
const mistake = `import { Effect } from "effect"
import { Container, Embeddings } from "effect-friendli"
const answer = Embeddings.create({ model: "m", input: "text" }).pipe(
  Effect.provide(Container.layer({ baseUrl: "http://localhost:8000" }))
)
// @ts-expect-error the capability is missing
export const promise: Promise<unknown> = Effect.runPromise(answer)
export const data: Effect.Effect<ReadonlyArray<{ readonly index?: number | undefined }>, unknown, unknown> = Effect.map(answer, ({ data }) => data)
// @ts-expect-error an answer is not just anything
export const wrong: Effect.Effect<string, unknown, unknown> = answer
`

if (options.typescript !== undefined) {
  write("subpaths.ts", specifiers.map((specifier, index) => `export * as m${index} from "${specifier}"`).join("\n"))
  write("mistake.ts", mistake)
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true
  }
  const files = ["subpaths.ts", "mistake.ts", ...snippets.map((_, index) => fileOf(index))]
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }))
  const { ok, output } = await run(process.execPath, [installed("typescript/bin/tsc"), "-p", ".", "--pretty", "false"])
  report(
    `TypeScript ${versionOf("typescript")}: ${specifiers.length} subpaths and ${snippets.length} programs compile`,
    ok ? undefined : output
  )
}

const runtimes = [
  ...(options.bun === undefined ? [] : [{ name: `Bun ${versionOf("bun")}`, command: installed(".bin/bun"), args: [] }]),
  ...(options.node
    ? [{ name: `Node ${process.version}`, command: process.execPath, args: ["--import", import.meta.resolve("tsx")] }]
    : [])
]
for (const { args, command, name } of runtimes) {
  write(
    "imports.ts",
    `for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier)\nconsole.log("done")\n`
  )
  const imports = await run(command, [...args, "imports.ts"])
  report(`${name}: ${specifiers.length} subpaths import`, imports.stdout === "done\n" ? undefined : imports.output)

  write(
    "server.ts",
    `import { listen } from "effect-friendli-emulator/NodeServer"
const emulator = await listen({ port: 0 })
const response = await fetch(emulator.url + "/serverless/v1/tokenize", {
  method: "POST",
  headers: { authorization: "Bearer anything", "content-type": "application/json" },
  body: JSON.stringify({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" })
})
console.log(response.status)
await emulator.close()
`
  )
  const server = await run(command, [...args, "server.ts"])
  report(`${name}: the emulator answers`, server.stdout === "200\n" ? undefined : server.output)

  const emulator = await listen({ port: 0 })
  const env = { ...process.env, FRIENDLI_TOKEN: "anything", FRIENDLI_BASE_URL: emulator.url, NO_COLOR: "1" }
  for (const [index, snippet] of snippets.entries()) {
    const { ok, output, stdout } = await run(command, [...args, fileOf(index)], env)
    const problem = ok && stdout.trim() !== "" ? judgeOutput(snippet, stdout) : output
    report(`${name}: ${snippet.name} runs`, problem)
  }
  await emulator.close()
}
if (failures > 0) process.exitCode = 1
