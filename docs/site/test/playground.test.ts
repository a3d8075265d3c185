/** The playground without a browser: its programs run on the emulator that the page has, and the recorder sees what they send. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { type Connection, emulated } from "../playground/connection.js"
import { describe as describeFailure } from "../playground/failure.js"
import { makeRecorder, splitEvents } from "../playground/recorder.js"
import { makeChatScene } from "../playground/scenes/chat.js"
import { choices, makeFaultScene } from "../playground/scenes/faults.js"
import { letter, makeFormScene } from "../playground/scenes/structuredOutput.js"
import { example, makeTokenScene } from "../playground/scenes/tokens.js"
import { makeToolScene, questions } from "../playground/scenes/toolCalls.js"
import { type Phase, stageFor } from "../playground/stage.js"
import { partsOf } from "../playground/view/answerText.js"

const model = "meta-llama-3.1-8b-instruct"
const settings = { model, temperature: 0, top_p: 1, max_tokens: 60 }

const stage = (name: string, connection: Connection = emulated) =>
  stageFor(name, Effect.runSync(SubscriptionRef.make(connection)))

/** Waits until a state is as it should be. */
const until = <A>(state: SubscriptionRef.SubscriptionRef<A>, holds: (value: A) => boolean) =>
  state.changes.pipe(
    Stream.filter(holds),
    Stream.runHead,
    Effect.flatMap((found) => found),
    Effect.timeout("15 seconds")
  )

const hasEnded = (phase: Phase): boolean => phase._tag !== "Ready" && phase._tag !== "Running"

describe("the chat of the playground", () => {
  it.live("answers, and answers again", () =>
    Effect.gen(function* () {
      const on = stage("test chat")
      const scene = makeChatScene(on)
      scene.send("What is the capital of South Korea?", settings)
      yield* until(on.phase, ({ _tag }) => _tag === "Done")
      const [asked, answer] = yield* SubscriptionRef.get(scene.conversation)
      assert.deepStrictEqual(asked, { role: "user", content: "What is the capital of South Korea?" })
      assert.strictEqual(answer?.finishReason, "stop")
      assert.isAbove(answer?.tokens ?? 0, 5)

      yield* until(on.recorder.exchanges, ([exchange]) => exchange?.server?.finished === true)
      scene.regenerate({ ...settings, max_tokens: 2 })
      yield* until(scene.conversation, (turns) => turns[1]?.finishReason === "length")
      const turns = yield* SubscriptionRef.get(scene.conversation)
      assert.deepStrictEqual(
        turns.map(({ role }) => role),
        ["user", "assistant"]
      )
    })
  )

  it.live("stops the generation, and both sides record it", () =>
    Effect.gen(function* () {
      const on = stage("test stop")
      const scene = makeChatScene(on)
      scene.send("Write a poem about the sea.", { ...settings, max_tokens: 400 })
      yield* until(scene.conversation, (turns) => (turns[1]?.content.length ?? 0) > 20)
      on.stop()
      assert.deepStrictEqual(yield* until(on.phase, hasEnded), { _tag: "Stopped" })
      const exchanges = yield* until(on.recorder.exchanges, ([one]) => one?.server?.aborted === true)
      assert.strictEqual(exchanges[0]?.stage, "cancelled")
      assert.isBelow(exchanges[0]?.server?.tokensGenerated ?? 400, 60)
    })
  )
})

