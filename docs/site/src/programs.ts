/**
 * The programs of the documentation that can run in a page. A snippet is such a program if the tests run it, and if everything that it uses
 * exists in a browser. Its imports decide this, not a mark.
 */
import { build, type Plugin, transform } from "esbuild"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { fromMarkdown, generated, type Snippet } from "../../../scripts/snippets.js"
import { excluded, filesUnder, pageOf, root, site } from "./pages.js"

/** A snippet with the name of its button and its file. */
export interface Program {
  readonly id: string
  readonly snippet: Snippet
}

/** The name of a program. The same text has the same name on all pages. */
export const programId = (code: string): string =>
  Crypto.createHash("sha256").update(code.trimEnd()).digest("hex").slice(0, 12)

const packages =
  /^(?:effect|@effect\/platform|@effect\/ai|effect-friendli|effect-friendli-ai)(?:\/.+)?$|^effect-friendli-emulator\/(?:Emulator|EmulatorHttpClient|Faults|Scripts)$/

/**
 * Things that a page does not have: `Buffer`, undici, modules that are imported later, and an address that refuses connections, because the
 * emulator answers at all addresses.
 */
const notInPage = /\bBuffer\b|\bUndiciTransport\b|\bimport\(|:\/\/127\.0\.0\.1:9\b/

/** The import of Node's packages that has a counterpart in the page. */
const ofNode = /^import \{ NodeRuntime \} from "@effect\/platform-node"$/

const imports = (code: string): ReadonlyArray<{ readonly statement: string; readonly specifier: string }> =>
  [...code.matchAll(/^import\b[^"]*?"([^"]+)"/gm)].map(([statement, specifier]) => ({
    statement,
    specifier: specifier!
  }))

/** Whether a snippet is a program that a page can run. */
export const runsInPage = ({ code, run }: Pick<Snippet, "code" | "run">): boolean =>
  run &&
  !notInPage.test(code) &&
  imports(code).every(({ specifier, statement }) => packages.test(specifier) || ofNode.test(statement))

/** The programs of all pages except the reference, by their names. */
export const collectPrograms = (): ReadonlyMap<string, Program> => {
  const pages = [...filesUnder("docs", ".md"), "README.md"].filter(
    (file) => pageOf(file) !== undefined && !excluded.includes(file)
  )
  const programs = new Map<string, Program>()
  for (const file of pages) {
    for (const snippet of fromMarkdown(file, Fs.readFileSync(Path.join(root, file), "utf8"))) {
      if (!runsInPage(snippet)) continue
      const id = programId(snippet.code)
      programs.set(id, { id, snippet })
    }
  }
  return programs
}

/** An import statement of JavaScript: the exported names and their local names, or a namespace. */
const importStatement = /^import\s+(?:\* as (\w+)|\{([^}]*)\})\s+from\s+"([^"]+)";?$/gm

interface Compiled {
  /** The body of a function that gets the modules. */
  readonly body: string
  /** The imported names, or `*` for the whole module. */
  readonly uses: ReadonlyArray<readonly [specifier: string, name: string]>
}

/** Converts the imports of a program to parameters, so that all programs share one copy of the libraries. */
export const compile = async (code: string): Promise<Compiled> => {
  const { code: script } = await transform(code, { loader: "ts", format: "esm", target: "es2022" })
  const uses: Array<readonly [string, string]> = []
  const body = script
    .replace(importStatement, (_, whole: string | undefined, names: string | undefined, specifier: string) => {
      const from = `modules[${JSON.stringify(specifier)}]`
      if (whole !== undefined) {
        uses.push([specifier, "*"])
        return `const ${whole} = ${from}["*"];`
      }
      const list = names!
        .split(",")
        .map((name) => name.trim().split(/\s+as\s+/))
        .filter(([name]) => name !== "")
      uses.push(...list.map(([name]) => [specifier, name!] as const))
      return `const { ${list.map(([name, alias]) => (alias === undefined ? name : `${name}: ${alias}`)).join(", ")} } = ${from};`
    })
    .replace(/^export \{[^}]*\};?\n?/gm, "")
    .replace(/^export (?=const|let|function|class|async)/gm, "")
  if (/^(?:import|export)\b/m.test(body)) throw new Error(`an import or export that cannot be a parameter:\n${body}`)
  return { body, uses }
}

/** Node's runtime has a counterpart. */
const inPage = (specifier: string): string => (specifier === "@effect/platform-node" ? "page:node-runtime" : specifier)

