import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { ChatStream, Inference, Serverless } from "effect-friendli"
import { makeEmulator } from "effect-friendli-emulator/Emulator"
import * as EmulatorHttpClient from "effect-friendli-emulator/EmulatorHttpClient"
import xterm from "@xterm/headless"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { bodyOf, emulator } from "./support.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const built = fileURLToPath(new URL("../.tested/demo/", import.meta.url))
const main = `${built}main.js`
const firstCall = fileURLToPath(new URL("../src/first-call.ts", import.meta.url))

const CHILD_TIMEOUT_MS = 120_000

/** Puts the demo into few files: a process that translates every source for itself takes seconds to start. */
beforeAll(async () => {
  await build({
    entryPoints: ["main.ts", "scenes/numbers-process.ts"].map((file) =>
      fileURLToPath(new URL(`../src/demo/${file}`, import.meta.url))
    ),
    entryNames: "[name]",
    outdir: built,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    // packages of the older form ask for Node's modules with a function that new ones do not have
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
    }
  })
})

/** Loaded before the demo: refuses every connection to another machine, and stands for a terminal where a width is given. */
const preload = (columns?: number): string =>
  `data:text/javascript,${encodeURIComponent(`
  import net from "node:net"
  import process from "node:process"
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (...given) {
    const options = Array.isArray(given[0]) ? given[0][0] : given[0]
    const host = typeof options === "object" ? options.host ?? "localhost" : given[1]
    if (!["127.0.0.1", "localhost", "::1"].includes(host) && options.path === undefined) {
      process.stderr.write("a connection to " + host + " failed\\n")
      process.exit(99)
    }
    return connect.apply(this, given)
  }
  const columns = ${columns ?? 0}
  if (columns > 0) {
    Object.defineProperty(process.stdout, "isTTY", { value: true })
    process.stdout.columns = columns
  }
`)}`

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What runs a source as it is. */
const loader = (file: string): ReadonlyArray<string> => (file.endsWith(".ts") ? ["--import", "tsx"] : [])

