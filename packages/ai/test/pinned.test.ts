/**
 * What a transcript pins: the model, the definitions of the tools, the limits. Another model or another tool is noticed before anything runs.
 */
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Wire } from "effect-friendli/testing"
import * as Agent from "../src/Agent.js"
import * as FriendliLanguageModel from "../src/FriendliLanguageModel.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import { overMock } from "./support.js"

const Pay = Tool.make("pay", { parameters: { amount: Schema.Number }, success: Schema.String })
const Look = Tool.make("look", { description: "Looks", success: Schema.String })
const executed: Array<string> = []
const note = (what: string) => () => Effect.sync(() => `${executed.push(what)}`)
const bank = Toolkit.make(Pay, Look)
const vault = bank.toLayer({ pay: note("pay"), look: note("look") })
const options = { toolkit: bank, approval: { pay: true } } as const
const asJson = Schema.parseJson(Agent.Transcript)

const asking = { toolCalls: [Wire.toolCall("pay", { amount: 5 }, "a")] }
const chunks = Wire.chatChunks("", asking)

/** The transcript of a run that waits, over a model of Friendli, after a journey as JSON. */
const waiting = (model?: string) =>
  Effect.gen(function* () {
    executed.length = 0
    const { layer, requests } = overMock({ chunks }, model === undefined ? {} : { model })
    const result = yield* Agent.run({ ...options, prompt: "Pay." }).pipe(Effect.provide([vault, layer]))
    if (result._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
    const transcript = yield* Schema.decode(asJson)(yield* Schema.encode(asJson)(result.transcript))
    return { transcript, requests }
  })

/** Goes on over another model of Friendli, and says how that ended and which models were asked. */
const elsewhere = (
  transcript: Agent.Transcript,
  model: string | undefined,
  more: Agent.ResumeSettings & { readonly model?: string } = {}
) =>
  Effect.gen(function* () {
    const { layer, requests } = overMock({ chunks: Wire.chatChunks("Paid.") }, model === undefined ? {} : { model })
    const ended = yield* Agent.resume(transcript, { a: Agent.approve }, { ...options, ...more }).pipe(
      Effect.provide([vault, layer]),
      Effect.match({
        onFailure: (error) => (error._tag === "TranscriptError" ? error.reason : error._tag),
        onSuccess: ({ text }) => text
      })
    )
    return [ended, ...requests.map(({ model: asked }) => asked)]
  })

describe("the budget of a transcript", () => {
  it.effect("needs a price again, if it has a cost", () =>
    Effect.gen(function* () {
      executed.length = 0
      const price = () => Option.some(BigDecimal.fromBigInt(1n))
      const { layer } = overMock({ chunks })
      const result = yield* Agent.run({ ...options, prompt: "Pay.", budget: { cost: 5 }, price }).pipe(
        Effect.provide([vault, layer])
      )
      if (result._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
      assert.deepStrictEqual(yield* elsewhere(result.transcript, undefined), ["MissingPrice"])
      assert.deepStrictEqual(yield* elsewhere(result.transcript, undefined, { changes: "accept" }), ["MissingPrice"])
      assert.deepStrictEqual(executed, [])
      const { layer: again } = overMock({ chunks: Wire.chatChunks("Paid.") })
      const ended = yield* Agent.resume(result.transcript, { a: Agent.approve }, { ...options, price }).pipe(
        Effect.provide([vault, again])
      )
      assert.strictEqual(ended.text, "Paid.")
      assert.deepStrictEqual(executed, ["pay"])
    })
  )
})

describe("the model of a transcript", () => {
  it.effect("is that of the layer, of a region, or of the options", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* waiting("a")).transcript.settings.model, "a")
      assert.strictEqual((yield* waiting()).transcript.settings.model, null)
      const region = yield* FriendliLanguageModel.withConfigOverride(waiting("a"), { model: "b" })
      assert.strictEqual(region.transcript.settings.model, "b")
      const { layer, requests } = overMock({ chunks }, { model: "a" })
      const result = yield* Agent.run({ ...options, model: "c", prompt: "Pay." }).pipe(Effect.provide([vault, layer]))
      assert.strictEqual(result._tag === "Pending" ? result.transcript.settings.model : undefined, "c")
      assert.strictEqual(requests[0]?.model, "c")
    })
  )

  it.effect("is asked again", () =>
    Effect.gen(function* () {
      const { transcript } = yield* waiting("a")
      assert.deepStrictEqual(yield* elsewhere(transcript, "a"), ["Paid.", "a"])
      // a layer that names none
      assert.deepStrictEqual(yield* elsewhere(transcript, undefined), ["Paid.", "a"])
      assert.deepStrictEqual(yield* elsewhere((yield* waiting()).transcript, "b"), ["Paid.", "b"])
    })
  )

  it.effect("is not another one unnoticed", () =>
    Effect.gen(function* () {
      const { transcript } = yield* waiting("a")
      assert.deepStrictEqual(yield* elsewhere(transcript, "b"), ["ChangedModel"])
      assert.deepStrictEqual(yield* elsewhere(transcript, "a", { model: "b" }), ["ChangedModel"])
      assert.deepStrictEqual(executed, [])
      assert.deepStrictEqual(yield* elsewhere(transcript, "b", { changes: "accept" }), ["Paid.", "b"])
      assert.deepStrictEqual(executed, ["pay"])
    })
  )

  it.effect("may be the service of another one", () =>
    Effect.gen(function* () {
      const other = yield* FriendliLanguageModel.make({ model: "other" }).pipe(
        Effect.provide(overMock({ chunks: Wire.chatChunks("Hello from another.") }).mock)
      )
      const { text } = yield* Agent.run({ prompt: "Hello!", model: other }).pipe(
        Effect.provide(ScriptedModel.layer([]))
      )
      assert.strictEqual(text, "Hello from another.")
    })
  )
})

