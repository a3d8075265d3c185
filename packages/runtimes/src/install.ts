/** The binaries of the runtimes: in the workspace, or installed on demand into a permanent folder. */
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { type Binary, packageFor, type Runtime } from "./runtimes.js"

const require = createRequire(import.meta.url)

/** The permanent folder: each version has its own subfolder. */
const cache = fileURLToPath(new URL("../node_modules/.cache/runtimes/", import.meta.url))

/** Installs one package without its dependencies and without its scripts. */
const install = (binary: Binary): string => {
  const [name, version] = packageFor(binary)
  const folder = Path.join(cache, `${name.replace("/", "-")}-${version}`)
  const home = Path.join(folder, "node_modules", name)
  const path = Path.join(home, binary.path)
  if (!Fs.existsSync(path)) {
    Fs.mkdirSync(folder, { recursive: true })
    Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ private: true }))
    const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    execFileSync("npm", ["install", ...flags, `${name}@${version}`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"]
    })
  }
  // some packages make their binary executable only in their install script
  Fs.chmodSync(path, 0o755)
  return path
}

/** The binary of a runtime on this machine. */
export const binaryOf = ({ binary, isInstalled }: Runtime): string => {
  if (binary === undefined) throw new Error("this runtime has no binary")
  if (!isInstalled) return install(binary)
  return Path.join(Path.dirname(require.resolve(`${packageFor(binary)[0]}/package.json`)), binary.path)
}
