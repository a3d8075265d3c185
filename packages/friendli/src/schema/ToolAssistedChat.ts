/** Chats in which Friendli itself runs tools: the request, and the events of its stream. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Struct from "effect/Struct"
import { ExpectedId, SentenceId } from "../internal/annotations.js"
import { ChatChunk } from "./ChatChunk.js"
import { ChatRequest } from "./ChatRequest.js"
import type { Message } from "./Message.js"
import { nullish, openLiteral, Text } from "./primitives.js"
import type { StreamOptions } from "./Sampling.js"
import { Tool, type ToolChoice } from "./Tool.js"

/** Each tool has a `type` with one value, so that an error names the field that is wrong. */
const builtIn = <const Type extends string>(type: Type) => Schema.Struct({ type: Schema.Literal(type) })

/** A tool that Friendli runs and that needs only its name. */
export interface BuiltInTool {
  /**
   * The tool: arithmetic, statistics, dates, web search, the text of a page, Python code, or Linkup search, for which the account needs
   * an integration.
   */
  readonly type:
    | "math:calculator"
    | "math:statistics"
    | "math:calendar"
    | "web:search"
    | "web:url"
    | "code:python-interpreter"
    | "linkup:search"
}

const builtInTools = [
  builtIn("math:calculator"),
  builtIn("math:statistics"),
  builtIn("math:calendar"),
  builtIn("web:search"),
  builtIn("web:url"),
  builtIn("code:python-interpreter"),
  builtIn("linkup:search")
] as const

/** A tool that Friendli runs and that needs only its name. Wire: `FriendliBuiltInTool`, `IntegratedBuiltInTool`. */
export const BuiltInTool: Schema.Schema<BuiltInTool> = Schema.Union(...builtInTools).annotations({
  identifier: "BuiltInTool"
})

/** A tool that reads an uploaded file. Wire: `FileBuiltInTool`. */
export const FileTool = Schema.Struct({
  /** Always `file:text`. */
  type: Schema.Literal("file:text"),
  /** The ids of the files (text or PDF). The server takes at most one. */
  files: Schema.Array(Text)
}).annotations({ identifier: "FileTool" })

export interface FileTool extends Schema.Schema.Type<typeof FileTool> {
  readonly files: ReadonlyArray<string>
}

/** A tool of a tool-assisted chat: a function of your own, or one that Friendli runs. Wire: `ToolAssistedChatTool`. */
export const ToolAssistedTool = Schema.Union(Tool, ...builtInTools, FileTool).annotations({
  identifier: "ToolAssistedTool"
})

/** A tool of a tool-assisted chat. */
export type ToolAssistedTool = Tool | BuiltInTool | FileTool

/**
 * A request for a tool-assisted chat. Wire: `ServerlessToolAssistedChatCompletionBody` and its streaming twin.
 *
 * **Details**: the fields of a chat request without `min_tokens` and `response_format`, with tools that Friendli runs. Unknown fields are
 * invalid.
 *
 * @deprecated Use `ChatRequest` with your own tools. Tool-assisted chat is a beta of Friendli, which its own SDKs leave out.
 */
export const ToolAssistedChatRequest = Schema.Struct({
  ...Struct.omit(ChatRequest.fields, "min_tokens", "response_format", "tools"),
  /** The tools that the model may call, at most 128. Friendli runs the built-in tools; calls of your functions come back in the answer. */
  tools: nullish(Schema.Array(ToolAssistedTool)),
  /**
   * Whether the generation continues after a tool has failed. It stops after more than eight failures. Must not be `null`.
   */
  resume_generation: Schema.optional(Schema.Boolean)
}).annotations({ identifier: "ToolAssistedChatRequest" })

export interface ToolAssistedChatRequest extends Schema.Schema.Type<typeof ToolAssistedChatRequest> {
  /** The conversation so far, oldest message first. At least one message. */
  readonly messages: ReadonlyArray<Message>
  readonly tools?: ReadonlyArray<ToolAssistedTool> | null | undefined
  readonly tool_choice?: ToolChoice | undefined
  readonly stream_options?: StreamOptions | null | undefined
}

/** A file that a tool made. Wire: `ToolStatusFile`. */
export const ToolStatusFile = Schema.Struct({
  /** Its name. */
  name: nullish(Text),
  /** Where it can be downloaded. */
  url: nullish(Text)
}).annotations({ identifier: "ToolStatusFile" })

export interface ToolStatusFile extends Schema.Schema.Type<typeof ToolStatusFile> {
  readonly url?: string | null | undefined
}

/** An argument of a call. Wire: `ToolStatusParameter`. */
export const ToolStatusParameter = Schema.Struct({
  /** Its name. */
  name: nullish(Text),
  /** Its value, as text. */
  value: nullish(Text)
}).annotations({ identifier: "ToolStatusParameter" })

export interface ToolStatusParameter extends Schema.Schema.Type<typeof ToolStatusParameter> {
  readonly value?: string | null | undefined
}

/** Why a tool failed. Wire: `ToolStatusError`. */
export const ToolStatusError = Schema.Struct({
  /** The kind of the failure. Seen so far: `INVALID_PARAMETER`, `UNKNOWN`. */
  type: nullish(openLiteral("INVALID_PARAMETER", "UNKNOWN")),
  /** A sentence about it. */
  msg: nullish(Text)
}).annotations({ identifier: "ToolStatusError" })

export interface ToolStatusError extends Schema.Schema.Type<typeof ToolStatusError> {
  readonly msg?: string | null | undefined
}

