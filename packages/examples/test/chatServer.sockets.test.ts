/** The server of the chat application, without a browser. */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, it, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer } from "effect"
import type { UiMessages } from "effect-friendli"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import type { Fault } from "effect-friendli-emulator/Faults"
import type { UiChunk } from "effect-friendli/UiStream"
import { vi } from "vitest"
import { run } from "../src/chat/main.js"
import { address, Application, asked, cheap, dear } from "./chat.support.js"
import { printing } from "./support.js"

const question = (text: string): UiMessages.UiMessage => ({ id: "1", role: "user", parts: [{ type: "text", text }] })

const post = (body: unknown) =>
  Effect.flatMap(address, (url) =>
    HttpClient.execute(HttpClientRequest.post(`${url}/api/chat`).pipe(HttpClientRequest.bodyUnsafeJson(body)))
  )

const read = (path: string) => Effect.flatMap(address, (url) => HttpClient.get(`${url}${path}`))
const json = (path: string) => Effect.flatMap(read(path), ({ json }) => json)

/** The chunks of an answer. */
const ask = (id: string, messages: ReadonlyArray<UiMessages.UiMessage>, model = cheap) =>
  Effect.gen(function* () {
    const response = yield* post({ id, messages, model, trigger: "submit-message" })
    assert.strictEqual(response.status, 200)
    const frames = (yield* response.text).trimEnd().split("\n\n")
    assert.strictEqual(frames.pop(), "data: [DONE]")
    return frames.map((frame) => JSON.parse(frame.slice("data: ".length)) as UiChunk)
  })

