/** Starts the program as a process of a runtime, in the consumer's folder. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import type { Consumer } from "../consumer.js"
import { binaryOf } from "../install.js"
import type { Given, Told } from "../result.js"
import type { Runtime } from "../runtimes.js"

export const runInProcess = async (runtime: Runtime, consumer: Consumer, given: Given): Promise<Told> => {
  const args = [...runtime.binary!.args, "process.js", JSON.stringify(given)]
  const { PATH, TMPDIR } = process.env
  const { stdout } = await promisify(execFile)(binaryOf(runtime), args, {
    cwd: consumer.folder,
    timeout: 120_000,
    maxBuffer: 16 * 1024 * 1024,
    // without settings of this machine, and for Deno without folders of this user
    env: {
      PATH,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: consumer.folder,
      DENO_DIR: `${consumer.folder}/.deno`,
      DENO_NO_UPDATE_CHECK: "1",
      FRIENDLI_TOKEN: "flp_of_the_environment",
      FRIENDLI_BASE_URL: given.url,
      NO_COLOR: "1"
    }
  })
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Told
}