/** Imports once everything that programs use, and exports it by specifier and name. */
const sharedModules = (uses: ReadonlyArray<readonly [string, string]>): string => {
  const names = new Map<string, Set<string>>()
  for (const [specifier, name] of uses) names.set(specifier, (names.get(specifier) ?? new Set()).add(name))
  const lines: Array<string> = []
  const entries: Array<string> = []
  for (const [specifier, found] of [...names].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const members: Array<string> = []
    for (const name of [...found].toSorted()) {
      const local = `m${lines.length}`
      const what = name === "*" ? `* as ${local}` : `{ ${name} as ${local} }`
      lines.push(`import ${what} from ${JSON.stringify(inPage(specifier))}`)
      members.push(`${JSON.stringify(name)}: ${local}`)
    }
    entries.push(`${JSON.stringify(specifier)}: { ${members.join(", ")} }`)
  }
  return `${lines.join("\n")}\nexport const modules = { ${entries.join(", ")} }\n`
}

const page = Path.join(site, "run")

/**
 * Modules that the indexes of packages import, but no program of a page uses. They are empty here, and the modules that import them are not
 * in the bundle.
 */
const ofServers: Plugin = {
  name: "of-servers",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^node:|^undici$|^@effect\/platform-node\// }, ({ path }) => ({ path, namespace: "absent" }))
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "module.exports = {}", loader: "js" }))
  }
}

/** Replaces the package that unpacks the vocabulary with the vocabulary only, without an unused list: see `scripts/vocabulary.ts`. */
const vocabulary: Plugin = {
  name: "vocabulary",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/emulator\/src\/engine\/vocabulary\.ts$/ }, async ({ path }) => {
      const tokenizer = pathToFileURL(createRequire(path).resolve("llama3-tokenizer-js")).href
      const { default: llama3 } = (await import(tokenizer)) as {
        readonly default: { readonly vocabById: ReadonlyArray<string> }
      }
      const pieces = JSON.stringify(llama3.vocabById.join(" "))
      return { contents: `const pieces = ${pieces}\nexport const readPieces = () => pieces.split(" ")\n`, loader: "js" }
    })
  }
}

/**
 * Writes the programs and their shared files into a folder of the built site: one file per program, `programs.json` with the list of programs,
 * `runtime.js` with the libraries and the function that runs a program, and `emulator.js`, which the playground also uses. These files are
 * loaded only when a user runs a program.
 */
export const writePrograms = async (programs: ReadonlyMap<string, Program>, folder: string): Promise<void> => {
  Fs.mkdirSync(folder, { recursive: true })
  const uses: Array<readonly [string, string]> = []
  for (const { id, snippet } of programs.values()) {
    const compiled = await compile(snippet.code)
    uses.push(...compiled.uses)
    const text = `export default async ({ modules, console, process, fetch }) => {\n${compiled.body}}\n`
    Fs.writeFileSync(Path.join(folder, `${id}.js`), text)
  }
  const list = [...programs.values()].map(({ id, snippet }) => ({ id, name: snippet.name, output: snippet.output }))
  Fs.writeFileSync(Path.join(folder, "programs.json"), JSON.stringify(list, null, 2))
  await build({
    entryPoints: { runtime: Path.join(page, "runtime.ts"), emulator: Path.join(page, "emulator.ts") },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    // names of classes are visible in the output of programs
    keepNames: true,
    charset: "utf8",
    chunkNames: "chunks/[name].[hash]",
    logLevel: "error",
    // only the libraries get the page's console and process
    inject: [Path.join(page, "globals.ts")],
    define: { "globalThis.fetch": "pageFetch", "globalThis.process": "process", "globalThis.console": "console" },
    plugins: [
      ofServers,
      vocabulary,
      {
        name: "shared-modules",
        setup: ({ onLoad, onResolve }) => {
          onResolve({ filter: /^shared-modules$/ }, () => ({ path: "shared-modules", namespace: "shared" }))
          // the libraries are resolved as in the tests of the snippets
          onLoad({ filter: /.*/, namespace: "shared" }, () => ({
            contents: sharedModules(uses),
            resolveDir: Path.dirname(generated)
          }))
          onResolve({ filter: /^page:node-runtime$/ }, () => ({ path: Path.join(page, "nodeRuntime.ts") }))
        }
      }
    ]
  })
}
