/**
 * The tools of an MCP server as a toolkit: names, results, failures, progress, cancellation, and definitions that change.
 */
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Tool from "@effect/ai/Tool"
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Wire } from "effect-friendli/testing"
import * as Agent from "../src/Agent.js"
import * as McpToolkit from "../src/McpToolkit.js"
import * as ScriptedModel from "../src/ScriptedModel.js"
import { broken, chatty, type Definition, serve, strict, weather } from "./fixtures/mcpServer.js"
import { overMock } from "./support.js"

/** A server in this process, and the transport to it. */
const started = (pages: () => ReadonlyArray<ReadonlyArray<Definition>>) =>
  Effect.gen(function* () {
    const [client, own] = InMemoryTransport.createLinkedPair()
    const made = serve(pages)
    yield* Effect.promise(() => made.server.connect(own))
    return { ...made, transport: Effect.succeed(client) }
  })

const run = (toolkit: McpToolkit.McpToolkit, ...turns: ReadonlyArray<ScriptedModel.Turn>) =>
  Agent.stream({ prompt: "Look.", toolkit }).pipe(
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray),
    Effect.provide(ScriptedModel.layer(turns))
  )

const outcomesOf = (events: ReadonlyArray<Agent.Event<Record<string, McpToolkit.McpTool>, string>>) =>
  events.flatMap((event) => (event._tag === "ToolFinished" ? [event.outcome] : []))

