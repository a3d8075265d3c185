/** Recording the real API, for which another emulator stands here, and answering from the recording. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { listen, type ListenOptions, type RunningEmulator } from "../../src/NodeServer.js"
import { post } from "../support.js"

const chat = {
  model: "meta-llama-3.1-8b-instruct",
  messages: [{ role: "user", content: "Name three rivers of Korea." }],
  max_tokens: 30
}

/** Everything that a test starts, stopped in the reverse order. */
const withServers = async (
  test: (start: (options: ListenOptions) => Promise<RunningEmulator>, folder: string) => Promise<void>
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "friendli-cassette-"))
  const running: Array<RunningEmulator> = []
  try {
    await test(async (options) => {
      const server = await listen(options)
      running.unshift(server)
      return server
    }, folder)
  } finally {
    for (const server of running) await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const chatAt = (server: RunningEmulator, body: object, init?: Parameters<typeof post>[3]) =>
  post(fetch, `${server.url}/serverless/v1/chat/completions`, body, init)

describe("a recording", () => {
  it("answers as the real API did: answers, streams, errors", () =>
    withServers(async (start, folder) => {
      const file = join(folder, "new/folder/cassette.json")
      const real = await start({})
      const recorder = await start({ record: { file, upstream: real.url } })
      const askAll = async (server: RunningEmulator) => {
        const answers = []
        for (const body of [chat, { ...chat, stream: true }, { ...chat, temperature: "hot" }, chat]) {
          const response = await chatAt(server, body)
          answers.push([response.status, response.headers.get("content-type"), await response.text()])
        }
        return answers
      }
      const recorded = await askAll(recorder)
      assert.deepStrictEqual(
        recorded.map(([status]) => status),
        [200, 200, 422, 200]
      )
      assert.lengthOf(real.requests, 4)
      assert.deepStrictEqual(
        recorder.requests.map(({ finished, status }) => [status, finished]),
        [
          [200, true],
          [200, true],
          [422, true],
          [200, true]
        ]
      )
      await recorder.close()
      await real.close()
      assert.notInclude(await readFile(file, "utf8"), "test-token")

      const player = await start({ replay: file })
      const parsed = (answers: typeof recorded) =>
        answers.map(([status, type, text]) => [
          status,
          type,
          String(text).startsWith("data:") ? text : JSON.parse(String(text))
        ])
      assert.deepStrictEqual(parsed(await askAll(player)), parsed(recorded))
    }))

  it("sends what the client sent: method, query, headers, body; and no header of the connection", () =>
    withServers(async (start, folder) => {
      const real = await start({})
      const recorder = await start({ record: { file: join(folder, "cassette.json"), upstream: real.url } })
      await fetch(`${recorder.url}/dedicated/beta/endpoint/my-endpoint/status?verbose=1`, {
        headers: { authorization: "Bearer test-token", "x-friendli-team": "my-team", "accept-encoding": "br" }
      })
      const [request] = real.requests
      assert.strictEqual(request?.method, "GET")
      assert.isTrue(request?.authorized)
      assert.strictEqual(request?.headers["x-friendli-team"], "my-team")
      assert.strictEqual(request?.headers["host"], new URL(real.url).host)
      assert.notStrictEqual(request?.headers["accept-encoding"], "br")
    }))

  it("is on the disk after each answer, before the recorder stops", () =>
    withServers(async (start, folder) => {
      const file = join(folder, "cassette.json")
      const recorder = await start({ record: { file, upstream: (await start({})).url } })
      await (await chatAt(recorder, chat)).text()
      const read = async (): Promise<ReadonlyArray<unknown>> =>
        (JSON.parse((await readFile(file, "utf8")) || '{"exchanges":[]}') as { exchanges: ReadonlyArray<unknown> })
          .exchanges
      while ((await read()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.lengthOf(await read(), 1)
    }))

  it("has no secret, and no field that is to be redacted", () =>
    withServers(async (start, folder) => {
      const file = join(folder, "cassette.json")
      const redact = { request: ["messages.*.content"], response: ["choices.*.message.content"] }
      const recorder = await start({ record: { file, upstream: (await start({})).url, redact } })
      const answer = (await (await chatAt(recorder, chat)).json()) as {
        readonly choices: ReadonlyArray<{ readonly message: { readonly content: string } }>
      }
      await recorder.close()
      const text = await readFile(file, "utf8")
      for (const secret of ["test-token", "three rivers", answer.choices[0]!.message.content])
        assert.notInclude(text, secret)
      assert.include(text, "<redacted>")
    }))

  it("passes a disconnect on, and keeps what came before", () =>
    withServers(async (start, folder) => {
      const file = join(folder, "cassette.json")
      const real = await start({ tokensPerSecond: 100 })
      const recorder = await start({ record: { file, upstream: real.url } })
      const abort = new AbortController()
      const response = await chatAt(recorder, { ...chat, max_tokens: 200, stream: true }, { signal: abort.signal })
      await response.body!.getReader().read()
      abort.abort()
      while (!real.requests[0]!.finished) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.isTrue(real.requests[0]!.aborted)
      await recorder.close()
      assert.include(await readFile(file, "utf8"), '"left"')
    }))

  it("takes faults of the emulator, too", () =>
    withServers(async (start, folder) => {
      const real = await start({})
      const recorder = await start({ record: { file: join(folder, "cassette.json"), upstream: real.url } })
      recorder.faults.enqueue({ status: 429 })
      assert.strictEqual((await chatAt(recorder, chat)).status, 429)
      assert.isEmpty(real.requests)
    }))
})

describe("failures", () => {
  it("a request that was not recorded gets a 404 that tells the difference", () =>
    withServers(async (start, folder) => {
      const file = join(folder, "cassette.json")
      const recorder = await start({ record: { file, upstream: (await start({})).url } })
      await (await chatAt(recorder, chat)).text()
      await recorder.close()
      const player = await start({ replay: file })
      const response = await chatAt(player, { ...chat, max_tokens: 31 })
      assert.strictEqual(response.status, 404)
      const text = await response.text()
      assert.include(text, "max_tokens")
      assert.include(text, "31")
      // what was recorded is still there, once
      assert.strictEqual((await chatAt(player, chat)).status, 200)
      assert.strictEqual((await chatAt(player, chat)).status, 404)
    }))

  it("an upstream that is not there is a 502", () =>
    withServers(async (start, folder) => {
      const gone = await start({})
      await gone.close()
      const recorder = await start({ record: { file: join(folder, "cassette.json"), upstream: gone.url } })
      assert.strictEqual((await chatAt(recorder, chat)).status, 502)
    }))

  const failureOf = (options: ListenOptions): Promise<string> =>
    listen(options).then(
      async (server) => {
        await server.close()
        return "it started"
      },
      (error: unknown) => String(error)
    )

  it("it does not start without a file that it can use", () =>
    withServers(async (_, folder) => {
      const text = join(folder, "text.json")
      await writeFile(text, "no cassette")
      assert.include(await failureOf({ replay: join(folder, "missing.json") }), "There is no cassette")
      assert.include(await failureOf({ replay: text }), "is not a cassette")
      assert.include(await failureOf({ record: { file: folder } }), "EISDIR")
      assert.include(await failureOf({ record: { file: text }, replay: text }), "not both")
    }))
})
