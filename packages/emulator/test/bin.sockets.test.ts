import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
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

  it("reads a file of settings and the two dashes of pnpm, answers with a script, and logs the reason of an error", async () => {
    const folder = await mkdtemp(join(tmpdir(), "config-"))
    const file = join(folder, "emulator.yaml")
    await writeFile(file, "port: 1\nscript: rules.json\nstrictScript: true\n")
    await writeFile(join(folder, "rules.json"), `[{ "name": "hi", "when": { "contains": "known" }, "say": "Hi." }]`)
    const run = start("--", "--port", "0", "--config", file)
    try {
      await eventually(() => run.output().includes("Ctrl-C"))
      const url = /listens on (\S+)/.exec(run.output())?.[1] ?? ""
      const chat = (content: string) =>
        post(fetch, `${url}/v1/chat/completions`, { model: "m", messages: [{ role: "user", content }] })
      expect(await (await chat("known")).text()).toContain(`"content":"Hi."`)
      expect((await chat("private")).status).toBe(400)
      expect((await post(fetch, `${url}/serverless/v1/tokenize`, { model: "m" })).status).toBe(422)
      await eventually(() => run.output().includes(" 422 "))
      expect(run.output()).toMatch(/ 200 POST \/v1\/chat\/completions m \d+ ms, .*by hi\n/)
      expect(run.output()).toMatch(/ 400 POST \/v1\/chat\/completions m .*\(No rule of the script fits/)
      expect(run.output()).toMatch(/ 422 POST \/serverless\/v1\/tokenize m .*\(body/)
      expect(run.output()).not.toContain("private")
      expect((await fetch(`${url}/_emulator/health`)).status).toBe(200)

      const second = start("--port", new URL(url).port)
      expect(await second.ended).toBe(1)
      expect(second.output()).toContain(
        `port ${new URL(url).port} is in use; choose another one with --port, or a free one with --port 0`
      )
    } finally {
      run.stop()
      await run.ended
      await rm(folder, { recursive: true })
    }
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
    expect(help.output()).not.toContain("\u001B")
  })
})
