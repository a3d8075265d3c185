/**
 * Tests the documentation: extracts every TypeScript snippet from the guides and the docstrings, type-checks all of them in one strict compiler run,
 * and runs those that can run, against an emulator. `docs/snippets.test.ts` turns each snippet into a test.
 *
 * Where snippets come from: ```ts blocks of README.md, docs and packages/<name>/README.md; `@example` sections and ```ts blocks of docstrings in the
 * sources of the published packages. Attributes are in the fence's info string, or after `@example` if the example has no fence:
 *
 * - `run`: executed (in guides only with this attribute; in examples always, unless `no-run`)
 * - `no-run`: only compiled
 * - `no-check`: neither compiled nor run
 * - `fails="TS2345"`: must not compile, with exactly this code
 *
 * `// => text` on or under a `console.log` is the expected output: a snippet with such comments must print exactly these lines in order; blank lines
 * are ignored. `...` in them matches any text.
 */
import { type ChildProcess, execFile, fork } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { publishedFolders } from "./published.js"

/** One snippet, with its expected output or errors. */
export interface Snippet {
  /** Its place, relative to the root of the workspace: `docs/streams.md:42`. */
  readonly name: string
  readonly file: string
  /** The line of `file` of the first line of `code`. */
  readonly line: number
  readonly code: string
  readonly check: boolean
  readonly run: boolean
  readonly fails: string | undefined
  readonly output: ReadonlyArray<string>
}

/** A compiler error in a line of a snippet: the whole message, with the indented lines that explain it. */
export interface CompilerError {
  readonly code: string
  readonly line: number
  readonly message: string
}

/** The result of a run. `error` is undefined if it succeeded. */
export interface RunResult {
  readonly error: string | undefined
  readonly stdout: string
}

export const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")

/** The folder of the generated modules: next to the examples, so that imports resolve as for a user. */
export const generated = Path.join(root, "packages/examples/.snippets")

/** How long one snippet may run, in milliseconds. */
const runTimeout = 30_000

const attributesPattern = /^(?:\s*(?:run|no-run|no-check|fails="TS\d+"))+\s*$/
const knownAttributes = /run|no-run|no-check|fails="TS\d+"/

const snippetOf = (file: string, line: number, code: string, info: string, runByDefault: boolean): Snippet => {
  const words = info.split(/\s+/).filter((word) => word !== "")
  const unknown = words.find((word) => knownAttributes.exec(word)?.[0] !== word)
  if (unknown !== undefined) {
    throw new Error(
      `${file}:${line}: "${unknown}" is not an attribute of a snippet (run, no-run, no-check, fails="TS1234")`
    )
  }
  const fails = words.map((word) => /^fails="(TS\d+)"$/.exec(word)?.[1]).find((word) => word !== undefined)
  const check = !words.includes("no-check")
  return {
    name: `${file}:${line}`,
    file,
    line,
    code,
    check,
    fails,
    run: check && fails === undefined && (words.includes("run") || (runByDefault && !words.includes("no-run"))),
    output: code.split("\n").flatMap((text) => /\/\/ => (.*)$/.exec(text)?.[1]?.trimEnd() ?? [])
  }
}

interface Line {
  readonly number: number
  readonly text: string
}

/** The fenced ts blocks in `lines`. The indentation of an indented fence is removed from its lines. */
const fences = (file: string, lines: ReadonlyArray<Line>, runByDefault: boolean): Array<Snippet> => {
  const found: Array<Snippet> = []
  let open:
    | { readonly indent: number; readonly mark: string; readonly info: string; readonly body: Array<Line> }
    | undefined
  for (const line of lines) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(line.text)
    if (open === undefined) {
      if (fence) open = { indent: fence[1]!.length, mark: fence[2]!, info: fence[3]!, body: [] }
    } else if (fence && fence[3] === "" && fence[2]!.startsWith(open.mark)) {
      const language = /^(ts|typescript)(?:\s+(.*))?$/.exec(open.info)
      const first = open.body[0]
      if (language && first) {
        const { indent } = open
        const code = open.body.map(({ text }) => text.replace(new RegExp(`^\\s{0,${indent}}`), "")).join("\n")
        found.push(snippetOf(file, first.number, code, language[2] ?? "", runByDefault))
      }
      open = undefined
    } else {
      open.body.push(line)
    }
  }
  if (open) throw new Error(`${file}: a code fence is not closed`)
  return found
}

const linesOf = (text: string): Array<Line> =>
  text.split(/\r?\n/).map((line, index) => ({ number: index + 1, text: line }))

