/** Builds the site into `docs/site/.vitepress/dist`. */
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { isReferenceCurrent, isSiteCurrent, keepSite } from "./built.js"
import { dist, root, site } from "./pages.js"

export { dist } from "./pages.js"

const lock = Path.join(site, ".vitepress/cache/lock")

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Whether this process may build. Only one process builds at a time. The lock of a process that no longer exists does not count. */
const takeLock = (): boolean => {
  Fs.mkdirSync(Path.dirname(lock), { recursive: true })
  try {
    Fs.writeFileSync(lock, String(process.pid), { flag: "wx" })
    return true
  } catch {
    const holder = Number(Fs.existsSync(lock) ? Fs.readFileSync(lock, "utf8") : "0")
    if (holder > 0 && !isAlive(holder)) Fs.rmSync(lock, { force: true })
    return false
  }
}

/** Takes a minute. This process must remain responsive during that time, because an unresponsive test is considered dead. */
const run = (args: ReadonlyArray<string>, folder: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] })
    child.once("error", reject)
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(" ")}: code ${code}`))))
  })

/** Builds what changed since the last time: the reference from the docstrings, and the pages. */
export const build = async (): Promise<void> => {
  while (!takeLock()) await new Promise((resolve) => setTimeout(resolve, 200))
  try {
    if (!isReferenceCurrent()) await run(["--import", "tsx", "packages/reference/src/main.ts"], root)
    if (isSiteCurrent()) return
    Fs.rmSync(dist, { recursive: true, force: true })
    // VitePress looks for Vue below the folder that it is started in
    // and makes so many short-lived objects that a larger space for them reduces the build time by a tenth
    await run(
      ["--max-semi-space-size=64", Path.join(site, "node_modules/vitepress/bin/vitepress.js"), "build", "."],
      site
    )
    keepSite()
  } finally {
    Fs.rmSync(lock, { force: true })
  }
}
