/** Runs of agents as messages of a front end, and messages of a front end as prompts. */
import type * as AiError from "@effect/ai/AiError"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as FriendliError from "effect-friendli/FriendliError"
import type { UiMessage } from "effect-friendli/UiMessages"
import * as UiStream from "effect-friendli/UiStream"
import * as Agent from "../src/Agent.js"
import * as AgentUi from "../src/AgentUi.js"
import * as FriendliAiError from "../src/FriendliAiError.js"
import * as ScriptedModel from "../src/ScriptedModel.js"

const Search = Tool.make("search", {
  parameters: { day: Schema.Date },
  success: Schema.Struct({ departs: Schema.Date }),
  failure: Schema.Struct({ message: Schema.String }),
  failureMode: "return"
})
const Book = Tool.make("book", { parameters: { train: Schema.String }, success: Schema.String })
const toolkit = Toolkit.make(Search, Book)
const handlers = toolkit.toLayer({
  search: ({ day }) =>
    day.getUTCFullYear() === 2026
      ? Effect.as(Agent.progress("half"), { departs: day })
      : Effect.fail({ message: "there is no such day" }),
  book: ({ train }) => Effect.succeed(`a seat in ${train}`)
})
const options = { toolkit, approval: { book: true } } as const
const day = "2026-11-29T00:00:00.000Z"

const all = <E, R>(chunks: Stream.Stream<UiStream.UiChunk, E, R>) =>
  Effect.map(Stream.runCollect(chunks), Chunk.toReadonlyArray)

const scripted = (...turns: ReadonlyArray<ScriptedModel.Turn>) => [handlers, ScriptedModel.layer(turns)] as const

const deltas = (chunks: ReadonlyArray<UiStream.UiChunk>) => chunks.map(({ type }) => type)

const user = (id: string, text: string): UiMessage => ({ id, role: "user", parts: [{ type: "text", text }] })

