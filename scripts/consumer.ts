/**
 * Installs the packed tarballs of a build with npm, as a user does, and tries them with another compiler or another runtime:
 *
 *     pnpm consumer --typescript 5.7   compiles every subpath and programs of the documentation, with all declarations checked
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
import { publishedFolders } from "./published.js"
import { fromMarkdown, judgeOutput, root, type Snippet } from "./snippets.js"

const { values: options } = parseArgs({
  options: { typescript: { type: "string" }, bun: { type: "string" }, node: { type: "boolean" } }
})
if (options.typescript === undefined && options.bun === undefined && !options.node) {
  throw new Error("choose what to test: --typescript 5.7, --bun 1, or --node")
}

const packages = publishedFolders.map((folder) => Path.join(root, folder))
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
  if (!Fs.existsSync(Path.join(folder, "dist/index.js"))) throw new Error("there is no build: run `pnpm build` first")
  execFileSync("npx", ["-y", "pnpm@12", "pack", "--pack-destination", home], { cwd: folder, stdio: "ignore" })
}
const tarballs = Fs.readdirSync(home).filter((file) => file.endsWith(".tgz"))

interface Manifest {
  readonly name: string
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}
const manifests = packages.map(
  (folder) => JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8")) as Manifest
)
const ours: ReadonlySet<string> = new Set(manifests.map(({ name }) => name))

/** The packages of a line such as `npm install effect@^3.22 …`, without ours. */
const namedIn = (file: string): ReadonlyArray<readonly [name: string, range: string]> =>
  (/^npm install (.+)$/m.exec(Fs.readFileSync(file, "utf8"))?.[1] ?? "").split(" ").flatMap((each) => {
    const [, name, range] = /^(.+)@(.+)$/.exec(each) ?? []
    return name === undefined || range === undefined ? [] : [[name, range] as const]
  })

/** The peer dependencies of all packages: the required ones, or the optional ones, which only some modules need. */
const peersOf = (isOptional: boolean): ReadonlyArray<readonly [name: string, range: string]> =>
  manifests.flatMap(({ peerDependencies = {}, peerDependenciesMeta = {} }) =>
    Object.entries(peerDependencies).filter(
      ([name]) => !ours.has(name) && (peerDependenciesMeta[name]?.optional === true) === isOptional
    )
  )

/** The versions to install. The install lines of the READMEs have priority, because users copy them. */
const ranges = new Map<string, string>()
const install = (
  wanted: ReadonlyArray<readonly [name: string, range: string]>,
  others: ReadonlyArray<string>
): void => {
  const missing = [...new Map(wanted)].filter(([name]) => !ranges.has(name))
  for (const [name, range] of missing) ranges.set(name, range)
  execFileSync(
    "npm",
    [
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      ...others,
      ...missing.map(([name, range]) => `${name}@${range}`)
    ],
    { cwd: home, stdio: ["ignore", "ignore", "inherit"] }
  )
}
write("package.json", JSON.stringify({ private: true, type: "module" }))
install(
  [
    ...packages
      .map((folder) => Path.join(folder, "README.md"))
      .filter((file) => Fs.existsSync(file))
      .flatMap(namedIn),
    ...peersOf(false)
  ],
  [
    ...tarballs.map((file) => `./${file}`),
    "@types/node@20",
    // the declarations of platform-node import it
    "@types/ws@8",
    ...(options.typescript === undefined ? [] : [`typescript@${options.typescript}`]),
    ...(options.bun === undefined ? [] : [`bun@${options.bun}`])
  ]
)
const installed = (name: string): string => Path.join(home, "node_modules", name)
const versionOf = (name: string): string =>
  (JSON.parse(Fs.readFileSync(Path.join(installed(name), "package.json"), "utf8")) as { readonly version: string })
    .version

/** The modules that can be imported without optional peer dependencies: the packages themselves, by their names. */
const roots = [...ours]
const specifiers = packages.flatMap(publicModulesOf).map(({ specifier }) => specifier)
const snippets: ReadonlyArray<Snippet> = [
  "packages/friendli/README.md",
  "packages/ai/README.md",
  "docs/agents.md",
  "docs/guides/streaming.md",
  "docs/guides/effect-ai.md"
]
  .flatMap((file) => fromMarkdown(file, Fs.readFileSync(Path.join(root, file), "utf8")))
  .filter(({ fails, run }) => run && fails === undefined)

const fileOf = (index: number): string => `snippet${index}.ts`
snippets.forEach(({ code }, index) => write(fileOf(index), `${code}\n`))

/** A program that must not compile if the declarations are correct: a container has no embeddings. */
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

const compiles = (files: ReadonlyArray<string>) => {
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true
  }
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, [installed("typescript/bin/tsc"), "-p", ".", "--pretty", "false"])
}
const exporting = (modules: ReadonlyArray<string>): string =>
  modules.map((specifier, index) => `export * as m${index} from "${specifier}"`).join("\n")
const importing = (modules: ReadonlyArray<string>): string =>
  `for (const specifier of ${JSON.stringify(modules)}) await import(specifier)\nconsole.log("done")\n`

const runtimes = [
  ...(options.bun === undefined ? [] : [{ name: `Bun ${versionOf("bun")}`, command: installed(".bin/bun"), args: [] }]),
  ...(options.node
    ? [{ name: `Node ${process.version}`, command: process.execPath, args: ["--import", import.meta.resolve("tsx")] }]
    : [])
]

if (options.typescript !== undefined) {
  write("roots.ts", exporting(roots))
  const { ok, output } = await compiles(["roots.ts"])
  report(
    `TypeScript ${versionOf("typescript")}: ${roots.length} packages compile without optional peers`,
    ok ? undefined : output
  )
}
for (const { args, command, name } of runtimes) {
  write("roots.ts", importing(roots))
  const { output, stdout } = await run(command, [...args, "roots.ts"])
  report(`${name}: ${roots.length} packages import without optional peers`, stdout === "done\n" ? undefined : output)
}

install(peersOf(true), [])

if (options.typescript !== undefined) {
  write("subpaths.ts", exporting(specifiers))
  write("mistake.ts", mistake)
  const { ok, output } = await compiles(["subpaths.ts", "mistake.ts", ...snippets.map((_, index) => fileOf(index))])
  report(
    `TypeScript ${versionOf("typescript")}: ${specifiers.length} subpaths and ${snippets.length} programs compile`,
    ok ? undefined : output
  )
}
for (const { args, command, name } of runtimes) {
  write("imports.ts", importing(specifiers))
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
