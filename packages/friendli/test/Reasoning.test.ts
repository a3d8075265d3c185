/** One setting, for models with different switches. The models are those of the live catalogue, autumn 2026. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Reasoning from "effect-friendli/Reasoning"
import type { Model } from "effect-friendli/schema/Model"
import { ChatRequest } from "effect-friendli/schema/ChatRequest"
import { MessagesRequest } from "effect-friendli/schema/MessagesRequest"
import { ResponsesRequest } from "effect-friendli/schema/ResponsesRequest"

const toggle = { type: "toggle" } as const
const levels = (...values: ReadonlyArray<string>) => ({ type: "effort", values }) as const
const tokens = { type: "budget_tokens", min: -1, max: 131_072 } as const

const model = (...reasoning_options: NonNullable<Model["reasoning_options"]>): Model => ({
  id: "a-model",
  reasoning: true,
  reasoning_options
})

const models = {
  levelsOnly: model(levels("low", "high", "max")),
  everything: model(toggle, levels("high", "max"), tokens),
  toggleOnly: model(toggle),
  budgetOnly: model(tokens),
  always: model(),
  never: { id: "a-model", reasoning: false },
  unknown: { id: "a-model" }
} satisfies Record<string, Model>

const thinking = { chat_template_kwargs: { enable_thinking: true } }
const none = { reasoning_budget: 0, chat_template_kwargs: { enable_thinking: false } }

describe("chat", () => {
  const cases: ReadonlyArray<
    readonly [setting: Reasoning.Reasoning, model: keyof typeof models, applied: Reasoning.Reasoning, fields: object]
  > = [
    [Reasoning.off, "levelsOnly", Reasoning.off, none],
    [Reasoning.off, "toggleOnly", Reasoning.off, none],
    [Reasoning.off, "always", Reasoning.off, none],
    [Reasoning.off, "unknown", Reasoning.off, none],
    [Reasoning.on, "levelsOnly", Reasoning.on, {}],
    [Reasoning.on, "toggleOnly", Reasoning.on, thinking],
    [Reasoning.effort("max"), "levelsOnly", Reasoning.effort("max"), { reasoning_effort: "max" }],
    [Reasoning.effort("max"), "everything", Reasoning.effort("max"), { ...thinking, reasoning_effort: "max" }],
    // the nearest lower level, else the lowest
    [Reasoning.effort("xhigh"), "levelsOnly", Reasoning.effort("high"), { reasoning_effort: "high" }],
    [Reasoning.effort("medium"), "levelsOnly", Reasoning.effort("low"), { reasoning_effort: "low" }],
    [Reasoning.effort("minimal"), "levelsOnly", Reasoning.effort("low"), { reasoning_effort: "low" }],
    [Reasoning.effort("ultracode"), "levelsOnly", Reasoning.effort("max"), { reasoning_effort: "max" }],
    // a level that nobody knows, and models without levels
    [Reasoning.effort("extreme"), "levelsOnly", Reasoning.on, {}],
    [Reasoning.effort("high"), "toggleOnly", Reasoning.on, thinking],
    [Reasoning.effort("high"), "always", Reasoning.on, {}],
    [Reasoning.budget(500), "everything", Reasoning.budget(500), { ...thinking, reasoning_budget: 500 }],
    [Reasoning.budget(500), "budgetOnly", Reasoning.budget(500), { reasoning_budget: 500 }],
    [Reasoning.budget(-1), "budgetOnly", Reasoning.budget(-1), { reasoning_budget: -1 }],
    [Reasoning.budget(999_999), "budgetOnly", Reasoning.budget(131_072), { reasoning_budget: 131_072 }],
    [Reasoning.budget(500), "toggleOnly", Reasoning.on, thinking],
    [Reasoning.budget(0), "budgetOnly", Reasoning.off, none],
    [Reasoning.on, "never", Reasoning.off, {}],
    [Reasoning.effort("high"), "never", Reasoning.off, {}],
    [Reasoning.off, "never", Reasoning.off, {}]
  ]
  it.each(cases)("%o for a model %s", (setting, name, applied, fields) => {
    assert.deepStrictEqual<unknown>(Reasoning.chat(setting, models[name]), {
      applied,
      fields: { parse_reasoning: true, ...fields }
    })
  })

  it("a model with a smallest and a largest budget gets one between them", () => {
    const bounded = model({ type: "budget_tokens", min: 100, max: 1000 })
    const budgetOf = (wanted: number) => Reasoning.chat(Reasoning.budget(wanted), bounded).fields.reasoning_budget
    assert.deepStrictEqual([5, 100, 1000, 2000, -1].map(budgetOf), [100, 100, 1000, 1000, 1000])
  })

  it("`default` is listed, but is no level", () => {
    const listed = model(levels("default", "high"))
    assert.deepStrictEqual(Reasoning.chat(Reasoning.effort("default"), listed).applied, Reasoning.on)
    assert.deepStrictEqual(Reasoning.chat(Reasoning.effort("low"), listed).applied, Reasoning.effort("high"))
  })
})

describe("messages", () => {
  const cases: ReadonlyArray<
    readonly [setting: Reasoning.Reasoning, model: keyof typeof models, applied: Reasoning.Reasoning, fields: object]
  > = [
    [Reasoning.off, "levelsOnly", Reasoning.off, { thinking: { type: "disabled" } }],
    [Reasoning.on, "toggleOnly", Reasoning.on, { thinking: { type: "adaptive" } }],
    [
      Reasoning.effort("medium"),
      "levelsOnly",
      Reasoning.effort("medium"),
      { thinking: { type: "adaptive" }, output_config: { effort: "medium" } }
    ],
    [Reasoning.budget(2000), "always", Reasoning.budget(2000), { thinking: { type: "enabled", budget_tokens: 2000 } }],
    [Reasoning.budget(-1), "always", Reasoning.on, { thinking: { type: "adaptive" } }],
    [Reasoning.budget(2000), "never", Reasoning.off, { thinking: { type: "disabled" } }]
  ]
  it.each(cases)("%o for a model %s", (setting, name, applied, fields) => {
    assert.deepStrictEqual<unknown>(Reasoning.messages(setting, models[name]), { applied, fields })
  })
})

describe("responses", () => {
  const effort = (level: string) => ({ reasoning: { effort: level } })
  const cases: ReadonlyArray<
    readonly [setting: Reasoning.Reasoning, model: keyof typeof models, applied: Reasoning.Reasoning, fields: object]
  > = [
    // without a switch the thoughts would be in the text
    [Reasoning.off, "toggleOnly", Reasoning.off, effort("none")],
    [Reasoning.off, "everything", Reasoning.off, effort("none")],
    [Reasoning.off, "levelsOnly", Reasoning.on, {}],
    [Reasoning.off, "always", Reasoning.on, {}],
    [Reasoning.off, "unknown", Reasoning.on, {}],
    [Reasoning.on, "everything", Reasoning.on, {}],
    [Reasoning.effort("max"), "levelsOnly", Reasoning.effort("max"), effort("max")],
    [Reasoning.effort("medium"), "levelsOnly", Reasoning.effort("low"), effort("low")],
    [Reasoning.effort("high"), "toggleOnly", Reasoning.on, {}],
    [Reasoning.effort("extreme"), "levelsOnly", Reasoning.on, {}],
    // there are no budgets
    [Reasoning.budget(500), "everything", Reasoning.on, {}],
    [Reasoning.budget(0), "everything", Reasoning.off, effort("none")],
    [Reasoning.off, "never", Reasoning.off, {}],
    [Reasoning.effort("high"), "never", Reasoning.off, {}]
  ]
  it.each(cases)("%o for a model %s", (setting, name, applied, fields) => {
    assert.deepStrictEqual<unknown>(Reasoning.responses(setting, models[name]), { applied, fields })
  })

  it("a model that lists `none` as a level can be off", () => {
    assert.deepStrictEqual<unknown>(Reasoning.responses(Reasoning.off, model(levels("none", "low"))), {
      applied: Reasoning.off,
      fields: effort("none")
    })
  })
})

it("whatever the setting and the catalogue, the fields are those of a valid request", () => {
  const setting = fc.oneof(
    fc.constantFrom(Reasoning.off, Reasoning.on),
    fc.constantFrom("minimal", "low", "medium", "high", "xhigh", "max", "ultracode", "new").map(Reasoning.effort),
    fc.integer({ min: -1, max: 2_000_000 }).map(Reasoning.budget)
  )
  const option = fc.record(
    {
      type: fc.constantFrom("toggle", "effort", "budget_tokens", "new"),
      values: fc.array(fc.constantFrom("default", "low", "medium", "high", "max", "new")),
      min: fc.integer({ min: -1, max: 100 }),
      max: fc.integer({ min: 100, max: 1_000_000 })
    },
    { requiredKeys: ["type"] }
  )
  const anyModel = fc.record(
    { id: fc.constant("a"), reasoning: fc.boolean(), reasoning_options: fc.array(option) },
    { requiredKeys: ["id"] }
  )
  const isValid = (schema: Parameters<typeof ParseResult.encodeUnknownEither>[0], request: object): boolean =>
    Either.isRight(ParseResult.encodeUnknownEither(schema, { onExcessProperty: "error" })(request))
  fc.assert(
    fc.property(setting, anyModel, (wanted, known) => {
      const messages = [{ role: "user", content: "Hello!" }]
      assert.isTrue(isValid(ChatRequest as never, { messages, ...Reasoning.chat(wanted, known).fields }))
      assert.isTrue(
        isValid(MessagesRequest as never, { messages, max_tokens: 5000, ...Reasoning.messages(wanted, known).fields })
      )
      assert.isTrue(
        isValid(ResponsesRequest as never, { input: "Hello!", ...Reasoning.responses(wanted, known).fields })
      )
    })
  )
})
