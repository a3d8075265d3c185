/** The global setup, in runs of Vitest of its own. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")
const project = fileURLToPath(new URL("project", import.meta.url))

/** Runs the two test files of the project. */
const run = (environment: Readonly<Record<string, string>>) =>
  new Promise<{ readonly code: number | null; readonly output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, "run"], {
      cwd: project,
      env: { PATH: process.env["PATH"], NO_COLOR: "1", FRIENDLI_TOKEN: "a-real-token", ...environment }
    })
    let output = ""
    child.stdout.on("data", (data) => (output += String(data)))
    child.stderr.on("data", (data) => (output += String(data)))
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, output }))
  })

const reported = (output: string): ReadonlyArray<string> =>
  [...output.matchAll(/ADDRESS (\S+) TOKEN (\S+)/g)].map(String)

describe("the global setup of Vitest", () => {
  for (const pool of ["forks", "threads"]) {
    it(`gives one emulator to all files, in ${pool}, and hides a real token`, async () => {
      const { code, output } = await run({ POOL: pool, MODEL: "any-model" })
      assert.strictEqual(code, 0, output)
      const lines = reported(output)
      assert.lengthOf(lines, 2, output)
      assert.lengthOf(new Set(lines), 1)
      assert.notInclude(output, "a-real-token")
      // the run has ended, and so has its server
      const address = /ADDRESS (\S+)/.exec(output)![1]!
      assert.isTrue(
        await fetch(address).then(
          () => false,
          () => true
        )
      )
    })
  }

  it("takes options", async () => {
    const { code, output } = await run({ SETUP: "./options.mjs", MODEL: "one-model" })
    assert.strictEqual(code, 0, output)
    assert.include(output, "TOKEN only-this")
    assert.notStrictEqual((await run({ SETUP: "./options.mjs", MODEL: "another" })).code, 0)
  })
})
