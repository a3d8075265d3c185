/**
 * Changes of the contract, each with the gap that it leaves: what the unit tests and the exhaustive tests of the coverage share.
 */
import { assert, it } from "@effect/vitest"
import type { Json } from "effect-friendli-vectors"
import { type Part, rowsOf } from "../parts.js"
import { gaps } from "./gaps.js"
import { edit, mutated } from "./mutations.js"

const post = (path: string, ...below: ReadonlyArray<string>) => ["paths", path, "post", ...below]
const schema = (name: string, ...below: ReadonlyArray<string>) => ["components", "schemas", name, ...below]
const stream = (path: string, key: string) => post(path, "responses", "200", "content", "text/event-stream", key)
const to = (value: unknown) => () => value
const plus = (value: unknown) => (list: unknown) => [...(list as ReadonlyArray<unknown>), value]
const gone = to(undefined)

const changes: ReadonlyArray<
  readonly [what: string, path: ReadonlyArray<string>, change: (part: unknown) => unknown, gap: string]
> = [
  [
    "a new operation",
    ["paths", "/serverless/v1/rerank"],
    to({ post: { "x-operation": "serverless.rerank", "x-wire-path": "/serverless/v1/rerank" } }),
    "serverless.rerank: has no place in the SDK"
  ],
  ["an operation that is gone", ["paths", "/serverless/v1/tokenize"], gone, "serverless.token.tokenize: only ours"],
  [
    "another path",
    post("/classify", "x-wire-path"),
    to("/v1/classify"),
    'container.classification.classify: path "/v1/classify", ours "/classify"'
  ],
  [
    "another method",
    ["paths", "/classify"],
    (item) => ({ put: (item as Json)["post"] }),
    'container.classification.classify: method "PUT", ours "POST"'
  ],
  [
    "a query parameter",
    post("/classify", "parameters"),
    to([{ name: "top", in: "query", schema: { type: "integer" } }]),
    'container.classification.classify: query ["top"], ours []'
  ],
  [
    "a header",
    post("/serverless/v1/tokenize", "parameters"),
    plus({ name: "X-Trace", in: "header", schema: {} }),
    'serverless.token.tokenize: headers ["X-Trace"], ours []'
  ],
  [
    "the team's header",
    post("/serverless/v1/tokenize", "parameters"),
    to([]),
    "serverless.token.tokenize: header X-Friendli-Team false, ours true"
  ],
  [
    "a form instead of JSON",
    post("/serverless/v1/tokenize", "requestBody", "content"),
    (content) => ({ "multipart/form-data": (content as Json)["application/json"] }),
    "serverless.token.tokenize: a body of its own true, ours false"
  ],
  [
    "a status",
    post("/serverless/v1/tokenize", "responses", "451"),
    to({}),
    "serverless.token.tokenize: status 451, ours none"
  ],
  [
    "the end of a stream",
    stream("/serverless/v1/completions#stream", "x-end-of-stream"),
    to("[END]"),
    'serverless.completions.stream: end of the stream "[END]", ours "[DONE]"'
  ],
  [
    "the last event of a stream",
    stream("/serverless/v1/messages#stream", "x-terminal-events"),
    plus("message_over"),
    "serverless.messages.stream: ends with message_over true, ours false"
  ],
  [
    "deprecation",
    post("/classify", "deprecated"),
    to(true),
    "container.classification.classify: deprecated true, ours false"
  ],
  [
    "the schema of an answer",
    post("/serverless/v1/tokenize", "responses", "200", "content", "application/json", "schema"),
    to({ type: "string" }),
    'serverless.token.tokenize: {"type":"string"} is not compared'
  ],
  [
    "a new field",
    schema("StreamedChatData", "properties", "mood"),
    to({ type: "string" }),
    "StreamedChatData.mood: only the contract's"
  ],
  [
    "a field that is gone",
    schema("ServerlessTokenizationBody", "properties", "prompt"),
    gone,
    "ServerlessTokenizationBody.prompt: only ours"
  ],
  [
    "a bound",
    schema("ServerlessChatCompletionBody", "properties", "min_p", "maximum"),
    to(2),
    "ServerlessChatCompletionBody.min_p: maximum 2, ours 1"
  ],
  [
    "a default",
    schema("ServerlessChatCompletionBody", "properties", "min_p", "default"),
    to(0.5),
    "ServerlessChatCompletionBody.min_p: default 0.5, ours 0"
  ],
  [
    "no default",
    schema("ServerlessChatCompletionBody", "properties", "min_p", "default"),
    gone,
    "ServerlessChatCompletionBody.min_p: no default, ours 0"
  ],
  [
    "a value of an enum",
    schema("ToolStatusData", "properties", "status", "enum"),
    to(["STARTED", "UPDATING", "ENDED"]),
    'ToolStatusData.status: values ["ENDED","STARTED","UPDATING"], ours ["ENDED","ERRORED","STARTED","UPDATING"]'
  ],
  [
    "a difference that is none any more",
    schema("ServerlessKnowledgeRetrievalSuccess", "properties", "results", "items"),
    to({ type: "string" }),
    "ServerlessKnowledgeRetrievalSuccess.results[].score: optional false, ours true: no longer so"
  ]
]

export const changeTests = (part: Part): void => {
  const rows = rowsOf(part, changes, ["a new operation", "a bound"])

  it.each(rows)("%s", (_, path, change, gap) => {
    assert.include(gaps(mutated({ apply: edit(path, change) })), gap)
  })
}
