/** What is kept of a run that waits for approval, so that another process can go on with it. */
import * as Prompt from "@effect/ai/Prompt"
import * as Encoding from "effect/Encoding"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Usage } from "./steps.js"

/**
 * A call that waits for a decision. `params` are the arguments as the model wrote them, decoded from JSON and checked against the schema.
 */
export const PendingCall = Schema.Struct({
  /** The id of the call; the decision names it. */
  id: Schema.String,
  /** The tool. */
  name: Schema.String,
  /** The arguments: JSON, in the encoded form of the tool's schema. */
  params: Schema.Unknown,
  /** What the tool was when the call was made. A resumed run is refused if the tool has another definition. */
  fingerprint: Schema.String
}).annotations({ identifier: "PendingCall" })

export interface PendingCall extends Schema.Schema.Type<typeof PendingCall> {}

const Count = Schema.NonNegativeInt

// providers report what they like, and a transcript must not fail over it
const UsageSchema = Schema.Struct({
  inputTokens: Schema.Number,
  outputTokens: Schema.Number,
  totalTokens: Schema.Number,
  reasoningTokens: Schema.Number,
  cachedInputTokens: Schema.Number
}) satisfies Schema.Schema<Usage>

const decodeMessages = ParseResult.decodeUnknownEither(Schema.Array(Prompt.Message))

const withoutKey = (value: object, key: string): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))

/** Messages as JSON. The schema of `@effect/ai` writes a message of several texts as the first of them. */
const encodeMessage = (message: Prompt.Message): unknown => ({
  ...withoutKey(message, Prompt.MessageTypeId),
  content:
    typeof message.content === "string"
      ? message.content
      : message.content.map((part: object) => withoutKey(part, Prompt.PartTypeId))
})

/** A conversation as JSON. */
const Conversation = Schema.transformOrFail(
  Schema.Struct({ content: Schema.Array(Schema.Unknown) }),
  Schema.typeSchema(Prompt.Prompt),
  {
    strict: true,
    decode: ({ content }, _, ast) =>
      ParseResult.mapBoth(decodeMessages(content), {
        // the messages themselves are no part of the error
        onFailure: () => new ParseResult.Type(ast, undefined, "these are no messages of a conversation"),
        onSuccess: Prompt.fromMessages
      }),
    encode: (prompt) => ParseResult.succeed({ content: prompt.content.map(encodeMessage) })
  }
)

/** What holds for the run as a whole. A resumed run goes on with it, unless its options say otherwise. */
const Settings = Schema.Struct({
  /** The name of the model that was asked, if it is known. A resumed run does not ask another one unnoticed. */
  model: Schema.NullOr(Schema.String),
  /** What each tool was, by its name. A resumed run does not offer another one unnoticed. */
  tools: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** Null is no limit, here and below. */
  steps: Schema.NullOr(Count),
  toolCalls: Schema.NullOr(Count),
  tokens: Schema.NullOr(Count),
  /** USD, as a decimal number. */
  cost: Schema.NullOr(Schema.String),
  /** Milliseconds. */
  time: Schema.NullOr(Schema.Number),
  toolChoice: Schema.Unknown
})

/**
 * A run that waits for approval: messages, settings, calls that wait, and what was used.
 *
 * **When to use**: encode it (`Schema.encode(Schema.parseJson(Agent.Transcript))`), keep it where you like, decode it in any process and pass it to
 * `Agent.resume`.
 *
 * **Gotchas**: it contains the conversation. A transcript that is resumed twice executes its approved calls twice: take it out of its place when you
 * resume it.
 * @category transcripts
 */
export class Transcript extends Schema.Class<Transcript>("effect-friendli-ai/Transcript")({
  /** The version of this format. */
  version: Schema.Literal(1),
  /** The conversation, with the results of the calls that are finished. */
  prompt: Conversation,
  /** The calls that wait for a decision, in their order. */
  pending: Schema.Array(PendingCall),
  settings: Settings,
  /** Requests so far. */
  steps: Count,
  /** Tools executed so far. */
  toolCalls: Count,
  usage: UsageSchema,
  /** The cost so far in USD, as a decimal number. */
  cost: Schema.String,
  /** The number of steps whose price is not known. */
  unpriced: Count,
  /** How long the run has worked, in milliseconds, without the time that it waited. */
  elapsed: Schema.Number,
  /** How often a result with a schema did not match. */
  badOutputs: Count,
  /** The last call and how often it came in a row, for the detection of loops. */
  repeated: Schema.NullOr(Schema.Struct({ call: Schema.String, times: Count }))
}) {}

const portableData = (mediaType: string, data: string | Uint8Array | URL): string => {
  if (typeof data === "string") return data
  return data instanceof URL ? data.href : `data:${mediaType};base64,${Encoding.encodeBase64(data)}`
}

/** Files as addresses or base64, so that a transcript is JSON. */
export const portable = (messages: ReadonlyArray<Prompt.Message>): Array<Prompt.Message> =>
  messages.map((message) => {
    if (message.role !== "user" && message.role !== "assistant") return message
    const parts: ReadonlyArray<Prompt.UserMessagePart | Prompt.AssistantMessagePart> = message.content
    if (parts.every((part) => part.type !== "file" || typeof part.data === "string")) return message
    const content = parts.map((part) =>
      part.type === "file" ? { ...part, data: portableData(part.mediaType, part.data) } : part
    )
    // the parts are of the same kinds as before
    return { ...message, content } as Prompt.Message
  })