/** The snippets of a Markdown document. */
export const fromMarkdown = (file: string, text: string): Array<Snippet> => fences(file, linesOf(text), false)

/** The snippets of a source file's docstrings. */
export const fromSource = (file: string, text: string): Array<Snippet> => {
  const found: Array<Snippet> = []
  for (const comment of text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    const before = text.slice(0, comment.index).split("\n").length
    const lines = comment[0].split(/\r?\n/).map((line, index) => ({
      number: before + index,
      text: line
        .replace(/^\s*\/\*\*\s?/, "")
        .replace(/\s*\*\/$/, "")
        .replace(/^\s*\* ?/, "")
    }))
    const rest: Array<Line> = []
    for (let index = 0; index < lines.length; index++) {
      const tag = /^@example\b\s*(.*)$/.exec(lines[index]!.text)
      if (!tag) {
        rest.push(lines[index]!)
        continue
      }
      const body: Array<Line> = []
      // a decorator inside a fence is not a tag
      let fenced = false
      while (index + 1 < lines.length && (fenced || !/^@\w/.test(lines[index + 1]!.text))) {
        index++
        if (/^\s*(```|~~~)/.test(lines[index]!.text)) fenced = !fenced
        body.push(lines[index]!)
      }
      const inFences = fences(file, body, true)
      if (inFences.length > 0) {
        found.push(...inFences)
        continue
      }
      while (body[0]?.text.trim() === "") body.shift()
      while (body.at(-1)?.text.trim() === "") body.pop()
      const first = body[0]
      if (!first) throw new Error(`${file}:${lines[index]!.number}: an @example without code`)
      const info = attributesPattern.test(tag[1]!) ? tag[1]! : ""
      found.push(snippetOf(file, first.number, body.map(({ text: line }) => line).join("\n"), info, true))
    }
    found.push(...fences(file, rest, false))
  }
  return found
}

/** The files in a folder, without installed packages: they contain links to the packages of the workspace, so a search would never end. */
const filesUnder = (folder: string, extension: string): Array<string> => {
  const absolute = Path.join(root, folder)
  if (!Fs.existsSync(absolute)) return []
  return Fs.readdirSync(absolute, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesUnder(path, extension)
      return entry.name.endsWith(extension) ? [path] : []
    })
    .toSorted()
}

/** Every snippet of the workspace, in a fixed order. */
export const collect = (): Array<Snippet> => {
  const packages = Fs.readdirSync(Path.join(root, "packages")).toSorted()
  const markdown = ["README.md", ...filesUnder("docs", ".md"), ...packages.map((name) => `packages/${name}/README.md`)]
  const sources = publishedFolders.flatMap((folder) => filesUnder(`${folder}/src`, ".ts"))
  const read = (file: string): string => Fs.readFileSync(Path.join(root, file), "utf8")
  return [
    ...markdown
      .filter((file) => Fs.existsSync(Path.join(root, file)))
      .flatMap((file) => fromMarkdown(file, read(file))),
    ...sources.flatMap((file) => fromSource(file, read(file)))
  ]
}

const moduleName = (snippet: Snippet): string => `${snippet.name.replace(/[^A-Za-z0-9]+/g, "_")}.ts`

/** Writes one module per snippet into a new `folder`, which must be inside a package with the snippets' dependencies. */
export const write = (snippets: ReadonlyArray<Snippet>, folder: string): void => {
  Fs.rmSync(folder, { recursive: true, force: true })
  Fs.mkdirSync(folder, { recursive: true })
  for (const snippet of snippets) {
    // an example in a source file has the same relative imports as the file
    const home = Path.posix.relative(folder, Path.posix.join(root, Path.posix.dirname(snippet.file)))
    const code = snippet.code.replace(/(\bfrom\s+|\bimport\s*\(\s*)"(\.\.?\/)/g, `$1"${home}/$2`)
    Fs.writeFileSync(Path.join(folder, moduleName(snippet)), `${code}\n`)
  }
  Fs.writeFileSync(
    Path.join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: Path.join(root, "tsconfig.base.json"),
      compilerOptions: {
        composite: false,
        incremental: false,
        declaration: false,
        declarationMap: false,
        noEmit: true,
        noUnusedLocals: false,
        noUnusedParameters: false,
        types: ["node"]
      },
      files: snippets.filter((snippet) => snippet.check).map(moduleName)
    })
  )
}

/** The compiler errors by snippet name, with the lines of the document. */
export const typeCheck = async (
  snippets: ReadonlyArray<Snippet>,
  folder: string
): Promise<Map<string, Array<CompilerError>>> => {
  const byPath = new Map(snippets.map((snippet) => [Path.join(folder, moduleName(snippet)), snippet]))
  const errors = new Map<string, Array<CompilerError>>()
  if (!snippets.some((snippet) => snippet.check)) return errors
  const tsc = Path.join(root, "node_modules/typescript/bin/tsc")
  const output = await new Promise<string>((resolve, reject) => {
    const args = [tsc, "-p", Path.join(folder, "tsconfig.json"), "--pretty", "false"]
    execFile(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // a compiler that found errors prints them to stdout; one that could not start does not
      if (error && !/error TS\d+/.test(stdout)) reject(new Error(`tsc failed: ${stderr || error.message}`))
      else resolve(stdout)
    })
  })
  // the following lines of a message are indented
  for (const line of output.trimEnd().split(/\n(?! )/)) {
    const match = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/s.exec(line)
    if (match) {
      const snippet = byPath.get(Path.resolve(root, match[1]!))
      if (!snippet) continue
      const compilerError = { code: match[3]!, line: Number(match[2]) + snippet.line - 1, message: match[4]! }
      errors.set(snippet.name, [...(errors.get(snippet.name) ?? []), compilerError])
    } else if (/^error TS\d+/.test(line)) {
      throw new Error(line)
    }
  }
  return errors
}

/** The problem of a compiled snippet as text; undefined if there is none. */
export const judgeTypes = (snippet: Snippet, errors: ReadonlyArray<CompilerError>): string | undefined => {
  const list = errors.map(({ code, line, message }) => `${snippet.file}:${line} ${code}: ${message}`).join("\n")
  if (snippet.fails === undefined) return list === "" ? undefined : list
  if (list === "") return `compiles, but was expected to fail with ${snippet.fails}`
  const other = errors.some(({ code }) => code !== snippet.fails)
  return other ? `was expected to fail with only ${snippet.fails}:\n${list}` : undefined
}

/** The problem of the output of a snippet as text; undefined if there is none. */
export const judgeOutput = (snippet: Snippet, stdout: string): string | undefined => {
  if (snippet.output.length === 0) return undefined
  const expected = snippet.output.join("\n")
  const lines = stdout.split("\n").map((line) => line.trimEnd())
  const printed = lines.filter((line) => line !== "").join("\n")
  const pattern = expected
    .split("...")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[\\s\\S]*")
  return new RegExp(`^${pattern}$`).test(printed)
    ? undefined
    : `printed\n${stdout}\nbut was expected to print\n${expected}`
}

/** The environment of a snippet: the server and the token that it uses. */
export type Environment = Readonly<Record<"FRIENDLI_TOKEN" | "FRIENDLI_BASE_URL", string>>

const start = (environment: Environment): ChildProcess => {
  const { FRIENDLI_TEAM: _team, FRIENDLI_BEARER_AUTH: _auth, NODE_OPTIONS: _options, ...inherited } = process.env
  return fork(Path.join(root, "scripts/snippet-runner.ts"), {
    cwd: Path.join(root, "packages/examples"),
    env: { ...inherited, ...environment, NO_COLOR: "1" },
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
}

/**
 * Runs the snippets one after another in one child process, because starting a process takes longer than most snippets. If a snippet hangs or ends
 * the process, the next snippet runs in a new child.
 */
export const run = async (
  snippets: ReadonlyArray<Snippet>,
  folder: string,
  environment: Environment,
  bound = runTimeout
): Promise<Map<string, RunResult>> => {
  const results = new Map<string, RunResult>()
  let child: ChildProcess | undefined
  for (const snippet of snippets) {
    const runner: ChildProcess = (child ??= start(environment))
    const result = await new Promise<RunResult & { readonly spent: boolean }>((resolve) => {
      const finish = (outcome: RunResult & { readonly spent: boolean }) => {
        clearTimeout(timer)
        runner.off("message", onMessage)
        runner.off("exit", onExit)
        resolve(outcome)
      }
      const onMessage = (message: unknown) => finish(message as RunResult & { readonly spent: boolean })
      const onExit = (code: number | null) =>
        finish({ error: `ended the process (code ${code})`, stdout: "", spent: true })
      // the runner has its own timeout; this one is for a snippet that never yields
      const timer = setTimeout(() => finish({ error: "blocked the process", stdout: "", spent: true }), 2 * bound)
      runner.once("message", onMessage)
      runner.once("exit", onExit)
      runner.send({ path: Path.join(folder, moduleName(snippet)), bound })
    })
    results.set(snippet.name, { error: result.error, stdout: result.stdout })
    if (result.spent) {
      runner.kill("SIGKILL")
      child = undefined
    }
  }
  child?.kill("SIGKILL")
  return results
}