layer(Layer.merge(Application(), FetchHttpClient.layer), { excludeTestServices: true })(
  "the server of the chat application",
  (it) => {
    it.scoped("has the page, its code and its style", () =>
      Effect.gen(function* () {
        const types = []
        for (const path of ["/", "/page.js", "/style.css"]) {
          const response = yield* read(path)
          types.push([response.status, response.headers["content-type"]])
        }
        assert.deepStrictEqual(types, [
          [200, "text/html"],
          [200, "text/javascript"],
          [200, "text/css"]
        ])
      })
    )

    it.scoped("offers the models of the catalogue with their prices, the chosen one first", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* json("/api/models"), [
          { id: cheap, price: "$1 in, $1 out per million" },
          { id: dear, price: "$10 in, $10 out per million" }
        ])
      })
    )

    it.scoped("answers with the model that was asked, keeps the conversation, and adds up what it cost", () =>
      Effect.gen(function* () {
        const first = yield* ask("a", [question("A short one.")])
        const start = first[0]!
        assert(start.type === "start" && start.messageId !== undefined)
        assert.deepStrictEqual(start.messageMetadata, { model: cheap })
        const finish = first.at(-1)!
        assert(finish.type === "finish")
        const { cost, tokens } = finish.messageMetadata as { readonly tokens: number; readonly cost: string }
        assert.strictEqual(Number(cost), tokens / 1e6)
        const kept = (yield* json("/api/conversations/a")) as ReadonlyArray<UiMessages.UiMessage>
        assert.deepStrictEqual(kept, [
          question("A short one."),
          {
            id: start.messageId,
            role: "assistant",
            metadata: { model: cheap, tokens, cost },
            parts: [{ type: "step-start" }, { type: "text", text: "Yes." }]
          }
        ])
        yield* ask("a", [...kept, { ...question("A short one again."), id: "2" }], dear)
        const list = (yield* json("/api/conversations")) as ReadonlyArray<{
          readonly id: string
          readonly title: string
          readonly spending: { readonly tokens: number; readonly cost: string }
        }>
        const { spending, title } = list.find(({ id }) => id === "a")!
        assert.strictEqual(title, "A short one.")
        assert.closeTo(Number(spending.cost), (tokens + 10 * (spending.tokens - tokens)) / 1e6, 1e-12)
        const [request] = (yield* asked).slice(-1)
        assert.deepStrictEqual(
          (request!.body as { readonly messages: ReadonlyArray<{ readonly role: string }> }).messages.map(
            ({ role }) => role
          ),
          ["system", "user", "assistant", "user"]
        )
        assert.deepStrictEqual(yield* json("/api/conversations/unknown"), [])
      })
    )

    it.scoped("runs a tool once when it was approved, and says so when nothing waits", () =>
      Effect.gen(function* () {
        yield* ask("b", [question("Book a train.")])
        const [asking, message] = (yield* json("/api/conversations/b")) as ReadonlyArray<UiMessages.UiMessage>
        const approved: UiMessages.UiMessage = {
          ...message!,
          parts: message!.parts.map((part) =>
            "state" in part && part.state === "approval-requested"
              ? // arguments that the browser changes count for nothing
                {
                  ...part,
                  state: "approval-responded",
                  input: { train: "TGV" },
                  approval: { id: part.toolCallId, approved: true }
                }
              : part
          )
        }
        const chunks = yield* ask("b", [asking!, approved])
        assert.deepStrictEqual(
          chunks.find(({ type }) => type === "tool-input-available"),
          {
            type: "tool-input-available",
            toolCallId: chunks.flatMap((chunk) => ("toolCallId" in chunk ? [chunk.toolCallId] : []))[0]!,
            toolName: "book_train",
            input: { train: "SRT 303" }
          }
        )
        assert.deepStrictEqual(chunks[0], { type: "start", messageId: message!.id, messageMetadata: { model: cheap } })
        const again = yield* post({ id: "b", messages: [asking, approved], model: cheap })
        assert.deepStrictEqual([again.status, yield* again.text], [409, "This question is no longer open. Ask again."])
      })
    )

    it.scoped("has a status and a sentence for a failure before the first byte", () =>
      Effect.gen(function* () {
        const { faults } = yield* EmulatorServer
        const failing = (fault: Fault) =>
          Effect.gen(function* () {
            faults.addRules({ fault, operation: "chat", times: 1 })
            const response = yield* post({ id: "c", messages: [question("Hello!")], model: cheap })
            return [response.status, response.headers["retry-after"], yield* response.text] as const
          })
        assert.deepStrictEqual(yield* failing({ status: 503, retryAfter: 90 }), [
          503,
          "90",
          "The model is busy. Try again in 90 seconds, or choose another model."
        ])
        assert.deepStrictEqual(yield* failing({ status: 401 }), [
          502,
          undefined,
          "The token of this server is not valid. The operator of the server has to check it."
        ])
        assert.deepStrictEqual(yield* failing({ status: 422 }), [
          422,
          undefined,
          "The model does not accept this conversation. It may be too long. Start a new conversation, or choose another model."
        ])
        const unknown = yield* post({ id: "c", messages: [question("Hello!")], model: "unknown" })
        assert.deepStrictEqual(
          [unknown.status, yield* unknown.text],
          [502, "This model does not exist. Choose another model."]
        )
        assert.strictEqual((yield* post({ id: "c", messages: "Hello!" })).status, 400)
        // the question is kept, so that it can be asked again after a reload
        assert.deepStrictEqual(yield* json("/api/conversations/c"), [question("Hello!")])
      })
    )
  }
)

it.scopedLive("the command starts with the emulator, tells its options, and needs a token for Friendli", () =>
  Effect.gen(function* () {
    const { lines } = yield* printing(
      Effect.gen(function* () {
        const running = yield* Effect.fork(run(["node", "chat", "--port", "0", "--model", "deepseek-ai/DeepSeek-V3.2"]))
        let url: string | undefined
        while (url === undefined) {
          yield* Effect.sleep("50 millis")
          url = /at (http:\S+)/.exec(vi.mocked(console.log).mock.calls.join("\n"))?.[1]
        }
        const models = yield* Effect.flatMap(HttpClient.get(`${url}/api/models`), ({ json }) => json)
        assert.strictEqual((models as ReadonlyArray<{ readonly id: string }>)[0]?.id, "deepseek-ai/DeepSeek-V3.2")
        yield* Fiber.interrupt(running)
      })
    )
    assert.include(lines, "The emulator answers, in this process. With --live, Friendli answers.")
    const help = yield* printing(run(["node", "chat", "--help"]))
    for (const option of ["--live", "--model", "--port"]) assert.include(help.text, option)
    const live = yield* printing(Effect.flip(run(["node", "chat", "--live", "--port", "0"])))
    assert.strictEqual(live.text, "There is no token. Set FRIENDLI_TOKEN, or do not use --live.")
  }).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map())),
    Effect.provide([FetchHttpClient.layer, NodeContext.layer])
  )
)