/** Runs a program as a reader would, with pipes in the place of a terminal. */
const run = (
  file: string,
  args: ReadonlyArray<string> = [],
  env: Readonly<Record<string, string>> = {},
  columns?: number
) =>
  Effect.async<Ended>((resume) => {
    const { FRIENDLI_TOKEN: _1, FRIENDLI_BEARER_AUTH: _2, FRIENDLI_BASE_URL: _3, NO_COLOR: _4, ...rest } = process.env
    const child = spawn(process.execPath, [...loader(file), "--import", preload(columns), file, ...args], {
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

/** What a terminal of this width shows in the end, with its history. */
const screenOf = (written: string, columns: number) =>
  Effect.async<ReadonlyArray<string>>((resume) => {
    const terminal = new xterm.Terminal({
      cols: columns,
      rows: 50,
      scrollback: 5000,
      allowProposedApi: true,
      convertEol: true
    })
    terminal.write(written, () => {
      const { active } = terminal.buffer
      const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at))
      // a line that the terminal had to wrap was too long
      const tooLong = lines.filter((line) => line?.isWrapped === true).map((line) => line?.translateToString(true))
      resume(
        tooLong.length > 0
          ? Effect.die(new Error(`too long: ${tooLong.join(" | ")}`))
          : Effect.succeed(lines.map((line) => line?.translateToString(true) ?? ""))
      )
    })
  })

/** What the scene of the batch says at its end. */
const batchEnds =
  /(\d+) answers came from the journal, (\d+) calls were new and cost \$0\.\d+\. The server saw (\d+) calls in all: (\d+) that ran at the kill ran again/

/** Text as it was before it was wrapped. */
const unwrapped = (text: string): string => text.replace(/\s+/g, " ")

/** The same of what is in a box. */
const unbordered = (text: string): string => unwrapped(text.replaceAll("│", " "))

const system = { role: "system", content: "You are a helpful assistant." } as const

const inProcess = Layer.provide(
  Serverless.layer({ token: "flp_test", model: "meta-llama-3.1-8b-instruct" }),
  EmulatorHttpClient.layer(makeEmulator())
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
        assert.include(text, '"What is generative AI?" · the same text')

        assert.match(text, /503 OverloadedError → waiting 0\.(3[789]|4\d|50) s/)
        assert.include(text, "429 RateLimitError, Retry-After: 1 → waiting 1.00 s")
        assert.match(text, /recovered: 3 requests in \d+\.\d\d s/)

        assert.match(text, /InvalidRequestError in temperature .+ answered with 422/)
        assert.match(text, /InvalidRequestError in messages, temperature .+ was not sent/)
        assert.include(text, "requests to the server for the second call: 0")

        // of the twelve events, the first says who speaks and has no text
        const until = [...hello].slice(0, 11).join("")
        assert.isNotEmpty(until)
        assert.include(text, "StreamTruncatedError after 12 events")
        assert.include(text, `received: "${unwrapped(until)}"`)

        assert.match(stdout, /│ items +│ 2 x paper boats, 3\.50 +│\n +│ +│ 1 x lake, 99\.00 +│/)
        assert.include(text, "issued is a Date (Mon Mar 03 2025)")
        assert.include(text, '→ search_trains {"from":"Seoul","to":"Busan"}')
        assert.include(text, "book_train needs approval")
        assert.include(text, '← book_train {"seat":"7A"} You have seat 7A in SRT 303')
        assert.match(text, /completed: 3 requests, 2 tool calls, \d+ tokens/)

        assert.include(text, "killed with SIGKILL")
        assert.match(text, /█{20,} 200 of 200, \d+ rows\/s all 200 rows have their answers/)
        const [reused, fresh, calls, repeated] = batchEnds.exec(text)!.slice(1).map(Number) as [
          number,
          number,
          number,
          number
        ]
        // the one that the process told of last and those that ran beside it may be in the journal or not
        assert.isAtLeast(reused, 80)
        assert.strictEqual(reused + fresh, 200)
        assert.strictEqual(calls, 200 + repeated)
        assert.isAtMost(repeated, 8)
      }),
    CHILD_TIMEOUT_MS
  )

  for (const [columns, names] of [
    [80, ["tokens", "structured", "batch"]],
    [200, ["structured", "agent", "errors", "batch"]]
  ] as const) {
    it.live(
      `fits into a terminal of ${columns} columns, with colours and with what changes in its place`,
      () =>
        Effect.gen(function* () {
          const chosen = names.flatMap((name) => ["--scene", name])
          const { code, stderr, stdout } = yield* run(main, chosen, { TERM: "xterm" }, columns)
          assert.strictEqual(code, 0, stderr)
          assert.include(stdout, "\u001b[36m")
          const lines = yield* screenOf(stdout, columns)
          const text = unwrapped(lines.join("\n"))
          assert.match(text, batchEnds)
          // of what was drawn many times, the last time is what remains
          for (const once of ["200 of 200", "1 x lake, 99.00", "│ currency"]) {
            assert.lengthOf(
              lines.filter((line) => line.includes(once)),
              1
            )
          }
          assert.strictEqual(lines[0], `┌${"─".repeat(Math.min(columns, 100) - 2)}┐`)
        }),
      CHILD_TIMEOUT_MS
    )
  }

  it.live(
    "explains its options, and lists its scenes",
    () =>
      Effect.gen(function* () {
        const help = yield* run(main, ["--help"])
        assert.strictEqual(help.code, 0, help.stderr)
        // the library does not break the usage, nor the names of the scenes
        const texts = stripVTControlCharacters(help.stdout)
          .split("\n")
          .filter((line) => !line.includes("chat"))
        for (const text of texts) assert.isAtMost(text.length, 80)
        for (const option of ["--model", "--scene", "--list", "--live"]) assert.include(help.stdout, option)

        const list = yield* run(main, ["--list"])
        const names = [...list.stdout.matchAll(/│ (\w+) +│/g)].map(([, name]) => name)
        assert.deepStrictEqual(names, [
          "chat",
          "completion",
          "tokens",
          "structured",
          "agent",
          "retry",
          "errors",
          "cut",
          "batch"
        ])
      }),
    CHILD_TIMEOUT_MS
  )

  it.scopedLive(
    "asks the given question, of the given model, in the scenes that are chosen, and sends nothing to Friendli without --live",
    () =>
      Effect.gen(function* () {
        const friendli = yield* emulator({ tokens: ["flp_right"] })
        const prompt = "Why is the \u001b[31msky blue?"
        const options = ["--model", "meta-llama-3.3-70b-instruct", "--scene", "cut", "--scene", "chat"]
        const { code, stderr, stdout } = yield* run(main, [...options, ...prompt.split(" ")], {
          FRIENDLI_TOKEN: "flp_right",
          FRIENDLI_BASE_URL: friendli.url
        })
        assert.strictEqual(code, 0, stderr)
        assert.notMatch(stdout, /(?!\n)\p{Cc}/u)
        assert.match(unwrapped(stdout), /chatCompletionStream: "Why is the \[31msky blue\?" \S.+ usage: /)
        assert.lengthOf(friendli.requests, 0)
        assert.include(unwrapped(stdout), "No data leaves this machine.")
        assert.match(stdout, /│ model {2}meta-llama-3\.3-70b-instruct +│/)
        // in the order of the demo, with their numbers
        assert.deepStrictEqual(
          [...stdout.matchAll(/^── (\d) {2}(.+?) ─+$/gm)].map(([, number, title]) => [number, title]),
          [
            ["1", "A chat answer as it arrives"],
            ["8", "A stream cut short"]
          ]
        )
      }),
    CHILD_TIMEOUT_MS
  )

  it.live(
    "needs a token for --live",
    () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* run(main, ["--live", "--scene", "completion"])
        assert.strictEqual(code, 1)
        assert.include(stderr, "--live needs FRIENDLI_TOKEN")
      }),
    CHILD_TIMEOUT_MS
  )

  it.scopedLive(
    "talks to Friendli with --live, and keeps faults and the batch to the emulator",
    () =>
      Effect.gen(function* () {
        const friendli = yield* emulator({ tokens: ["flp_right"] })
        const all = ["chat", "completion", "tokens", "cut"].flatMap((name) => ["--scene", name])
        const { code, stderr, stdout } = yield* run(main, ["--live", ...all, "Hello there!"], {
          FRIENDLI_TOKEN: "flp_right",
          FRIENDLI_BASE_URL: friendli.url
        })
        assert.strictEqual(code, 0, stderr)
        assert.include(unwrapped(stdout), `API Friendli Serverless, ${friendli.url}`)
        assert.include(unbordered(stdout), "the cut stream and the batch use the emulator, in this process.")
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
        const { code, stderr } = yield* run(main, ["--live"], {
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
