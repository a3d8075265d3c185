/**
 * The JSON schemas of the bodies and answers of the control paths, for their OpenAPI document. The parsers of faults, rules and speeds check the
 * bodies, because their messages are better; tests compare the two.
 */
import { pacingFields, pacingRange } from "../base/checkPacing.js"
import type { JsonRecord } from "../base/json.js"
import { operationNames } from "../contract/routes.js"

/** A reference to a schema of this file. */
export const ref = (name: keyof typeof schemas): JsonRecord => ({ $ref: `#/components/schemas/${name}` })

const text = (description: string): JsonRecord => ({ type: "string", description })
const flag = (description: string): JsonRecord => ({ type: "boolean", description })
const count = (description: string, minimum = 0): JsonRecord => ({ type: "integer", minimum, description })
const time = (description: string): JsonRecord => ({ type: "number", minimum: 0, description })
const nullable = (type: string, description: string): JsonRecord => ({ type: [type, "null"], description })
const strings: JsonRecord = { type: "object", additionalProperties: { type: "string" } }

const deployment: JsonRecord = { type: "string", enum: ["serverless", "dedicated", "container"] }
const operation: JsonRecord = { type: "string", enum: [...operationNames] }

/** A closed object. */
const object = (description: string, properties: JsonRecord, required: ReadonlyArray<string> = []): JsonRecord => ({
  type: "object",
  description,
  properties,
  ...(required.length > 0 ? { required: [...required] } : {}),
  additionalProperties: false
})

const afterEvents = (description: string, others: JsonRecord = {}): JsonRecord =>
  object(description, { afterEvents: count("After this many events have been sent."), ...others }, ["afterEvents"])

const fault = object("A fault in the answer to a request. Fields can be combined.", {
  times: { ...count("How many requests get it. Default: 1.", 1), maximum: 1_000_000 },
  id: text("Distinguishes headers with equal faults."),
  status: { type: "integer", minimum: 200, maximum: 599, description: "Answers with this status and `body`." },
  headers: { ...strings, description: "Headers to add to the answer." },
  body: { description: "The body for `status`: a text is sent unchanged, any other value as JSON." },
  retryAfter: { type: ["number", "string"], description: "The `Retry-After` header: seconds, or a date." },
  delayHeaders: time("Milliseconds before the head of the answer."),
  connectionClose: flag("Adds `Connection: close`."),
  redirect: text("Answers 307 with this `Location`."),
  html: flag("Answers 200 with an HTML page."),
  emptyBody: flag("Answers 200 with an empty body."),
  truncateBody: count("Sends this many bytes of a body, then closes the socket."),
  badSchema: flag("Gives fields of the body the wrong type."),
  stall: afterEvents("Stops sending data and never ends."),
  comments: count("Milliseconds between the comment lines of `stall`.", 1),
  reset: afterEvents("Resets the connection."),
  truncate: afterEvents("Ends the body early.", { abrupt: flag("Without the end of the chunked body.") }),
  errorFrame: afterEvents("Sends an error inside the stream.", {
    shape: { type: "string", enum: ["error", "message", "event"] },
    status: { type: "integer", minimum: 100, maximum: 599 }
  }),
  malformed: afterEvents("Sends an event that is not JSON."),
  byteWise: flag("Writes one byte at a time."),
  cut: count("Writes this many bytes at a time.", 1),
  crlf: flag("Ends lines with CR LF."),
  noDone: flag("Ends without `[DONE]`."),
  doneUnterminated: flag("Sends `[DONE]` without the line end."),
  holdAfterDone: time("Milliseconds for which the body stays open after its end.")
})

const faultRule = object(
  "A repeated fault, for requests that match.",
  {
    fault: { $ref: "#/components/schemas/Fault" },
    path: text("The path, or its beginning with `*` behind it."),
    operation,
    deployment,
    everyNth: count("Every n-th request that matches.", 1),
    probability: { type: "number", minimum: 0, maximum: 1, description: "With this probability." },
    seed: { type: "number", description: "Makes the probability repeat." },
    times: count("How many requests get it. Default: no limit.", 1)
  },
  ["fault"]
)

const condition = object("Which requests a rule is for. All given conditions must be met.", {
  contains: {
    oneOf: [
      { type: "string", minLength: 1 },
      { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 }
    ],
    description: "The last message contains this text, or each of them. Case is ignored."
  },
  matches: text("The last message matches this regular expression; `/…/i` has flags."),
  toolResult: { type: ["boolean", "string"], description: "It ends with a tool's result, or with that of this tool." },
  turn: count("The number of the answer in the conversation.", 1),
  model: text("The name of the model."),
  operation,
  deployment,
  stream: flag("Whether a stream is asked for.")
})

