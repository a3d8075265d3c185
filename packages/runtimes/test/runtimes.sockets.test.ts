/**
 * The conformance program on the runtimes that are installed with the workspace: each check of each runtime is a test. `pnpm runtimes` runs
 * it on all runtimes.
 */
import * as Fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { groups } from "../src/checks.js"
import { type Consumer, makeConsumer } from "../src/consumer.js"
import { problemOf, type Told } from "../src/result.js"
import { runOn } from "../src/run.js"
import { runtimes } from "../src/runtimes.js"

let consumer: Consumer
// the handler of the process's end does not run in a worker of Vitest
afterAll(() => Fs.rmSync(consumer.folder, { recursive: true, force: true }))

beforeAll(async () => {
  consumer = await makeConsumer()
}, 120_000)

describe.each(runtimes.filter(({ isInstalled }) => isInstalled))("$name", (runtime) => {
  let told: Told
  beforeAll(async () => {
    told = await runOn(runtime, consumer)
  }, 120_000)

  for (const { checks, id, title } of groups.filter(({ id }) => runtime.groups.includes(id))) {
    it.each(checks)(`${title}: %s`, (check) => {
      expect(problemOf(runtime, id, check, told.results)).toBeUndefined()
    })
  }
})
