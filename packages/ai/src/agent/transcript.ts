/** The stored form of a run that waits for approval, so that another process can continue it. */
import * as Prompt from "@effect/ai/Prompt"
import * as Encoding from "effect/Encoding"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Usage } from "./steps.js"

/**
 * A call that waits for a decision. `params` are the arguments as the model wrote them, decoded from JSON and checked against the schema.
 */
export const PendingCall = Schema.Struct({
  /** The id of the call, by which its decision is found. */
  id: Schema.String,
  /** The tool. */
  name: Schema.String,
  /** The arguments: JSON, in the encoded form of the tool's schema. */
  params: Schema.Unknown,
  /** The fingerprint of the tool when the call was made. `Agent.resume` fails if the tool has another definition. */
  fingerprint: Schema.String
}).annotations({ identifier: "PendingCall" })

export interface PendingCall extends Schema.Schema.Type<typeof PendingCall> {}

const Count = Schema.NonNegativeInt

// a transcript must not fail because a provider reports unusual counts
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

/** Messages as JSON. The schema of `@effect/ai` writes only the first text of a message with several texts. */
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
        // the error must not contain the messages
        onFailure: () => new ParseResult.Type(ast, undefined, "these are not the messages of a conversation"),
        onSuccess: Prompt.fromMessages
      }),
    encode: (prompt) => ParseResult.succeed({ content: prompt.content.map(encodeMessage) })
  }
)

/** The settings of the whole run. A resumed run uses them, unless its options change them. */
const Settings = Schema.Struct({
  /** The name of the model that was asked, if it is known, so that a resumed run notices another model. */
  model: Schema.NullOr(Schema.String),
  /** The fingerprint of each tool by its name, so that a resumed run notices another definition. */
  tools: Schema.Record({ key: Schema.String, value: Schema.String }),
  /** Null: no limit, here and below. */
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
 * **When to use**: encode it (`Schema.encode(Schema.parseJson(Agent.Transcript))`), store it, decode it in any process and pass it to `Agent.resume`.
 *
 * **Gotchas**: it contains the conversation. A transcript that is resumed twice executes its approved calls twice: remove it from its store when you
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
  /** The last call and how often it was made in a row, for the detection of loops. */
  repeated: Schema.NullOr(Schema.Struct({ call: Schema.String, times: Count }))
}) {}

const portableData = (mediaType: string, data: string | Uint8Array | URL): string => {
  if (typeof data === "string") return data
  return data instanceof URL ? data.href : `data:${mediaType};base64,${Encoding.encodeBase64(data)}`
}

/** Files as URLs or base64, so that a transcript is JSON. */
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
