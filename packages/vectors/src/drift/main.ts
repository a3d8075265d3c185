/**
 * Compares the contract in this repository with a newer OpenAPI document of the vendor: `pnpm contract:drift <file>`, JSON or YAML. The exit
 * code is 1 if they differ.
 *
 * - `--json`: the differences as JSON
 * - `--accept`: writes the differences to `accepted.json`, so that they are not reported again
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "./run.js"

const folder = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../../contract")

const { accepted, code, output } = run(process.argv.slice(2), {
  contract: Fs.readFileSync(Path.resolve(folder, "../../emulator/contract/friendli-api.json"), "utf8"),
  accepted: Fs.readFileSync(Path.join(folder, "accepted.json"), "utf8"),
  // pnpm runs scripts in the root of the workspace, but a path is relative to the folder of the caller
  read: (file) => Fs.readFileSync(Path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file), "utf8")
})
if (accepted !== undefined) Fs.writeFileSync(Path.join(folder, "accepted.json"), accepted)
;(code === 2 ? process.stderr : process.stdout).write(`${output}\n`)
process.exitCode = code
