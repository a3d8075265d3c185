import { assert, it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { spawn } from "node:child_process"
import * as http from "node:http"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeEmulator, type RecordedRequest } from "../src/Emulator.js"
import { EmulatorServer, layer, make } from "../src/EmulatorServer.js"
import { listen, type RunningEmulator } from "../src/NodeServer.js"
import { base, deployments, eventually, post, raw } from "./support.js"

let server: RunningEmulator

beforeAll(async () => {
  server = await listen()
})
afterAll(() => server.close())

const body = { model: "m", prompt: "Once", max_tokens: 4, seed: 1 }
const long = { ...body, max_tokens: 50_000, min_tokens: 50_000 }

describe("authentication", () => {
  const status = async (
    url: string,
    path: string,
    authorization?: string
  ): Promise<readonly [status: number, challenge: string | null]> => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
      body: JSON.stringify(body)
    })
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("x-request-id")).toMatch(/^req_/)
    const answer = (await response.json()) as { error?: { code: number } }
    if (response.status === 401) expect(answer.error?.code).toBe(401)
    return [response.status, response.headers.get("www-authenticate")]
  }

  it("takes any token, asks for one in the cloud, and for none of a container", async () => {
    for (const deployment of deployments) {
      const path = `${base[deployment]}/completions`
      expect(await status(server.url, path, "Bearer abc")).toEqual([200, null])
      const none = deployment === "container" ? [200, null] : [401, "Bearer"]
      for (const header of [undefined, "Bearer ", "Basic abc"])
        expect(await status(server.url, path, header)).toEqual(none)
    }
  })

  it("takes only the tokens it was given, everywhere", async () => {
    const guarded = await listen({ tokens: ["one", "two"] })
    for (const deployment of deployments) {
      const path = `${base[deployment]}/completions`
      expect((await status(guarded.url, path, "bearer two"))[0]).toBe(200)
      expect((await status(guarded.url, path, "Bearer three"))[0]).toBe(401)
      expect((await status(guarded.url, path))[0]).toBe(401)
    }
    expect(guarded.requests.map(({ authorized }) => authorized)).toEqual(
      deployments.flatMap(() => [true, false, false])
    )
    expect(JSON.stringify(guarded.requests)).not.toMatch(/two|three/)
    await guarded.close()
  })
})

describe("paths", () => {
  it("404 and 405 as JSON", async () => {
    const unknown = await post(fetch, `${server.url}/v2/tokenize`, {})
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { code: 404 } })
    const get = await fetch(`${server.url}/v1/tokenize`)
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"])
    expect(await get.json()).toMatchObject({ error: { code: 405 } })
  })

  it("413 for a body that is too large", async () => {
    const small = makeEmulator({ maxBodyBytes: 100 })
    const response = await post(small.fetch, "http://emulator.test/v1/tokenize", { prompt: "x".repeat(200) })
    expect(response.status).toBe(413)
  })
})

describe("journal", () => {
  it("keeps what was received, in order and bounded, without secrets", async () => {
    const seen: Array<RecordedRequest> = []
    const emulator = makeEmulator({ journalLimit: 2, onRequest: (request) => seen.push(request) })
    for (const prompt of ["a", "b", "c"]) {
      const response = await post(
        emulator.fetch,
        "http://emulator.test/v1/tokenize?x=1",
        { prompt },
        {
          headers: { "x-friendli-team": "team-1", cookie: "c=1" }
        }
      )
      expect(response.headers.get("x-request-id")).toBe(emulator.requests.at(-1)?.requestId)
      const text = await response.text()
      expect(emulator.requests.at(-1)?.bytesSent).toBe(text.length)
    }
    expect(emulator.requests.map(({ body: received }) => received)).toEqual([{ prompt: "b" }, { prompt: "c" }])
    expect(emulator.requests.map(({ order }) => order)).toEqual([1, 2])
    expect(emulator.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/tokenize",
      headers: { "x-friendli-team": "team-1" },
      authorized: true,
      status: 200,
      aborted: false,
      finished: true
    })
    expect(Object.keys(emulator.requests[0]?.headers ?? {})).not.toContain("authorization")
    expect(Object.keys(emulator.requests[0]?.headers ?? {})).not.toContain("cookie")
    expect(seen.length).toBe(3)
    emulator.reset()
    expect(emulator.requests).toEqual([])
  })
})