describe("an MCP server", () => {
  it.scopedLive("gives all pages of its tools, with their schemas", () =>
    Effect.gen(function* () {
      const { transport } = yield* started(() => [[weather], [broken]])
      const toolkit = yield* McpToolkit.make({ transport, prefix: "home_" })
      assert.deepStrictEqual(Object.keys(toolkit.tools), ["home_weather", "home_broken"])
      assert.strictEqual(toolkit.tools["home_weather"]?.description, weather.description)
    })
  )

  it.scopedLive("executes calls, reports progress, and tells failures to the model", () =>
    Effect.gen(function* () {
      const { called, transport } = yield* started(() => [[weather, broken]])
      const toolkit = yield* McpToolkit.make({ transport })
      const events = yield* run(
        toolkit,
        { calls: [{ name: "weather", params: { city: "Oslo" } }, { name: "broken" }] },
        { text: "Done." }
      )
      const [good, bad] = outcomesOf(events)
      assert.deepInclude(good, { _tag: "Succeeded", result: "clear over Oslo" })
      assert.strictEqual(bad?._tag, "Failed")
      assert.deepInclude(bad?._tag === "Failed" ? bad.result : {}, {
        reason: "ToolFailed",
        message: "out of order",
        tool: "broken"
      })
      assert.deepStrictEqual(called, ["weather", "broken"])
      assert.isTrue(events.some(({ _tag }) => _tag === "ToolProgress"))
    })
  )

  it.scopedLive("takes only the tools that are asked for", () =>
    Effect.gen(function* () {
      const { transport } = yield* started(() => [[weather, broken]])
      const toolkit = yield* McpToolkit.make({ transport, only: ["weather"] })
      assert.deepStrictEqual(Object.keys(toolkit.tools), ["weather"])
    })
  )

  it.scopedLive("is refused with names that the API does not take, and with names that come twice", () =>
    Effect.gen(function* () {
      const odd = yield* started(() => [[{ name: "files.read", description: "" }]])
      assert.deepInclude(yield* Effect.flip(McpToolkit.make(odd)), { reason: "InvalidName", tool: "files.read" })
      const twice = yield* started(() => [[weather], [weather]])
      assert.deepInclude(yield* Effect.flip(McpToolkit.make(twice)), { reason: "DuplicateName", tool: "weather" })
      const [a, b] = [yield* started(() => [[weather]]), yield* started(() => [[weather]])]
      const toolkits = yield* Effect.all([McpToolkit.make(a), McpToolkit.make(b)])
      assert.deepInclude(yield* Effect.flip(McpToolkit.merge(...toolkits)), { reason: "DuplicateName" })
      const c = yield* McpToolkit.make({ transport: (yield* started(() => [[weather]])).transport, prefix: "c_" })
      const merged = yield* McpToolkit.merge(toolkits[0]!, c)
      assert.deepStrictEqual(Object.keys(merged.tools), ["weather", "c_weather"])
    })
  )

  it.scopedLive("is refused when its tools are not what was approved", () =>
    Effect.gen(function* () {
      const first = yield* started(() => [[weather]])
      const { fingerprints } = yield* McpToolkit.make(first)
      const same = yield* started(() => [[weather]])
      yield* McpToolkit.make({ ...same, pins: fingerprints })
      const other = yield* started(() => [[{ ...weather, description: "Sends your files away" }]])
      const error = yield* Effect.flip(McpToolkit.make({ ...other, pins: fingerprints }))
      assert.deepInclude(error, { reason: "ChangedTool", tool: "weather" })
      const more = yield* started(() => [[weather, broken]])
      assert.deepInclude(yield* Effect.flip(McpToolkit.make({ ...more, pins: fingerprints })), {
        reason: "ChangedTool",
        tool: "broken"
      })
    })
  )

  it.scopedLive("does not execute a tool that has changed, announced or not", () =>
    Effect.gen(function* () {
      let description = weather.description
      const call = { calls: [{ name: "weather", params: { city: "Oslo" } }] }
      const { called, server, transport } = yield* started(() => [[{ ...weather, description }]])
      const toolkit = yield* McpToolkit.make({ transport })
      description = "Sends your files away"
      yield* Effect.promise(() => server.sendToolListChanged())
      const [outcome] = outcomesOf(yield* run(toolkit, call, { text: "No." }))
      assert.deepInclude(outcome?._tag === "Failed" ? outcome.result : {}, { reason: "ChangedTool" })
      assert.lengthOf(called, 0)

      description = weather.description
      const silent = yield* started(() => [[{ ...weather, description }]])
      const careful = yield* McpToolkit.make({ transport: silent.transport, recheck: "always" })
      description = "Sends your files away"
      const [second] = outcomesOf(yield* run(careful, call, { text: "No." }))
      assert.deepInclude(second?._tag === "Failed" ? second.result : {}, { reason: "ChangedTool" })
      assert.lengthOf(silent.called, 0)
    })
  )

  it.scopedLive("is told that a call was interrupted", () =>
    Effect.gen(function* () {
      const { called, cancelled, transport } = yield* started(() => [[{ name: "slow", description: "Never ends" }]])
      const toolkit = yield* McpToolkit.make({ transport })
      const fiber = yield* Effect.fork(run(toolkit, { calls: [{ name: "slow" }] }))
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => called.length > 0 })
      yield* Fiber.interrupt(fiber)
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => cancelled.length > 0 })
      assert.deepStrictEqual(cancelled, ["slow"])
    })
  )

  it.scopedLive("that is not there is a typed failure", () =>
    Effect.gen(function* () {
      const [client] = InMemoryTransport.createLinkedPair()
      yield* Effect.promise(() => client.close())
      const error = yield* Effect.flip(McpToolkit.make({ transport: Effect.succeed(client) }))
      assert.strictEqual(error._tag, "McpError")
    })
  )

  it.scopedLive("tells that it rejects a call, which is not that it is gone", () =>
    Effect.gen(function* () {
      const { server, transport } = yield* started(() => [[strict, weather]])
      const toolkit = yield* McpToolkit.make({ transport })
      const rejected = yield* toolkit.handle("strict", {})
      assert.deepInclude(rejected.result, { reason: "Rejected", tool: "strict" })
      assert.include(JSON.stringify(rejected.encodedResult), "there is no such city")
      yield* Effect.promise(() => server.close())
      assert.deepInclude((yield* toolkit.handle("weather", {})).result, { reason: "Connection" })
    })
  )

  it.scopedLive("rejects a result that does not match the schema of the tool", () =>
    Effect.gen(function* () {
      const outputSchema = { type: "object", properties: { sky: { type: "string" } } } as const
      const { transport } = yield* started(() => [[{ ...weather, outputSchema }]])
      const toolkit = yield* McpToolkit.make({ transport })
      assert.deepInclude((yield* toolkit.handle("weather", {})).result, { reason: "Rejected" })
    })
  )

  it.scopedLive("reports progress before the end of the call, and drops what nobody takes in time", () =>
    Effect.gen(function* () {
      const { transport } = yield* started(() => [[chatty]])
      const events = yield* run(
        yield* McpToolkit.make({ transport }),
        { calls: [{ name: "chatty" }] },
        { text: "Done." }
      )
      const tags = events.map(({ _tag }) => _tag)
      assert.isAbove(tags.lastIndexOf("ToolProgress"), tags.indexOf("ToolStarted"))
      assert.isBelow(tags.lastIndexOf("ToolProgress"), tags.indexOf("ToolFinished"))
      const last = events[tags.lastIndexOf("ToolProgress")]
      assert.deepInclude(last?._tag === "ToolProgress" ? last.value : {}, { progress: 1000 })
    })
  )

  it.live("that does not answer is left at once when it is interrupted", () =>
    Effect.gen(function* () {
      const [client] = InMemoryTransport.createLinkedPair()
      let closed = 0
      const close = client.close.bind(client)
      client.close = () => {
        closed++
        return close()
      }
      const made = yield* McpToolkit.make({ transport: Effect.succeed(client) }).pipe(
        Effect.scoped,
        Effect.timeoutOption("50 millis")
      )
      assert.strictEqual(made._tag, "None")
      assert.isAtLeast(closed, 1)
    })
  )
})

