/**
 * A consumer's folder: the published packages, packed and unpacked, with only the dependencies that they declare, and the program. If the
 * packages are not built, or their sources have changed since, they are made from their sources instead, module by module.
 */
import { build } from "esbuild"
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const execute = promisify(execFile)

const here = Path.dirname(fileURLToPath(import.meta.url))
const packagesFolder = Path.resolve(here, "../..")
const root = Path.resolve(packagesFolder, "..")

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: unknown
  readonly publishConfig?: { readonly exports?: unknown }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

export interface Consumer {
  readonly folder: string
  /** The origin of the packages: the tarballs of a build, or the sources. */
  readonly of: "tarballs" | "sources"
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(Fs.readFileSync(Path.join(folder, "package.json"), "utf8")) as Manifest

/** The published packages of the workspace. */
const publishedPackages = (): ReadonlyArray<Package> =>
  Fs.readdirSync(packagesFolder)
    .map((name) => Path.join(packagesFolder, name))
    .filter((folder) => Fs.existsSync(Path.join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true)

const filesUnder = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => Path.join(entry.parentPath, entry.name))

const modifiedAt = (file: string): number => Fs.statSync(file).mtimeMs

/** The files that the sources of a package need, and that its build replaces. */
const neededBySources: Readonly<Record<string, ReadonlyArray<string>>> = {
  "effect-friendli-emulator": ["llama3-tokenizer-js"]
}

/** Whether the package is built, and no source is newer. The output of the type check in the same folder does not count as a build. */
const isBuilt = ({ folder, manifest }: Package): boolean => {
  const entry = Path.join(folder, "dist/index.js")
  if (!Fs.existsSync(entry)) return false
  const built = modifiedAt(entry)
  if (filesUnder(Path.join(folder, "src")).some((file) => modifiedAt(file) > built)) return false
  const needed = neededBySources[manifest.name] ?? []
  return (
    needed.length === 0 ||
    filesUnder(Path.join(folder, "dist"))
      .filter((file) => file.endsWith(".js"))
      .every((file) => !needed.some((name) => Fs.readFileSync(file, "utf8").includes(`from "${name}"`)))
  )
}

/** Packs all packages at once, as they would be published, and unpacks them. */
const unpackTarballs = async (packages: ReadonlyArray<Package>, consumer: string): Promise<void> => {
  const tarballs = Path.join(consumer, "tarballs")
  const filters = packages.flatMap(({ manifest }) => ["--filter", manifest.name])
  await execute("npx", ["-y", "pnpm@12", "--recursive", ...filters, "pack", "--pack-destination", tarballs], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024
  })
  for (const { manifest } of packages) {
    const tarball = Fs.readdirSync(tarballs).find((file) => /^-\d/.test(file.replace(manifest.name, "")))
    if (tarball === undefined) throw new Error(`${manifest.name} was not packed`)
    const home = Path.join(consumer, "node_modules", manifest.name)
    Fs.mkdirSync(home, { recursive: true })
    await execute("tar", ["-xzf", Path.join(tarballs, tarball), "-C", home, "--strip-components=1"])
  }
}

/** Compiles each module by itself, and writes the manifest as pnpm would when it packs. */
const compileSources = async (packages: ReadonlyArray<Package>, consumer: string): Promise<void> => {
  for (const { folder, manifest } of packages) {
    const home = Path.join(consumer, "node_modules", manifest.name)
    await build({
      entryPoints: filesUnder(Path.join(folder, "src")).filter((file) => file.endsWith(".ts")),
      outbase: Path.join(folder, "src"),
      outdir: Path.join(home, "dist"),
      format: "esm",
      // with an older target the attribute of JSON imports would be removed
      target: "esnext",
      logLevel: "warning"
    })
    const { publishConfig, ...rest } = manifest
    Fs.writeFileSync(Path.join(home, "package.json"), JSON.stringify({ ...rest, ...publishConfig }))
    const contract = Path.join(folder, "contract")
    if (Fs.existsSync(contract)) Fs.cpSync(contract, Path.join(home, "contract"), { recursive: true })
  }
}

/** Links what the packages declare, at the versions of the workspace. */
const linkDependencies = (packages: ReadonlyArray<Package>, { folder: consumer, of }: Consumer): void => {
  for (const { folder, manifest } of packages) {
    const names = [
      ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
      ...(of === "sources" ? (neededBySources[manifest.name] ?? []) : [])
    ]
    for (const name of names) {
      const link = Path.join(consumer, "node_modules", name)
      const target = Path.join(folder, "node_modules", name)
      if (Fs.existsSync(link) || !Fs.existsSync(target)) continue
      Fs.mkdirSync(Path.dirname(link), { recursive: true })
      Fs.symlinkSync(Fs.realpathSync(target), link)
    }
  }
}

/** The program. For processes it is files that import packages. For a worker and for a page it is one file with all imports. */
const buildPrograms = async (consumer: string): Promise<void> => {
  const names = ["process", "worker", "page"]
  await build({
    entryPoints: names.map((name) => Path.join(here, "program", `${name}.ts`)),
    outdir: consumer,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    packages: "external",
    logLevel: "warning"
  })
  const whole = {
    absWorkingDir: consumer,
    bundle: true,
    target: "es2022",
    outdir: "bundles",
    logLevel: "warning"
  } as const
  await Promise.all([
    build({ ...whole, entryPoints: ["worker.js"], format: "esm", conditions: ["workerd", "worker", "browser"] }),
    build({ ...whole, entryPoints: ["page.js"], format: "iife", platform: "browser" })
  ])
}

/** The program of a worker or a page, with everything that it imports. */
export const bundleOf = ({ folder }: Consumer, name: "worker" | "page"): string =>
  Fs.readFileSync(Path.join(folder, "bundles", `${name}.js`), "utf8")

/** Creates the folder. It is removed when this process ends. */
export const makeConsumer = async (options: { readonly tarballs?: boolean } = {}): Promise<Consumer> => {
  const packages = publishedPackages()
  const isAllBuilt = packages.every(isBuilt)
  if (options.tarballs === true && !isAllBuilt) {
    throw new Error("not everything is built, or sources have changed since: run `pnpm build` first")
  }
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-runtimes-"))
  process.on("exit", () => Fs.rmSync(folder, { recursive: true, force: true }))
  const consumer: Consumer = { folder, of: isAllBuilt ? "tarballs" : "sources" }
  Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }))
  await (isAllBuilt ? unpackTarballs : compileSources)(packages, folder)
  linkDependencies(packages, consumer)
  await buildPrograms(folder)
  return consumer
}
