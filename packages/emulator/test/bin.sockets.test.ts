import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { base, deployments, eventually, post } from "./support.js"

describe("command", () => {
  const tsx = createRequire(import.meta.url).resolve("tsx")
  const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))
  const start = (
    ...args: ReadonlyArray<string>
  ): { readonly output: () => string; readonly stop: () => void; readonly ended: Promise<number | null> } => {
    const child = spawn(process.execPath, ["--import", tsx, bin, ...args], { env: { ...process.env, NO_COLOR: "1" } })
    let output = ""
    child.stdout.on("data", (text: Buffer) => (output += text.toString()))
    child.stderr.on("data", (text: Buffer) => (output += text.toString()))
    return {
      output: () => output,
      stop: () => void child.kill("SIGINT"),
      ended: new Promise((resolve) => child.on("close", resolve))
    }
  }

  it("prints its URLs, logs requests without secrets, and stops on Ctrl-C", async () => {
    const run = start("--port", "0", "--token", "s3cret", "--model", "known,other", "--asleep", "ep")
    await eventually(() => run.output().includes("Ctrl-C"))
    const url = /listens on (\S+)/.exec(run.output())?.[1] ?? ""
    for (const deployment of deployments) expect(run.output()).toContain(`${url}${base[deployment]}\n`)
    const call = (model: string): Promise<Response> =>
      post(
        fetch,
        `${url}/serverless/v1/tokenize`,
        { model, prompt: "hidden" },
        { headers: { authorization: "Bearer s3cret" } }
      )
    expect([(await call("known")).status, (await call("unknown")).status]).toEqual([200, 404])
    const status = await fetch(`${url}/dedicated/beta/endpoint/ep/status`, {
      headers: { authorization: "Bearer s3cret" }
    })
    expect(await status.json()).toMatchObject({ status: "SLEEPING" })
    await eventually(() => run.output().includes(" 404 POST /serverless/v1/tokenize"))
    run.stop()
    expect(await run.ended).toBe(0)
    expect(run.output()).toContain(" 200 POST /serverless/v1/tokenize")
    expect(run.output()).not.toMatch(/s3cret|hidden/)
    expect(run.output()).not.toContain("Warning")
  })

  it("exits with status 1 and the reason when an argument is invalid", async () => {
    const run = start("--port", "99999")
    expect(await run.ended).toBe(1)
    expect(run.output()).toContain("--port must be an integer from 0 to 65535")
  })

  it("prints its options with --help", async () => {
    const help = start("--help")
    expect(await help.ended).toBe(0)
    expect(help.output()).toContain("--tokens-per-second")
  })
})