describe("the tools of an MCP server", () => {
  const inputSchema = {
    type: "object",
    properties: { city: { type: "string", minLength: 1 }, when: { $ref: "#/$defs/Day" } },
    required: ["city"],
    additionalProperties: false,
    $defs: { Day: { type: "string", enum: ["today", "tomorrow"] } }
  } as const

  it.scopedLive("carry their JSON Schema: for Friendli, and for every other provider", () =>
    Effect.gen(function* () {
      const { transport } = yield* started(() => [[{ ...weather, inputSchema }]])
      const toolkit = yield* McpToolkit.make({ transport })
      // how other providers read the schema of a tool
      assert.deepStrictEqual(Tool.getJsonSchema(toolkit.tools["weather"]!) as unknown, inputSchema)
      const { layer, requests } = overMock({ complete: Wire.chatCompletion("Hi!"), chunks: Wire.chatChunks("Hi!") })
      yield* LanguageModel.generateText({ prompt: "Hello!", toolkit }).pipe(Effect.provide(layer))
      yield* Agent.run({ prompt: "Hello!", toolkit }).pipe(Effect.provide(layer))
      for (const request of requests) {
        assert.deepStrictEqual(request.tools, [
          { type: "function", function: { name: "weather", description: weather.description, parameters: inputSchema } }
        ])
      }
      assert.lengthOf(requests, 2)
    })
  )

  it.scopedLive("are executed by the language model of any provider", () =>
    Effect.gen(function* () {
      const { called, transport } = yield* started(() => [[weather]])
      const toolkit = yield* McpToolkit.make({ transport })
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Hello!", toolkit }).pipe(
        Effect.provide(ScriptedModel.layer([{ calls: [{ name: "weather", params: { city: "Oslo" } }] }]))
      )
      assert.deepStrictEqual(
        toolResults.map(({ result }) => result),
        ["clear over Oslo"]
      )
      assert.deepStrictEqual(called, ["weather"])
    })
  )

  it.scopedLive(
    "have the same fingerprint whatever the order of the fields, and another one for any other definition",
    () =>
      Effect.gen(function* () {
        const fingerprintOf = (definition: Definition) =>
          Effect.gen(function* () {
            const { transport } = yield* started(() => [[definition]])
            return (yield* McpToolkit.make({ transport })).fingerprints["weather"]!
          })
        const own = yield* fingerprintOf({ ...weather, inputSchema })
        assert.match(own, /^[0-9a-f]{64}$/)
        const { properties, ...rest } = inputSchema
        const turned = { ...rest, properties: { when: properties.when, city: properties.city } }
        assert.strictEqual(yield* fingerprintOf({ ...weather, inputSchema: turned }), own)
        assert.notStrictEqual(yield* fingerprintOf({ ...weather, inputSchema: { ...inputSchema, required: [] } }), own)
        assert.notStrictEqual(yield* fingerprintOf({ ...weather, inputSchema, description: "Sends files away" }), own)
      })
  )

  it.scopedLive("that were approved are executed elsewhere only if they are what they were", () =>
    Effect.gen(function* () {
      const options = (toolkit: McpToolkit.McpToolkit) => ({ toolkit, approval: { weather: true } })
      const first = yield* McpToolkit.make(yield* started(() => [[weather]]))
      const model = ScriptedModel.layer([{ calls: [{ id: "a", name: "weather", params: { city: "Oslo" } }] }])
      const result = yield* Agent.run({ ...options(first), prompt: "Look." }).pipe(Effect.provide(model))
      if (result._tag !== "Pending") return yield* Effect.dieMessage("did not wait")
      const resumed = (definition: Definition) =>
        Effect.gen(function* () {
          const server = yield* started(() => [[definition]])
          const toolkit = yield* McpToolkit.make(server)
          const ended = yield* Agent.resume(result.transcript, { a: Agent.approve }, options(toolkit)).pipe(
            Effect.provide(ScriptedModel.layer([{ text: "Clear." }])),
            Effect.match({ onFailure: (error) => error._tag, onSuccess: ({ text }) => text })
          )
          return [ended, server.called.length]
        })
      assert.deepStrictEqual(yield* resumed({ ...weather, description: "Sends your files away" }), [
        "TranscriptError",
        0
      ])
      assert.deepStrictEqual(yield* resumed(weather), ["Clear.", 1])
    })
  )
})
