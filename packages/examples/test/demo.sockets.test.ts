import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { ChatStream, Inference, Serverless } from "effect-friendli"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { bodyOf, emulator } from "./support.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const main = fileURLToPath(new URL("../src/demo/main.ts", import.meta.url))
const firstCall = fileURLToPath(new URL("../src/first-call.ts", import.meta.url))

const CHILD_TIMEOUT_MS = 60_000

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program as a reader would, with pipes in the place of a terminal. */
const run = (file: string, args: ReadonlyArray<string> = [], env: Readonly<Record<string, string>> = {}) =>
  Effect.async<Ended>((resume) => {
    const { FRIENDLI_TOKEN: _1, FRIENDLI_BEARER_AUTH: _2, FRIENDLI_BASE_URL: _3, ...rest } = process.env
    const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
      cwd: root,
      env: { ...rest, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: CHILD_TIMEOUT_MS
    })
    const out = { stdout: "", stderr: "" }
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text))
    child.on("close", (code) => resume(Effect.succeed({ code, ...out })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Text as it was before it was wrapped. */
const unwrapped = (text: string): string => text.replace(/\s+/g, " ")

const system = { role: "system", content: "You are a helpful assistant." } as const

const inProcess = Layer.provide(
  Serverless.layer({ token: "flp_test", model: "meta-llama-3.1-8b-instruct" }),
  Layer.provide(FetchHttpClient.layer, Layer.succeed(FetchHttpClient.Fetch, makeEmulator().fetch))
)

describe.concurrent("demo", () => {
  it.live(
    "shows everything on the emulator, in plain text",
    () =>
      Effect.gen(function* () {
        // colours asked for are still none in a pipe
        const { code, stderr, stdout } = yield* run(main, [], { FORCE_COLOR: "1" })
        assert.strictEqual(code, 0, stderr)
        assert.notInclude(stderr, "failed")
        assert.notMatch(stdout, /(?!\n)\p{Cc}/u)
        for (const line of stdout.split("\n")) assert.isAtMost([...line].length, 80)
        const text = unwrapped(stdout)

        assert.match(text, /API the emulator, http:\/\/127\.0\.0\.1:\d+/)
        const hello = yield* Inference.chatCompletionStream({
          messages: [system, { role: "user", content: "Hello!" }],
          max_tokens: 200,
          seed: 7
        }).pipe(ChatStream.text, Stream.runCollect, Effect.provide(inProcess))

        assert.match(text, /chatCompletionStream: "Hello!" \S.+ usage: 43 prompt \+ \d+ completion = \d+ tokens/)
        assert.match(text, /finish reason: (stop|length) · first text after \d+\.\d\d s · \d+ tokens per second/)
        assert.match(text, /Say this is a test!", top_k: 1 \S.+ usage: 7 prompt \+ \d+ completion = \d+ tokens/)

        assert.include(text, "ids: 128000, 3923, 374, 1803, 1413, 15592, 30")
        const rows = [...stdout.matchAll(/│ +(\d+) │ (.+?) +│/g)].map(([, id, piece]) => [id, piece])
        assert.deepStrictEqual(rows, [
          ["128000", "no text: a special token"],
          ["3923", '"What"'],
          ["374", '" is"'],
          ["1803", '" gener"'],
          ["1413", '"ative"'],
          ["15592", '" AI"'],
          ["30", '"?"']
        ])
        assert.include(text, '"What is generative AI?" · the same text came back')

        assert.match(text, /503 OverloadedError → waiting 0\.(3[789]|4\d|50) s/)
        assert.include(text, "429 RateLimitError, Retry-After: 1 → waiting 1.00 s")
        assert.match(text, /recovered: 3 requests in \d+\.\d\d s/)

        assert.match(text, /InvalidRequestError in temperature .+ answered with 422/)
        assert.match(text, /InvalidRequestError in messages, temperature .+ was not sent/)
        assert.include(text, "requests that the server saw of the second: 0")

        // of the twelve events, the first says who speaks and has no text
        const until = [...hello].slice(0, 11).join("")
        assert.isNotEmpty(until)
        assert.include(text, "StreamTruncatedError after 12 events")
        assert.include(text, `received: "${unwrapped(until)}"`)
      }),
    CHILD_TIMEOUT_MS
  )

  it.live(
    "asks the given question",
    () =>
      Effect.gen(function* () {
        const prompt = "Why is the \u001b[31msky blue?"
        const { code, stderr, stdout } = yield* run(main, prompt.split(" "))
        assert.strictEqual(code, 0, stderr)
        assert.notMatch(stdout, /(?!\n)\p{Cc}/u)
        assert.match(unwrapped(stdout), /chatCompletionStream: "Why is the \[31msky blue\?" \S.+ usage: /)
        assert.include(stdout, "StreamTruncatedError")
      }),
    CHILD_TIMEOUT_MS
  )

  it.scopedLive(
    "talks to Friendli where there is a token, and keeps faults to the emulator",
    () =>
      Effect.gen(function* () {
        const friendli = yield* emulator({ tokens: ["flp_right"] })
        const { code, stderr, stdout } = yield* run(main, ["Hello there!"], {
          FRIENDLI_TOKEN: "flp_right",
          FRIENDLI_BASE_URL: friendli.url
        })
        assert.strictEqual(code, 0, stderr)
        assert.include(unwrapped(stdout), `API Friendli Serverless, ${friendli.url}`)
        assert.include(unwrapped(stdout), "Scenes 4 to 6 need faults: they run on the emulator, in this process.")
        assert.include(stdout, "StreamTruncatedError")
        assert.notInclude(stdout + stderr, "flp_right")
        // a chat, a completion, a tokenization and eight detokenizations
        assert.lengthOf(friendli.requests, 11)
        assert.deepInclude(bodyOf(friendli, 0), {
          messages: [system, { role: "user", content: "Hello there!" }]
        })
      }),
    CHILD_TIMEOUT_MS
  )

  it.scopedLive(
    "fails with the kind of the failure and a status that scripts understand",
    () =>
      Effect.gen(function* () {
        const friendli = yield* emulator({ tokens: ["flp_right"] })
        const { code, stderr } = yield* run(main, [], {
          FRIENDLI_TOKEN: "flp_wrong",
          FRIENDLI_BASE_URL: friendli.url
        })
        assert.strictEqual(code, 1)
        assert.match(stderr, /\nThe demo failed: AuthenticationError: .*401/)
        assert.notInclude(stderr, "flp_wrong")
      }),
    CHILD_TIMEOUT_MS
  )
})

describe("an example as a program", () => {
  it.scopedLive(
    "runs when it is the main module, on what the environment says",
    () =>
      Effect.gen(function* () {
        const server = yield* emulator()
        const { code, stderr, stdout } = yield* run(firstCall, [], {
          FRIENDLI_TOKEN: "any",
          FRIENDLI_BASE_URL: server.url
        })
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, /\d+ tokens\n$/)
        assert.lengthOf(server.requests, 1)
      }),
    CHILD_TIMEOUT_MS
  )
})
