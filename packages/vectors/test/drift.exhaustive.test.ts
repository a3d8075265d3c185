/** The whole contract: with itself, as the vendor publishes it in YAML, and with a changed copy. */
import { contract } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { stringify } from "yaml"
import { run } from "../src/drift/run.js"
import { changed, files, text, to } from "./drift.support.js"

describe("the command", () => {
  it("finds nothing between the contract and itself", () => {
    expect(run(["openapi"], files(text, text))).toEqual({
      code: 0,
      output: "No drift: both documents describe every operation in the same way."
    })
  })

  it("finds nothing between the contract and itself as YAML", () => {
    expect(run(["openapi"], files(text, stringify(contract)))).toEqual({
      code: 0,
      output: "No drift: both documents describe every operation in the same way."
    })
  })

  it("finds what was changed in a copy, by operation and field", () => {
    const newer = changed(
      text,
      ["paths /v1/team/cost", to(undefined)],
      ["paths /serverless/v1/rerank", to({ post: { operationId: "serverlessRerank", responses: {} } })],
      ["paths /serverless/v1/knowledge/retrieve post deprecated", to(true)],
      ["components schemas ServerlessKnowledgeRetrievalBody properties filter", to({ type: "string", default: "all" })],
      ["components schemas KnowledgeRetrievedChunk required", to(["text", "contentId", "contentChunkId"])],
      [
        "components schemas ToolStatusData properties status enum",
        (values) => [...(values as Array<string>), "SKIPPED"]
      ],
      ["components schemas StreamOptions properties include_usage", to(undefined)],
      ["components schemas ServerlessChatCompletionBody properties min_p maximum", to(2)],
      ["components schemas DedicatedChatCompletionBody properties min_p maximum", to(2)]
    )
    const { code, output } = run(["openapi.json"], files(text, newer))
    expect(code).toBe(1)
    for (const line of [
      "+ new operation: serverlessRerank (POST /serverless/v1/rerank)",
      "- operation removed: cost.get_cost",
      "serverless.chat.complete, dedicated.chat.complete\n  ~ request.min_p: maximum was 1, is 2",
      "serverless.knowledge.retrieve\n  ~ operation: is deprecated now",
      "  + request.filter: added, string, default all",
      "  ~ answer.results[].score: is no longer required",
      "serverless.tool_assisted_chat.stream\n  ~ event(event=tool_status).data.status: values: added SKIPPED",
      "  - request.stream_options.include_usage: removed",
      "1 operation added, 1 removed, 15 changed: 1 place added, 3 removed, 4 facts changed."
    ]) {
      expect(output).toContain(line)
    }
    const json = JSON.parse(run(["openapi.json", "--json"], files(text, newer)).output) as {
      readonly removed: ReadonlyArray<string>
      readonly changed: ReadonlyArray<{ readonly operation: string; readonly changes: ReadonlyArray<object> }>
    }
    expect(json.removed).toEqual(["cost.get_cost"])
    expect(json.changed.find(({ operation }) => operation === "serverless.knowledge.retrieve")?.changes).toContainEqual(
      {
        kind: "changed",
        place: "operation",
        fact: "deprecated",
        after: true
      }
    )
  })
})
