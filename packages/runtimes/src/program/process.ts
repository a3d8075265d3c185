/** The program in a process: Node, Bun, Deno. In: its input as JSON, the last argument. Out: a line of JSON. */
import process from "node:process"
import type { Given } from "../result.js"
import { run } from "./conformance.js"

const { Bun, Deno } = globalThis as {
  readonly Bun?: { readonly version: string }
  readonly Deno?: { readonly version: { readonly deno: string } }
}

const told = await run(JSON.parse(process.argv.at(-1)!) as Given, {
  version: Bun?.version ?? Deno?.version.deno ?? process.versions.node,
  undici: async () => (await import("effect-friendli/UndiciTransport")).layer,
  machine: async () => (await import("./machine.js")).machineChecks
})
process.stdout.write(`${JSON.stringify(told)}\n`)
