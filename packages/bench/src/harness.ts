/**
 * Everything is measured on the packages that users install: the built packages in a folder of modules, as a package manager would unpack them, and
 * programs next to it, which Node runs directly.
 */
import { build } from "esbuild"
import { execFile, execFileSync, fork } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Figures, Harness, Size } from "./scenarios/Scenario.js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../../..")
/** The packages that are measured, by their folders. */
const measured = ["friendli", "batch"].map((name) => Path.join(root, "packages", name))
const sources = Path.join(root, "packages/bench/src")
const rooms = Path.join(root, "packages/bench/dist")

/** Builds the packages, with the command that builds what is published. */
export const buildSdk = (): void => {
  execFileSync(process.execPath, ["--import", "tsx", Path.join(root, "scripts/build.ts")], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"]
  })
}

/** Copies a built package, with its published manifest, so that later builds do not disturb a run. */
const install = (folder: string, source: string): void => {
  const manifest = JSON.parse(Fs.readFileSync(Path.join(source, "package.json"), "utf8")) as {
    readonly name: string
    readonly publishConfig: object
  }
  const target = Path.join(folder, "node_modules", manifest.name)
  Fs.cpSync(Path.join(source, "dist"), Path.join(target, "dist"), {
    recursive: true,
    filter: (path) => !/\.(map|tsbuildinfo[^/]*|d\.ts)$/.test(path)
  })
  Fs.writeFileSync(Path.join(target, "package.json"), JSON.stringify({ ...manifest, ...manifest.publishConfig }))
}

/** The benchmark's own programs, without types. */
const transpile = async (folder: string): Promise<void> => {
  const files = Fs.readdirSync(sources, { recursive: true, encoding: "utf8" })
  await build({
    entryPoints: files.filter((file) => file.endsWith(".ts")).map((file) => Path.join(sources, file)),
    outbase: sources,
    outdir: folder,
    format: "esm",
    target: "node20",
    logLevel: "warning"
  })
}

const node = promisify(execFile)

const run = async (folder: string, file: string, parameters: ReadonlyArray<string>): Promise<Figures> => {
  const { stdout } = await node(process.execPath, ["--expose-gc", Path.join(folder, file), ...parameters], {
    cwd: folder,
    timeout: 180_000
  })
  return JSON.parse(stdout) as Figures
}

/** Opens the harness, with a server in its own process, while `use` runs. */
export const withHarness = async <A>(size: Size, use: (harness: Harness) => Promise<A>): Promise<A> => {
  Fs.mkdirSync(rooms, { recursive: true })
  // inside the package, so that its dependencies are found; one folder per run, so that two runs can be active at the same time
  const folder = Fs.mkdtempSync(Path.join(rooms, "run-"))
  for (const source of measured) install(folder, source)
  await transpile(folder)
  const server = fork(Path.join(folder, "server-process.js"), { execArgv: [] })
  const told = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error("the server is gone"))
      server.once("exit", gone)
      server.once("message", (message) => {
        server.off("exit", gone)
        resolve(Number(message))
      })
    })
  try {
    const port = await told()
    return await use({
      size,
      folder,
      client: (scenario, contender, target) =>
        run(folder, "client-process.js", [scenario, contender, `http://127.0.0.1:${port}/${target}`, size]),
      connections: () => {
        server.send("connections?")
        return told()
      },
      program: (file, ...parameters) => run(folder, file, parameters)
    })
  } finally {
    if (server.connected) server.disconnect()
    Fs.rmSync(folder, { recursive: true, force: true })
  }
}