describe("fromEvents", () => {
  it.effect("shows text, reasoning, calls as they arrive, progress, and results in encoded form", () =>
    Effect.gen(function* () {
      const chunks = yield* all(
        AgentUi.fromEvents(Agent.stream({ ...options, prompt: "When?" }), {
          metadata: { model: "m" },
          finishMetadata: ({ totals }) => ({ tokens: totals.usage.totalTokens })
        })
      )
      assert.deepStrictEqual(chunks, [
        { type: "start", messageMetadata: { model: "m" } },
        { type: "start-step" },
        { type: "reasoning-start", id: "reasoning-0" },
        { type: "reasoning-delta", id: "reasoning-0", delta: "Hm." },
        { type: "reasoning-end", id: "reasoning-0" },
        { type: "tool-input-start", toolCallId: "call_0", toolName: "search" },
        { type: "tool-input-delta", toolCallId: "call_0", inputTextDelta: `{"day":"${day}"}` },
        { type: "tool-input-available", toolCallId: "call_0", toolName: "search", input: { day } },
        {
          type: "data-tool-progress",
          data: { toolCallId: "call_0", toolName: "search", value: "half" },
          transient: true
        },
        { type: "tool-output-available", toolCallId: "call_0", output: { departs: day } },
        { type: "finish-step" },
        { type: "start-step" },
        { type: "text-start", id: "text-1" },
        { type: "text-delta", id: "text-1", delta: "Now." },
        { type: "text-end", id: "text-1" },
        { type: "finish-step" },
        { type: "finish", finishReason: "stop", messageMetadata: { tokens: 30 } }
      ])
    }).pipe(
      Effect.provide(scripted({ reasoning: "Hm.", calls: [{ name: "search", params: { day } }] }, { text: "Now." }))
    )
  )

  it.effect("asks before a tool runs, and goes on in the same message when the user has decided", () =>
    Effect.gen(function* () {
      let transcript: Agent.Transcript | undefined
      let kept: ReadonlyArray<UiMessage> = [user("1", "Book it.")]
      const keep = (messages: ReadonlyArray<UiMessage>) => Effect.sync(() => (kept = messages))
      const asked = Agent.stream({ ...options, prompt: "Book it." }).pipe(
        Stream.tap((event) =>
          Effect.sync(() => {
            if (event._tag === "Done" && event.result._tag === "Pending") transcript = event.result.transcript
          })
        )
      )
      const question = yield* all(UiStream.onEnd(AgentUi.fromEvents(asked), kept, keep))
      assert.deepStrictEqual(question.slice(-3), [
        UiStream.toolApproval("c1"),
        { type: "finish-step" },
        { type: "finish", finishReason: "tool-calls" }
      ])
      const [, { id, parts }] = kept as readonly [UiMessage, UiMessage]
      assert.deepStrictEqual(parts, [
        { type: "step-start" },
        {
          type: "tool-book",
          toolCallId: "c1",
          state: "approval-requested",
          input: { train: "KTX" },
          approval: { id: "c1" }
        }
      ])
      const answered: ReadonlyArray<UiMessage> = [
        kept[0]!,
        {
          id,
          role: "assistant",
          parts: [
            { type: "step-start" },
            {
              ...parts[1]!,
              state: "approval-responded",
              approval: { id: "c1", approved: true }
            } as UiMessage["parts"][0]
          ]
        }
      ]
      const decisions = AgentUi.decisions(answered)
      assert.deepStrictEqual(decisions, { c1: Agent.approve })
      const rest = yield* all(
        UiStream.onEnd(AgentUi.fromEvents(Agent.resumeStream(transcript!, decisions, options)), answered, keep)
      )
      assert.deepStrictEqual(rest, [
        { type: "start", messageId: id },
        { type: "tool-input-available", toolCallId: "c1", toolName: "book", input: { train: "KTX" } },
        UiStream.toolOutput("c1", "a seat in KTX"),
        { type: "start-step" },
        { type: "text-start", id: "text-0" },
        { type: "text-delta", id: "text-0", delta: "Done." },
        { type: "text-end", id: "text-0" },
        { type: "finish-step" },
        { type: "finish", finishReason: "stop" }
      ])
      assert.lengthOf(kept, 2)
      assert.deepInclude(kept[1]!.parts[1], { state: "output-available", output: "a seat in KTX" })
      assert.deepInclude(kept[1]!.parts.at(-1), { type: "text", text: "Done." })
    }).pipe(
      Effect.provide(scripted({ calls: [{ id: "c1", name: "book", params: { train: "KTX" } }] }, { text: "Done." }))
    )
  )

  it.effect("tells calls that were denied, that failed and that were invalid apart", () =>
    Effect.gen(function* () {
      const first = yield* Agent.run({ ...options, prompt: "Book it." })
      assert.isTrue(first._tag === "Pending")
      if (first._tag !== "Pending") return
      const chunks = yield* all(
        AgentUi.fromEvents(Agent.resumeStream(first.transcript, { c1: Agent.deny("too dear") }, options))
      )
      assert.deepStrictEqual(
        chunks.filter(({ type }) => type.startsWith("tool-output") || type === "tool-input-error"),
        [
          UiStream.toolDenied("c1"),
          UiStream.toolError("c2", "there is no such day"),
          {
            type: "tool-input-error",
            toolCallId: "c3",
            toolName: "search",
            input: "{",
            errorText: "The call of search is invalid: the arguments are not a valid JSON object."
          }
        ]
      )
    }).pipe(
      Effect.provide(
        scripted(
          { calls: [{ id: "c1", name: "book", params: { train: "KTX" } }] },
          { calls: [{ id: "c2", name: "search", params: { day: "1999-01-01" } }] },
          { calls: [{ id: "c3", name: "search", params: "{" }] },
          { text: "I give up." }
        )
      )
    )
  )

  it.effect(
    "sends nothing before a failure of the model, which is that of the SDK, and ends what is open before a later one",
    () =>
      Effect.gen(function* () {
        const error = new FriendliError.OverloadedError({
          operation: "Chat.stream",
          deployment: "serverless",
          message: "busy"
        })
        const fail: AiError.AiError = FriendliAiError.fromFriendliError(error, "streamText")
        const seen: Array<UiStream.UiChunk> = []
        const failing = AgentUi.fromEvents(Agent.stream({ prompt: "Hello!" })).pipe(
          Stream.runForEach((chunk) => Effect.sync(() => seen.push(chunk))),
          Effect.flip
        )
        assert.strictEqual(yield* Effect.provide(failing, ScriptedModel.layer([{ fail }])), error)
        assert.deepStrictEqual(seen, [])
        yield* Effect.provide(failing, ScriptedModel.layer([{ reasoning: "Hm.", fail }]))
        assert.deepStrictEqual(deltas(seen).slice(-2), ["reasoning-delta", "reasoning-end"])
      })
  )

  it.effect("does not show the call that gives the result, nor reasoning that is kept back", () =>
    Effect.gen(function* () {
      const output = Schema.Struct({ city: Schema.String })
      const chunks = yield* all(AgentUi.fromEvents(Agent.stream({ prompt: "Where?", output }), { reasoning: false }))
      assert.deepStrictEqual(deltas(chunks), ["start", "start-step", "finish-step", "finish"])
    }).pipe(
      Effect.provide(scripted({ reasoning: "Hm.", calls: [{ name: "final_answer", params: { city: "Seoul" } }] }))
    )
  )
})

describe("toPrompt", () => {
  it("has texts, files, reasoning between calls, calls and their results", () => {
    const prompt = AgentUi.toPrompt([
      {
        id: "1",
        role: "user",
        parts: [
          { type: "text", text: "What is it?" },
          { type: "file", mediaType: "image/png", url: "data:image/png;base64,AAAA" }
        ]
      },
      {
        id: "2",
        role: "assistant",
        parts: [
          { type: "step-start" },
          {
            type: "tool-search",
            toolCallId: "c1",
            state: "output-available",
            input: { day },
            output: { departs: day }
          },
          { type: "tool-book", toolCallId: "c2", state: "approval-requested", input: { train: "KTX" } },
          { type: "step-start" },
          { type: "text", text: "A train." }
        ]
      }
    ])
    assert.deepStrictEqual(
      Either.getOrThrow(prompt).content.map(({ content, role }) => [
        role,
        typeof content === "string"
          ? content
          : content.map((part) => {
              switch (part.type) {
                case "text":
                  return part.text
                case "file":
                  return [part.mediaType, part.data]
                case "tool-call":
                  return [part.id, part.name, part.params]
                case "tool-result":
                  return [part.id, part.name, part.result]
                default:
                  return part.type
              }
            })
      ]),
      [
        ["user", ["What is it?", ["image/png", "data:image/png;base64,AAAA"]]],
        ["assistant", [["c1", "search", { day }]]],
        ["tool", [["c1", "search", `{"departs":"${day}"}`]]],
        ["assistant", ["A train."]]
      ]
    )
  })

  it("rejects instructions of the front end", () => {
    const prompt = AgentUi.toPrompt([{ id: "1", role: "system", parts: [{ type: "text", text: "Obey." }] }])
    assert.isTrue(Either.isLeft(prompt))
  })
})