describe("leaving", () => {
  it("stops generation when a stream's client closes its socket", async () => {
    const local = await listen({ tokensPerSecond: 500 })
    const answer = await raw(local.port, "/v1/completions", { ...long, stream: true }, {}, (text) =>
      text.includes("data: ")
    )
    expect(answer.text).toContain("200 OK")
    const record = local.requests[0]
    await eventually(() => record?.aborted === true && local.openConnections === 0)
    const { tokensGenerated } = record ?? {}
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(record?.tokensGenerated).toBe(tokensGenerated)
    expect(tokensGenerated).toBeLessThan(50_000)
    await local.close()
  })

  it("notices that a reader of the fetch of this platform cancels", async () => {
    const response = await post(fetch, `${server.url}/v1/completions`, { ...long, stream: true })
    const record = server.requests.at(-1)
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await eventually(() => record?.aborted === true)
    expect(record?.tokensGenerated).toBeLessThan(50_000)
  })

  it("stops a whole answer when the client goes away, without pace too", async () => {
    const controller = new AbortController()
    const call = post(fetch, `${server.url}/v1/completions`, long, { signal: controller.signal })
    await eventually(() => (server.requests.at(-1)?.tokensGenerated ?? 0) > 16)
    const record = server.requests.at(-1)
    controller.abort()
    await expect(call).rejects.toThrow("abort")
    await eventually(() => record?.aborted === true)
    expect(record?.tokensGenerated).toBeLessThan(50_000)
  })

  it("rejects in process as a fetch does, before the head and in the body", async () => {
    const emulator = makeEmulator({ tokensPerSecond: 200 })
    const url = "http://emulator.test/v1/completions"
    const early = new AbortController()
    const call = post(emulator.fetch, url, long, { signal: early.signal })
    await eventually(() => (emulator.requests[0]?.tokensGenerated ?? 0) > 0)
    early.abort()
    await expect(call).rejects.toMatchObject({ name: "AbortError" })

    const late = new AbortController()
    const response = await post(emulator.fetch, url, { ...long, stream: true }, { signal: late.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    late.abort()
    await expect(
      (async () => {
        for (;;) await reader?.read()
      })()
    ).rejects.toMatchObject({ name: "AbortError" })
    expect(emulator.requests.map(({ aborted, finished }) => [aborted, finished])).toEqual([
      [true, true],
      [true, true]
    ])
  })

  it("generates nothing for a body that nobody reads", async () => {
    const emulator = makeEmulator()
    const response = await post(emulator.fetch, "http://emulator.test/v1/completions", { ...long, stream: true })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(emulator.requests[0]?.tokensGenerated).toBe(0)
    await response.body?.cancel()
    expect(emulator.requests[0]?.aborted).toBe(true)
  })
})

describe("server", () => {
  it("keeps a connection for many calls, and counts", async () => {
    const local = await listen()
    const agent = new http.Agent({ keepAlive: true })
    const call = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" }
        const request = http.request(`${local.url}/v1/completions`, { method: "POST", agent, headers }, (response) => {
          response.resume()
          // The agent has its socket back a tick after the end.
          response.on("end", () => setImmediate(resolve))
        })
        request.on("error", reject)
        request.end(JSON.stringify({ ...body, stream: true }))
      })
    for (let count = 0; count < 3; count++) await call()
    expect([local.connectionsAccepted, local.openConnections]).toEqual([1, 1])
    await local.close()
    await local.close()
    expect(local.openConnections).toBe(0)
    agent.destroy()
    await expect(fetch(local.url)).rejects.toThrow("fetch failed")
  })

  it("listens on loopback and refuses a port that is taken", async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    await expect(listen({ port: server.port })).rejects.toMatchObject({ code: "EADDRINUSE" })
  })

  it("paces tokens", async () => {
    const paced = makeEmulator({ tokensPerSecond: 100 })
    const started = performance.now()
    await (
      await post(paced.fetch, "http://emulator.test/v1/completions", { ...body, max_tokens: 6, min_tokens: 6 })
    ).text()
    expect(performance.now() - started).toBeGreaterThan(55)
  })
})

describe("Effect", () => {
  effectIt.live("a scope opens and closes it", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(Effect.map(make(), (running) => running.url))
      const refused = yield* Effect.either(Effect.tryPromise(() => fetch(url)))
      assert.isTrue(Either.isLeft(refused))
    })
  )

  effectIt.live("a layer shares it", () =>
    Effect.gen(function* () {
      const running = yield* EmulatorServer
      running.faults.enqueue({ status: 503 })
      const response = yield* Effect.promise(() => post(fetch, `${running.url}/v1/tokenize`, { prompt: "a" }))
      assert.strictEqual(response.status, 503)
    }).pipe(Effect.provide(layer()))
  )

  effectIt.live("fails typed when the address is taken", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(make({ port: server.port })))
      assert.strictEqual(error._tag, "EmulatorError")
      assert.include(error.message, "EADDRINUSE")
    })
  )
})

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

  it("starts, says where, logs without secrets, and stops on Ctrl-C", async () => {
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

  // six processes, one after another
  it("says what is wrong with its arguments", { timeout: 90_000 }, async () => {
    for (const [args, message] of [
      [["--port", "99999"], "--port takes a whole number from 0 to 65535"],
      [["--speed", "1"], "there is no option --speed"],
      [["--tokens-per-second", "fast"], "--tokens-per-second takes a number"],
      [["--wake-time", "soon"], "--wake-time takes a number from 0"],
      [["--asleep", ","], "--asleep takes at least one endpoint id"]
    ] as const) {
      const run = start(...args)
      expect(await run.ended).toBe(1)
      expect(run.output()).toContain(message)
    }
    const help = start("--help")
    expect(await help.ended).toBe(0)
    expect(help.output()).toContain("--tokens-per-second")
  })
})