describe("the other scenes", () => {
  it.live("show arguments of tools while they are written, and the answer from their results", () =>
    Effect.gen(function* () {
      const on = stage("test tools")
      const scene = makeToolScene(on)
      scene.ask(questions[0].text, model)
      const [growing] = yield* until(scene.rounds, (rounds) => {
        const call = rounds[0]?.calls[0]
        return call?.state === "Growing" && call.text.includes(":")
      })
      assert.throws(() => JSON.parse(growing?.calls[0]?.text ?? "{}"))
      yield* until(on.phase, ({ _tag }) => _tag === "Done")
      const [first, last] = yield* SubscriptionRef.get(scene.rounds)
      assert.deepStrictEqual(first?.calls[0]?.value, { from: "Seoul", to: "Busan", date: "2026-12-03", passengers: 2 })
      assert.include(first?.calls[0]?.result, "119600")
      assert.include(last?.answer, "11:38")
    })
  )

  it.live("fill a form, after an answer that does not fit the schema", () =>
    Effect.gen(function* () {
      const on = stage("test form")
      const scene = makeFormScene(on)
      scene.extract(letter, model, true)
      yield* until(on.phase, hasEnded)
      const { booking, rejected } = yield* SubscriptionRef.get(scene.form)
      assert.deepStrictEqual(
        rejected.flatMap(({ issues }) => issues.map(({ path }) => path.join("."))),
        ["email", "guests"]
      )
      assert.deepStrictEqual(booking?.arrival, new Date("2026-12-03"))
    })
  )

  it.live("keep the tokens of a character together, and lose no text", () =>
    Effect.gen(function* () {
      const on = stage("test tokens")
      const scene = makeTokenScene(on)
      scene.follow(model)
      const shown = yield* until(scene.shown, ({ count }) => count > 0)
      on.stop()
      assert.strictEqual(shown.pieces.map(({ text }) => text).join(""), example)
      assert.strictEqual(shown.detokenized, example)
      assert.isAbove(shown.pieces.find(({ text }) => text.includes("👋"))?.ids.length ?? 0, 1)
      assert.strictEqual(shown.pieces.flatMap(({ ids }) => ids).length, shown.count)
    })
  )

  // the tag, and how many attempts were recorded
  const outcomes: Readonly<Record<string, readonly [tag: string, attempts: number]>> = {
    busy: ["Done", 2],
    invalid: ["InvalidRequestError", 1],
    cut: ["StreamTruncatedError", 1],
    frame: ["OverloadedError", 1],
    stall: ["RequestTimeoutError", 1],
    slow: ["RequestTimeoutError", 1],
    json: ["ResponseDecodeError", 1],
    reset: ["ConnectionError", 1],
    server: ["ServerError", 3],
    limited: ["RateLimitError", 3]
  }

  it.live("show what each fault leads to", () =>
    Effect.forEach(
      choices,
      (choice) =>
        Effect.gen(function* () {
          const on = stage(`test ${choice.id}`)
          makeFaultScene(on).ask(choice, model)
          const phase = yield* until(on.phase, hasEnded)
          const tag = phase._tag === "Failed" ? describeFailure(phase.failure).tag : phase._tag
          const exchanges = yield* SubscriptionRef.get(on.recorder.exchanges)
          assert.deepStrictEqual([tag, exchanges.length], outcomes[choice.id], choice.id)
        }),
      { concurrency: "unbounded" }
    )
  )
})

describe("the recorder", () => {
  it.effect("records neither the token nor what other credentials say", () =>
    Effect.gen(function* () {
      const recorder = yield* makeRecorder
      const fetch = recorder.fetch(() => ({ response: Promise.resolve(new Response("{}")) }))
      const headers = { authorization: "Bearer flp_secret", "x-api-key": "flp_secret" }
      yield* Effect.promise(() => fetch("http://localhost/v1/tokenize", { method: "POST", headers, body: "{}" }))
      const recorded = JSON.stringify(yield* SubscriptionRef.get(recorder.exchanges))
      assert.notInclude(recorded, "flp_secret")
      assert.include(recorded, "••••••")
    })
  )

  it("finds events wherever the bytes are cut", () => {
    const split = splitEvents(true)
    assert.deepStrictEqual(
      [..."data: 1\n\ndata: 2\r\n\r\ndata:"].flatMap((text) => split(text)),
      ["data: 1", "data: 2"]
    )
  })
})

describe("a token", () => {
  it("does not show when a connection is printed or becomes JSON", () => {
    const connection: Connection = { kind: "serverless", baseUrl: "https://a", token: Redacted.make("flp_secret") }
    assert.notInclude(JSON.stringify(connection) + String(connection.token), "flp_secret")
  })

  it.live("that cannot be one is an error with a name, without the token", () =>
    Effect.gen(function* () {
      const on = stage("test token", { kind: "serverless", baseUrl: "https://a", token: Redacted.make("flp secret") })
      makeChatScene(on).send("Hello", settings)
      const phase = yield* until(on.phase, hasEnded)
      const described = phase._tag === "Failed" ? describeFailure(phase.failure) : undefined
      assert.strictEqual(described?.tag, "ConfigError")
      assert.notInclude(described?.message, "flp secret")
    })
  )
})

describe("the text of an answer", () => {
  const plain = (text: string) => ({ text, style: "plain" as const })

  it("has code and bold words, also before the code has ended", () => {
    assert.deepStrictEqual(partsOf("So **this**:\n\n```ts\nconst a = 1\n"), [
      { kind: "text", runs: [plain("So "), { text: "this", style: "bold" }, plain(":")] },
      { kind: "code", text: "const a = 1" }
    ])
  })

  it("has lists, and names in backticks", () => {
    assert.deepStrictEqual(
      partsOf("Here is what `find_trains` found:\n\n- departs 09:00\n- **late**: 13:30\n\nBoth run."),
      [
        {
          kind: "text",
          runs: [plain("Here is what "), { text: "find_trains", style: "code" }, plain(" found:")]
        },
        { kind: "list", items: [[plain("departs 09:00")], [{ text: "late", style: "bold" }, plain(": 13:30")]] },
        { kind: "text", runs: [plain("Both run.")] }
      ]
    )
  })

  it("keeps HTML, and marks that are not closed, as text", () => {
    assert.deepStrictEqual(partsOf("<b onclick=alert(1)>2 ** 3</b> and `half"), [
      { kind: "text", runs: [plain("<b onclick=alert(1)>2 ** 3</b> and `half")] }
    ])
  })
})
