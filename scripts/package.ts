/**
 * Checks what would be published, on the packed tarballs of a build: the manifest (publint), how its types resolve (arethetypeswrong), that every
 * subpath can be imported in Node and compiles for a consumer with only the declared dependencies, that internals stay closed, that no public
 * declaration contains `any`, that the first program of the README runs, that `npx` finds the command, that the tarball contains what it should, and
 * that its documentation has no dead links.
 */
import { listen } from "effect-friendli-emulator/NodeServer"
import { execFile, execFileSync, spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { withoutCommentsAndStrings } from "./declarations.js"
import { anchors, isExternal, links } from "./links.js"
import { publishedFolders } from "./published.js"
import { fromMarkdown } from "./snippets.js"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const temporary = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-package-"))
process.on("exit", () => Fs.rmSync(temporary, { recursive: true, force: true }))

let problems = 0
const check = (what: string, found: ReadonlyArray<string>): void => {
  problems += found.length
  console.log(`${found.length === 0 ? "ok  " : "FAIL"} ${what}`)
  for (const problem of found) console.log(`     ${problem.trimEnd().replaceAll("\n", "\n     ")}`)
}

/** Runs a tool. If it fails, its output is the problem. */
const tool = (command: string, args: ReadonlyArray<string>, cwd: string): ReadonlyArray<string> => {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" }
  })
  return status === 0 ? [] : [`${stdout}${stderr}`]
}

/** Runs the README's first program in a consumer's folder, against the emulator. It is a problem if the program prints no answer. */
const firstProgram = async (consumer: string): Promise<ReadonlyArray<string>> => {
  const program = fromMarkdown("README.md", read(Path.join(root, "README.md"))).find((snippet) => snippet.run)
  if (!program) return ["README.md has no program that runs"]
  Fs.writeFileSync(Path.join(consumer, "hello.ts"), program.code)
  const emulator = await listen({ port: 0 })
  try {
    const env = { ...process.env, FRIENDLI_TOKEN: "anything", FRIENDLI_BASE_URL: emulator.url, NO_COLOR: "1" }
    const args = ["--import", import.meta.resolve("tsx"), "hello.ts"]
    return await new Promise((resolve) => {
      execFile(node, args, { cwd: consumer, env, timeout: 60_000 }, (error, stdout, stderr) =>
        resolve(!error && /\d+ tokens/.test(stdout) ? [] : [`${error?.message ?? ""}\n${stdout}${stderr}`])
      )
    })
  } finally {
    await emulator.close()
  }
}

const node = process.execPath
const installed = (path: string): string => Path.join(root, "node_modules", path)
const read = (path: string): string => Fs.readFileSync(path, "utf8")

const filesUnder = (folder: string): Array<string> =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => Path.relative(folder, Path.join(entry.parentPath, entry.name)).split(Path.sep).join("/"))
    .toSorted()

const guides = Fs.readdirSync(Path.join(root, "docs/guides")).map((file) => `docs/guides/${file}`)

/** The links of a package's pages whose target is not in its tarball. npm shows a README without the tarball, so its links must be URLs. */
const deadLinks = (name: string, home: string, files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const published = `https://unpkg.com/${name}/`
  const isThere = (link: string, page: string): boolean => {
    if (isExternal(link) && !link.startsWith(published)) return true
    const [path, anchor] = link.replace(published, "").split("#") as [string, string | undefined]
    const from = link.startsWith(published) ? "" : Path.posix.dirname(page)
    const target = path === "" ? page : Path.posix.join(from, path)
    const isFolder = files.some((file) => file.startsWith(`${target}/`))
    if (anchor === undefined) return files.includes(target) || isFolder
    return files.includes(target) && anchors(read(Path.join(home, target))).includes(anchor)
  }
  return files
    .filter((file) => file.endsWith(".md") || file === "llms.txt")
    .flatMap((page) =>
      links(read(Path.join(home, page)))
        .filter((link) => !isThere(link, page) || (page === "README.md" && !isExternal(link) && !link.startsWith("#")))
        .map((link) => `${page}: ${link}`)
    )
}