describe("the tools of a transcript", () => {
  /** A toolkit of these tools, which do nothing but tell that they have run. */
  const toolkitOf = (...tools: ReadonlyArray<Tool.Any>): Toolkit.WithHandler<Agent.Tools> => ({
    tools: Object.fromEntries(tools.map((tool) => [tool.name, tool])),
    handle: (name) =>
      Effect.sync(() => {
        executed.push(name)
        return { isFailure: false, result: name as never, encodedResult: name as never }
      })
  })

  /** Goes on with these tools, and says how that ended. */
  const resumed = (transcript: Agent.Transcript, tools: ReadonlyArray<Tool.Any>, changes?: "accept") =>
    Agent.resume(transcript, { a: Agent.approve }, { toolkit: toolkitOf(...tools), changes }).pipe(
      Effect.map(({ text }): unknown => text),
      Effect.catchTag("TranscriptError", ({ id, reason, tool }) => Effect.succeed<unknown>({ reason, tool, id })),
      Effect.provide(ScriptedModel.layer([{ text: "Paid." }]))
    ) as Effect.Effect<unknown>

  it.effect("may not be missing or have changed, unless that is accepted", () =>
    Effect.gen(function* () {
      const { transcript } = yield* waiting("a")
      const other = Tool.make("look", { description: "Looks elsewhere", success: Schema.String })
      const changed = { reason: "ChangedTool", tool: "look", id: undefined }
      assert.deepStrictEqual(yield* resumed(transcript, [Pay, other]), changed)
      const missing = { reason: "MissingTool", tool: "look", id: undefined }
      assert.deepStrictEqual(yield* resumed(transcript, [Pay]), missing)
      assert.deepStrictEqual(executed, [])
      assert.strictEqual(yield* resumed(transcript, [Pay, other], "accept"), "Paid.")
      assert.strictEqual(yield* resumed(transcript, [Pay], "accept"), "Paid.")
      assert.deepStrictEqual(executed, ["pay", "pay"])
    })
  )

  it.effect("may be joined by others, and described by other objects that say the same", () =>
    Effect.gen(function* () {
      const { transcript } = yield* waiting("a")
      const same = Tool.make("look", { description: "Looks", success: Schema.Number })
      const more = Tool.make("more", { success: Schema.String })
      assert.strictEqual(yield* resumed(transcript, [more, same, Pay]), "Paid.")
    })
  )

  it.effect("are never others than those that were approved", () =>
    Effect.gen(function* () {
      const { transcript } = yield* waiting("a")
      const all = Tool.make("pay", { parameters: { amount: Schema.Number, to: Schema.optional(Schema.String) } })
      const expected = { reason: "ChangedTool", tool: "pay", id: "a" }
      assert.deepStrictEqual(yield* resumed(transcript, [all, Look], "accept"), expected)
      assert.deepStrictEqual(executed, [])
    })
  )
})

describe("the limits of a transcript", () => {
  it.effect("go on, with how often a result did not match", () =>
    Effect.gen(function* () {
      executed.length = 0
      const output = Schema.Struct({ paid: Schema.Number })
      const first = yield* Agent.run({
        ...options,
        output,
        outputRetries: 1,
        prompt: "Pay.",
        budget: { steps: 9, time: "1 minute" }
      }).pipe(
        Effect.provide([
          vault,
          ScriptedModel.layer([{ text: "No." }, { calls: [{ id: "a", name: "pay", params: { amount: 5 } }] }])
        ])
      )
      if (first._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
      assert.deepInclude(first.transcript.settings, { steps: 9, time: 60_000, tokens: null })
      assert.strictEqual(first.transcript.badOutputs, 1)
      const error = yield* Agent.resume(
        first.transcript,
        { a: Agent.approve },
        { ...options, output, outputRetries: 1 }
      ).pipe(Effect.flip, Effect.provide([vault, ScriptedModel.layer([{ text: "No." }])]))
      assert.deepInclude(error, { _tag: "InvalidOutputError", attempts: 2 })
    })
  )

  it("a result may not have the name of a tool", () => {
    const output = Schema.Struct({ paid: Schema.Number })
    const run = Agent.run({ toolkit: bank, output, outputName: "pay", prompt: "Pay." }).pipe(
      Effect.provide([vault, ScriptedModel.layer([])])
    )
    assert.throws(() => Effect.runSync(run), /outputName/)
  })
})