/**
 * The status of a tool that Friendli runs. Wire: `ToolStatusData`.
 *
 * **Details**: the events of one call share `tool_call_id`. A tool that fails does not fail the stream: `error` says why, and the model
 * continues without it. Fields other than `name` and `status` may be missing.
 */
export const ToolStatus = Schema.Struct({
  /** The id of the call. */
  tool_call_id: nullish(Text),
  /** The tool. */
  name: openLiteral(
    "linkup:search",
    "math:calculator",
    "math:statistics",
    "math:calendar",
    "web:search",
    "web:url",
    "code:python-interpreter",
    "file:text"
  ),
  /** `STARTED`, then `UPDATING` any number of times, then `ENDED` or `ERRORED`. */
  status: openLiteral("STARTED", "UPDATING", "ENDED", "ERRORED"),
  /** The arguments of the call. */
  parameters: nullish(Schema.Array(ToolStatusParameter)),
  /** The result, as text, when it has ended. */
  result: nullish(Text),
  /** The files that it made. */
  files: nullish(Schema.Array(ToolStatusFile)),
  /** A sentence about its progress. */
  message: nullish(Text),
  /** Why it failed. */
  error: nullish(ToolStatusError),
  /** The time of the event: Unix time in seconds, with fractions. */
  timestamp: nullish(Schema.Number)
}).annotations({ identifier: "ToolStatus" })

export interface ToolStatus extends Schema.Schema.Type<typeof ToolStatus> {
  readonly parameters?: ReadonlyArray<ToolStatusParameter> | null | undefined
  readonly files?: ReadonlyArray<ToolStatusFile> | null | undefined
  readonly error?: ToolStatusError | null | undefined
}

const name = {
  /** The name in the event's `event:` line, if it has one. */
  name: Schema.optional(Text)
} as const

/** A part of the answer: a chunk as in a chat. Its event has the name `token`, or no name. Wire: `StreamedToolAssistedChatToken`. */
export const ToolAssistedTokenEvent = Schema.Struct({
  ...name,
  /** The chunk. */
  data: ChatChunk
}).annotations({ identifier: "ToolAssistedTokenEvent" })

export interface ToolAssistedTokenEvent extends Schema.Schema.Type<typeof ToolAssistedTokenEvent> {
  readonly data: ChatChunk
}

/** Whether an event with this name can be a status. Events without a name are distinguished by their fields. */
const isStatusName = (given: string | undefined): boolean =>
  given === undefined || given === "message" || given === "tool_status"

/** What a tool does. Its event has the name `tool_status`. Wire: `StreamedToolAssistedChatToolStatus`. */
export const ToolAssistedStatusEvent = Schema.Struct({
  ...name,
  /** The status. */
  data: ToolStatus
})
  .pipe(Schema.filter(({ name: given }) => isStatusName(given), { [SentenceId]: "has the name of another event" }))
  .annotations({ identifier: "ToolAssistedStatusEvent" })

export interface ToolAssistedStatusEvent extends Schema.Schema.Type<typeof ToolAssistedStatusEvent> {
  readonly data: ToolStatus
}

/** An event with an unknown name. */
export interface ToolAssistedOtherEvent {
  /** The name in the event's `event:` line. */
  readonly name: string
  /** The data: parsed JSON, or text if it is not JSON. */
  readonly data: unknown
}

/** A broken part of the answer is not an unknown event: it has a documented name, no name, or `choices`. */
const isOther = (u: unknown): u is ToolAssistedOtherEvent =>
  Predicate.isRecord(u) &&
  Object.hasOwn(u, "data") &&
  typeof u["name"] === "string" &&
  u["name"] !== "token" &&
  !isStatusName(u["name"]) &&
  !(Predicate.isRecord(u["data"]) && u["data"]["choices"] != null)

const checkOther = (
  u: unknown,
  _options: AST.ParseOptions,
  ast: AST.Declaration
): Either.Either<ToolAssistedOtherEvent, ParseResult.ParseIssue> =>
  isOther(u) ? Either.right(u) : Either.left(new ParseResult.Type(ast, u))

/**
 * An event with an unknown name, kept unchanged.
 *
 * **Details**: an event with a documented name, or without a name, is invalid, so that a broken part of an answer is not ignored.
 */
export const ToolAssistedOtherEvent: Schema.Schema<ToolAssistedOtherEvent> = Schema.declare(
  [],
  { decode: () => checkOther, encode: () => checkOther },
  {
    identifier: "ToolAssistedOtherEvent",
    [ExpectedId]: "an event with another name",
    description: "an event with another name",
    jsonSchema: { type: "object", properties: { name: { type: "string" }, data: {} }, required: ["name", "data"] },
    arbitrary: () => (fc) => fc.record({ name: fc.string(), data: fc.jsonValue() }).filter(isOther)
  }
)

/**
 * One event of a tool-assisted chat: its name and its data, unchanged.
 *
 * **When to use**: as the element of `ToolAssistedChat.stream`, whose `isToken` and `isToolStatus` narrow it.
 */
export const ToolAssistedChatEvent = Schema.Union(
  ToolAssistedTokenEvent,
  ToolAssistedStatusEvent,
  ToolAssistedOtherEvent
).annotations({ identifier: "ToolAssistedChatEvent" })

/** One event of a tool-assisted chat. */
export type ToolAssistedChatEvent = ToolAssistedTokenEvent | ToolAssistedStatusEvent | ToolAssistedOtherEvent