/** The packages that are already packed. Packages that depend on them are checked with them. */
const packed = new Map<string, string>()

for (const source of publishedFolders.map((folder) => Path.join(root, folder))) {
  const consumer = Path.join(temporary, Path.basename(source))
  Fs.mkdirSync(consumer)
  execFileSync("npx", ["-y", "pnpm@12", "pack", "--pack-destination", consumer], { cwd: source, stdio: "ignore" })
  const tarball = Path.join(
    consumer,
    Fs.readdirSync(consumer).find((file) => file.endsWith(".tgz"))!
  )
  execFileSync("tar", ["-xzf", tarball, "-C", consumer])
  const manifest = JSON.parse(read(Path.join(consumer, "package/package.json"))) as Manifest
  const { name } = manifest
  console.log(`\n${name} ${manifest.version}, ${Math.ceil(Fs.statSync(tarball).size / 1000)} kB packed`)

  // a consumer's project with the declared dependencies and nothing else
  const modules = Path.join(consumer, "node_modules")
  const home = Path.join(modules, name)
  Fs.mkdirSync(modules)
  Fs.renameSync(Path.join(consumer, "package"), home)
  packed.set(name, home)
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const link = Path.join(modules, dependency)
    Fs.mkdirSync(Path.dirname(link), { recursive: true })
    Fs.symlinkSync(packed.get(dependency) ?? Fs.realpathSync(Path.join(source, "node_modules", dependency)), link)
  }
  Fs.writeFileSync(Path.join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }))

  const files = filesUnder(home)
  const closed = Object.keys(manifest.exports).filter((key) => manifest.exports[key] === null)
  const isClosed = (subpath: string): boolean =>
    closed.some((key) => (key.endsWith("/*") ? subpath.startsWith(key.slice(0, -1)) : subpath === key))
  const built = files
    .filter((file) => /^dist\/.*\.js$/.test(file))
    .map((file) => `./${file.slice("dist/".length, -".js".length)}`)
  // the manifest itself is checked, so the path decides whether a module must be closed: PascalCase files at the top and in `schema` are public; a
  // public module in another folder has its own entry, without the folder
  const mustBeClosed = (subpath: string): boolean => !/^\.\/(schema\/)?[A-Z]\w*$/.test(subpath)
  const subpaths = [
    ...Object.keys(manifest.exports).filter((key) => !key.includes("*") && !isClosed(key) && key !== "./package.json"),
    ...built.filter((subpath) => !mustBeClosed(subpath))
  ].filter((subpath, index, all) => all.indexOf(subpath) === index)
  const specifiers = subpaths.map((subpath) => name + subpath.slice(1))

  check("contains licence, readme, sources and their maps, and no build state", [
    ...["LICENSE", "README.md", "package.json", "dist/index.js", "dist/index.d.ts", "src/index.ts"]
      .filter((file) => !files.includes(file))
      .map((file) => `missing: ${file}`),
    ...files
      .filter((file) => /tsbuildinfo|\.test\.|node_modules/.test(file))
      .map((file) => `should not be in the tarball: ${file}`),
    ...files
      .filter((file) => file.endsWith(".map"))
      .flatMap((file) => {
        const { sources } = JSON.parse(read(Path.join(home, file))) as { readonly sources: ReadonlyArray<string> }
        return sources
          .filter((path) => !Fs.existsSync(Path.join(home, Path.dirname(file), path)))
          .map((path) => `${file} names ${path}, which does not exist`)
      }),
    ...(/"(workspace|link|file|catalog):/.exec(read(Path.join(home, "package.json")))
      ? ["a workspace protocol in package.json"]
      : [])
  ])
  check("its documentation has no dead link", deadLinks(name, home, files))
  if (name === "effect-friendli") {
    const index = files.includes("llms.txt") ? read(Path.join(home, "llms.txt")) : ""
    check(`contains ${guides.length} guides, AGENTS.md, and llms.txt that names them`, [
      ...["AGENTS.md", "llms.txt", "docs/README.md", ...guides]
        .filter((file) => !files.includes(file))
        .map((file) => `missing: ${file}`),
      ...guides.filter((file) => !index.includes(`](${file})`)).map((file) => `llms.txt does not name ${file}`)
    ])
  }
  check("publint", tool(node, [installed("publint/src/cli.js"), "run", tarball, "--strict"], root))
  check(
    "arethetypeswrong",
    tool(
      node,
      [
        installed("@arethetypeswrong/cli/dist/index.js"),
        tarball,
        "--profile",
        "esm-only",
        "--format",
        "ascii",
        "--entrypoints",
        ...subpaths
      ],
      root
    )
  )

  Fs.writeFileSync(
    Path.join(consumer, "imports.js"),
    `for (const specifier of ${JSON.stringify(specifiers)}) {
      await import(specifier)
    }
    for (const specifier of ${JSON.stringify(built.filter(mustBeClosed).map((subpath) => name + subpath.slice(1)))}) {
      const code = await import(specifier).then(() => "open", (error) => error.code)
      if (code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw new Error(specifier + " is " + code)
    }`
  )
  check(`${specifiers.length} subpaths import in Node, ${built.filter(mustBeClosed).length} internal ones are closed`, [
    ...(specifiers.length > 0 && built.some(mustBeClosed) ? [] : ["nothing to import, or nothing closed"]),
    ...tool(node, [Path.join(consumer, "imports.js")], consumer)
  ])

  // declarations are checked without skipLibCheck, and errors in declarations of other packages are ignored
  const types = Path.join(modules, "@types/node")
  Fs.mkdirSync(Path.dirname(types), { recursive: true })
  Fs.symlinkSync(Fs.realpathSync(installed("@types/node")), types)
  Fs.writeFileSync(
    Path.join(consumer, "consumer.ts"),
    specifiers.map((specifier, index) => `export * as m${index} from "${specifier}"`).join("\n")
  )
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    strict: true,
    noEmit: true
  }
  Fs.writeFileSync(Path.join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  const compiled = spawnSync(node, [installed("typescript/bin/tsc"), "-p", consumer, "--pretty", "false"], {
    cwd: consumer,
    encoding: "utf8"
  })
  check("its declarations compile for a consumer", [
    ...compiled.stdout
      .split("\n")
      .filter(
        (line) =>
          /error TS/.test(line) && (!line.includes("(") || /^(consumer\.ts|node_modules\/effect-friendli)/.test(line))
      ),
    ...(compiled.stderr === "" ? [] : [compiled.stderr])
  ])

  check(
    "no any in the public declarations",
    files
      .filter(
        (file) => /^dist\/.*\.d\.ts$/.test(file) && !mustBeClosed(`./${file.slice("dist/".length, -".d.ts".length)}`)
      )
      .flatMap((file) =>
        withoutCommentsAndStrings(read(Path.join(home, file)))
          // the compiler writes this for the base class of Effect's Data.TaggedError
          .replaceAll("<A extends Record<string, any> = {}>", "<A>")
          .split("\n")
          .flatMap((line, index) => (/\bany\b/.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : []))
      )
  )

  if (name === "effect-friendli") {
    check("the first program of the README runs", await firstProgram(consumer))
  }

  const commands = Object.entries(manifest.bin ?? {})
  if (commands.length > 0) {
    // npx runs the only command, or the command with the name of the package
    check("npx finds the command by the package's name", commands.length === 1 ? [] : ["more than one command"])
  }
  for (const [command, path] of commands) {
    const { status, stdout } = spawnSync(node, [Path.join(home, path), "--help"], {
      cwd: consumer,
      encoding: "utf8",
      timeout: 30_000
    })
    check(`${command} --help`, status === 0 && stdout.includes(command) ? [] : [`status ${status}, printed ${stdout}`])
  }
}

console.log(problems === 0 ? "\nall packages can be published" : `\n${problems} problems`)
if (problems > 0) process.exitCode = 1
