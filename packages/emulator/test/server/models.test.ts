import { describe, expect, it } from "vitest"
import { makeModels, reasoningOf } from "../../src/server/models.js"

describe("the model of a request", () => {
  it("has the options of its entry, then those of the emulator, then what its name says, then defaults", () => {
    const models = makeModels({
      models: ["deepseek-r1", { id: "short", contextLength: 100, reasoning: "onRequest" }, { id: "qwen3-8b" }],
      contextLength: 5000
    })
    expect(models.resolve("serverless", "short")).toEqual({ reasoning: "onRequest", contextLength: 100 })
    expect(models.resolve("serverless", "deepseek-r1")).toEqual({ reasoning: "always", contextLength: 5000 })
    expect(models.resolve("serverless", "qwen3-8b")).toEqual({ reasoning: "byDefault", contextLength: 5000 })
    expect(makeModels({ reasoning: "none" }).resolve("serverless", "deepseek-r1").reasoning).toBe("none")
    expect(makeModels({ reasoning: "always" }).resolve("container", undefined).reasoning).toBe("always")
    expect(makeModels({}).resolve("serverless", "any")).toEqual({ reasoning: "none", contextLength: 131_072 })
  })

  it("exists when it is listed, by name or with options; any exists by default", () => {
    const models = makeModels({ models: ["a", { id: "b" }] })
    expect(["a", "b", "c", undefined].map(models.exists)).toEqual([true, true, false, false])
    expect(makeModels({}).exists("c")).toBe(true)
    expect(makeModels({ models: "any" }).exists("c")).toBe(true)
  })

  it("is found without the route of an endpoint, and is the first entry for a container without a name", () => {
    const models = makeModels({ models: [{ id: "endpoint", reasoning: "always" }, "plain"] })
    expect(models.resolve("dedicated", "endpoint:route").reasoning).toBe("always")
    expect(models.resolve("dedicated", "other:route").reasoning).toBe("none")
    expect(models.resolve("container", undefined).reasoning).toBe("always")
    expect(models.resolve("container", "plain").reasoning).toBe("none")
  })
})

it.each([
  [
    "none",
    ["meta-llama-3.1-8b-instruct", "Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen3-Coder-480B", "Qwen3-Embedding-8B"]
  ],
  ["none", ["mistral-small", "openai/whisper-large-v3", "google/gemma-3-27b-it", "LGAI-EXAONE/EXAONE-3.5-32B", ""]],
  ["always", ["deepseek-ai/DeepSeek-R1-0528", "openai/gpt-oss-120b", "MiniMaxAI/MiniMax-M2.5", "QwQ-32B"]],
  ["always", ["Qwen/Qwen3-235B-A22B-Thinking-2507", "moonshotai/Kimi-K2-Thinking", "zai-org/GLM-5.3-Flash"]],
  [
    "byDefault",
    ["Qwen/Qwen3-32B", "zai-org/GLM-4.5-Air", "zai-org/GLM-4.6", "zai-org/GLM-5.2", "google/gemma-4-31B-it"]
  ],
  ["byDefault", ["deepseek-ai/DeepSeek-V3.2", "LGAI-EXAONE/K-EXAONE-236B-A23B"]],
  ["onRequest", ["LGAI-EXAONE/EXAONE-4.0.1-32B", "deepseek-ai/DeepSeek-V3.1"]]
] as const)("%s: %s", (reasoning, names) => {
  for (const name of names) expect([name, reasoningOf(name)]).toEqual([name, reasoning])
})