const scriptCall = object(
  "A tool that an answer calls.",
  {
    tool: text("Its name."),
    arguments: { type: ["object", "string"], description: "Its arguments; a text is sent unchanged." }
  },
  ["tool"]
)

const scriptRule = {
  ...object("How certain requests are answered.", {
    name: text("A name for the journal and for errors."),
    when: { $ref: "#/components/schemas/ScriptCondition" },
    say: text("The text of the answer."),
    reasoning: text("The reasoning before it."),
    call: {
      oneOf: [
        { $ref: "#/components/schemas/ScriptCall" },
        { type: "array", items: { $ref: "#/components/schemas/ScriptCall" }, minItems: 1 }
      ],
      description: "The tools that the answer calls."
    },
    fail: {
      oneOf: [{ type: "integer", minimum: 200, maximum: 599 }, { $ref: "#/components/schemas/Fault" }],
      description: "The failure: a status, or a fault."
    },
    times: count("How many requests it answers. Default: no limit.", 1)
  }),
  anyOf: [{ required: ["say"] }, { required: ["call"] }, { required: ["fail"] }]
}

const pacing = object(
  "How fast generated tokens are sent.",
  Object.fromEntries(
    pacingFields.map((name) => {
      const [minimum, maximum] = pacingRange(name)
      return [name, { type: "number", minimum, maximum }]
    })
  )
)

const recordedRequest = object(
  "A request, and how it was answered.",
  {
    order: count("Position in the order of arrival."),
    requestId: text("The `x-request-id` of the answer."),
    scope: nullable("string", "The scope of the request."),
    method: text("The method."),
    path: text("The path."),
    headers: { ...strings, description: "The headers, without those that carry secrets." },
    authorized: flag("Whether it had an accepted token."),
    body: { description: "The JSON body, or the parts of a form; null when there is none." },
    unknownFields: {
      type: "array",
      items: { type: "string" },
      description: "The fields of the request that the API does not have; at most 10."
    },
    bodyDropped: flag("Whether the body was dropped to save memory."),
    status: nullable("integer", "The status; null before the answer begins."),
    reason: nullable("string", "Why the answer is an error."),
    rule: nullable("string", "The rule of a script that answered."),
    model: nullable("string", "The model that the request names."),
    stream: flag("Whether the request asks for a stream."),
    duration: {
      type: ["number", "null"],
      description: "Milliseconds to the end of the answer; null while it is sent."
    },
    eventsSent: count("How many events were sent."),
    bytesSent: count("How many bytes of the body were sent."),
    tokensGenerated: count("How many tokens were generated."),
    aborted: flag("Whether the client disconnected before the end."),
    finished: flag("Whether the answer has ended.")
  },
  (
    "order requestId scope method path headers authorized body unknownFields bodyDropped status reason rule model stream duration " +
    "eventsSent bytesSent tokensGenerated aborted finished"
  ).split(" ")
)

const model = object(
  "A model of the emulator.",
  {
    id: text("Its name."),
    reasoning: { type: "string", enum: ["none", "onRequest", "byDefault", "always"] },
    contextLength: count("Maximum number of tokens of prompt and answer.", 1),
    ...(pacing["properties"] as JsonRecord)
  },
  ["id", "reasoning", "contextLength"]
)

const error = object(
  "An error.",
  {
    error: object(
      "The problem.",
      { message: text("A sentence."), type: text("The kind."), code: count("The status.") },
      ["message", "type", "code"]
    )
  },
  ["error"]
)

/** The same object with more fields, which are always there. */
const extended = (schema: JsonRecord, more: JsonRecord): JsonRecord => ({
  ...schema,
  properties: { ...(schema["properties"] as JsonRecord), ...more },
  required: [...((schema["required"] ?? []) as ReadonlyArray<string>), ...Object.keys(more)]
})

/** All schemas by name. */
export const schemas = {
  Fault: fault,
  FaultRule: faultRule,
  CountedFaultRule: extended(faultRule, {
    seen: count("How many requests matched it."),
    used: count("How many of them got its fault.")
  }),
  ScriptCondition: condition,
  ScriptCall: scriptCall,
  ScriptRule: scriptRule,
  CountedScriptRule: extended(scriptRule, {
    name: text("Its name, or its position."),
    used: count("How many requests it answered.")
  }),
  Pacing: pacing,
  RecordedRequest: recordedRequest,
  Model: model,
  Error: error
} as const satisfies Readonly<Record<string, JsonRecord>>
