/**
 * A conversation as a value: an immutable list of messages that grows by turns, is counted in tokens, and is trimmed to a budget.
 *
 * **When to use**: wherever the messages of a chat are kept between requests. A conversation is a plain list: pass it as `messages` of a
 * request, and use its schema to store it as JSON.
 *
 * **Details**: a turn begins with a message of the user and contains everything that follows it: answers, tool calls and their results.
 * What comes before the first turn (the instructions) is never trimmed.
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Chat from "./Chat.js"
import * as ChatRender from "./ChatRender.js"
import type { FriendliError } from "./errors/FriendliError.js"
import type { RequestOptions } from "./core/RequestOptions.js"
import { type AssistantMessage, type AssistantToolCall, Message, type UserMessage } from "./schema/Message.js"
import type { Tool } from "./schema/Tool.js"
import * as Tokens from "./Tokens.js"

// ---------------------------------------------------------------------------
// the value
// ---------------------------------------------------------------------------

/** The messages of a conversation, oldest first. */
export type Conversation = ReadonlyArray<Message>

/**
 * The schema of a conversation, to store it and to read it again.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Conversation } from "effect-friendli"
 *
 * const Stored = Schema.parseJson(Conversation.Conversation)
 * const text = Schema.encodeSync(Stored)(Conversation.user(Conversation.make("Answer briefly."), "Hello!"))
 * console.log(Schema.decodeSync(Stored)(text).length)
 * // => 2
 * ```
 * @category schemas
 */
export const Conversation: Schema.Schema<Conversation> = /*#__PURE__*/ Schema.Array(Message)

/**
 * An empty conversation, or one with instructions.
 * @category constructors
 */
export const make = (instructions?: string): Conversation =>
  instructions === undefined ? [] : [{ role: "system", content: instructions }]

// ---------------------------------------------------------------------------
// growing
// ---------------------------------------------------------------------------

/** Which reasoning is sent back to the model. */
export interface ReasoningOptions {
  /**
   * - `"needed"` (default): between the tool calls of the latest turn, where models read it. Elsewhere most ignore it, and it costs tokens.
   * - `"all"`: in every message, for models whose chat template keeps it.
   * - `"none"`: nowhere.
   */
  readonly reasoning?: "needed" | "all" | "none" | undefined
}

const withoutReasoning = (message: AssistantMessage): AssistantMessage => {
  const { reasoning: _reasoning, reasoning_content: _content, ...rest } = message
  return rest
}

/**
 * Removes reasoning that the model does not need.
 *
 * **When to use**: `user`, `assistant` and `UiMessages.toMessages` do it; use it for a list from elsewhere.
 *
 * @example
 * ```ts
 * import { Conversation } from "effect-friendli"
 *
 * const messages = Conversation.dropReasoning([
 *   { role: "user", content: "Hello!" },
 *   { role: "assistant", content: "Hi!", reasoning_content: "They greet me." }
 * ])
 * console.log(messages[1])
 * // => { role: 'assistant', content: 'Hi!' }
 * ```
 * @category combinators
 */
export const dropReasoning = (messages: Conversation, options?: ReasoningOptions): Conversation => {
  const kept = options?.reasoning ?? "needed"
  if (kept === "all") return messages
  const latest = messages.findLastIndex(({ role }) => role === "user")
  return messages.map((message, index) => {
    if (message.role !== "assistant" || (message.reasoning_content == null && message.reasoning == null)) return message
    const isNeeded = kept === "needed" && index > latest && (message.tool_calls?.length ?? 0) > 0
    return isNeeded ? message : withoutReasoning(message)
  })
}

const isConversation = (value: unknown): boolean => Array.isArray(value)

/**
 * Appends a message of the user: a new turn. Reasoning of earlier turns is removed unless `reasoning` says otherwise.
 *
 * @example
 * ```ts
 * import { Conversation } from "effect-friendli"
 *
 * const conversation = Conversation.user(Conversation.make("Answer briefly."), "Hello!")
 * console.log(conversation.map(({ role }) => role))
 * // => [ 'system', 'user' ]
 * ```
 * @category combinators
 */
export const user: {
  (content: UserMessage["content"], options?: ReasoningOptions): (self: Conversation) => Conversation
  (self: Conversation, content: UserMessage["content"], options?: ReasoningOptions): Conversation
} = /*#__PURE__*/ dual(
  // Parts of a message are a list as well, but a list of parts is never followed by content.
  (args) => args.length >= 2 && isConversation(args[0]) && !isOptions(args[1]),
  (self: Conversation, content: UserMessage["content"], options?: ReasoningOptions): Conversation =>
    dropReasoning([...self, { role: "user", content }], options)
)

/** Whether an argument is options, and not the content of a message. */
const isOptions = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value))

/** An answer: of `Chat.complete` or `ChatStream.fold`, or the message of one of its choices. */
export type Answer =
  | { readonly choices: ReadonlyArray<{ readonly message: Parameters<typeof Chat.toAssistantMessage>[0] }> }
  | Parameters<typeof Chat.toAssistantMessage>[0]

/**
 * Appends the model's answer: the message of its first choice, as `Chat.toAssistantMessage` makes it. Reasoning is kept if the model
 * needs it, unless `reasoning` says otherwise. An answer without choices appends nothing.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Chat, Conversation } from "effect-friendli"
 * import { Wire } from "effect-friendli/testing"
 *
 * const mock = Layer.mock(Chat.Chat, { complete: () => Effect.succeed(Wire.chatCompletion("Hi!")) })
 *
 * const say = (conversation: Conversation.Conversation, question: string) =>
 *   Effect.gen(function* () {
 *     const asked = Conversation.user(conversation, question)
 *     const answer = yield* Chat.complete({ messages: asked, max_tokens: 100 })
 *     return Conversation.assistant(asked, answer)
 *   })
 *
 * Effect.runPromise(Effect.provide(say(Conversation.make("Be kind."), "Hello!"), mock)).then((conversation) =>
 *   console.log(conversation.map(({ role }) => role).join(" "))
 * )
 * // => system user assistant
 * ```
 * @category combinators
 */
export const assistant: {
  (answer: Answer, options?: ReasoningOptions): (self: Conversation) => Conversation
  (self: Conversation, answer: Answer, options?: ReasoningOptions): Conversation
} = /*#__PURE__*/ dual(
  ([first]) => isConversation(first),
  (self: Conversation, answer: Answer, options?: ReasoningOptions): Conversation => {
    const message = "choices" in answer ? answer.choices[0]?.message : answer
    return message === undefined ? self : dropReasoning([...self, Chat.toAssistantMessage(message)], options)
  }
)

/** A call, by its id. */
export interface CallLike {
  readonly id: string
}

/**
 * Appends the result of a tool call: text unchanged, any other value as JSON.
 *
 * @example
 * ```ts
 * import { Conversation } from "effect-friendli"
 *
 * console.log(Conversation.toolResult([], { id: "call_1" }, { celsius: 21 }))
 * // => [ { role: 'tool', tool_call_id: 'call_1', content: '{"celsius":21}' } ]
 * ```
 * @category combinators
 */
export const toolResult: {
  (call: CallLike, result: unknown): (self: Conversation) => Conversation
  (self: Conversation, call: CallLike, result: unknown): Conversation
} = /*#__PURE__*/ dual(3, (self: Conversation, call: CallLike, result: unknown): Conversation => [
  ...self,
  {
    role: "tool",
    tool_call_id: call.id,
    content: typeof result === "string" ? result : (JSON.stringify(result) ?? "null")
  }
])

/**
 * The calls of the model that have no result yet. A request with such a call is invalid.
 * @category getters
 */
export const pendingCalls = (self: Conversation): ReadonlyArray<AssistantToolCall> => {
  const answered = new Set(self.flatMap((message) => (message.role === "tool" ? [message.tool_call_id] : [])))
  return self.flatMap((message) =>
    message.role === "assistant" ? (message.tool_calls ?? []).filter(({ id }) => !answered.has(id)) : []
  )
}

// ---------------------------------------------------------------------------
// turns
// ---------------------------------------------------------------------------

/** A conversation in parts. */
export interface Turns {
  /** What comes before the first message of the user: the instructions. */
  readonly head: Conversation
  /** Each begins with a message of the user. */
  readonly turns: ReadonlyArray<Conversation>
}

/**
 * The turns of a conversation.
 *
 * **Details**: a message of the user begins a turn, unless it follows another one directly. Instructions in the middle of a conversation
 * belong to the turn that they are in.
 *
 * @example
 * ```ts
 * import { Conversation } from "effect-friendli"
 *
 * const { head, turns } = Conversation.turns([
 *   { role: "system", content: "Answer briefly." },
 *   { role: "user", content: "Hello!" },
 *   { role: "assistant", content: "Hi!" },
 *   { role: "user", content: "Who are you?" }
 * ])
 * console.log(head.length, turns.map((turn) => turn.length))
 * // => 1 [ 2, 1 ]
 * ```
 * @category getters
 */
export const turns = (self: Conversation): Turns => {
  const head: Array<Message> = []
  const found: Array<Array<Message>> = []
  let before: Message["role"] | undefined
  for (const message of self) {
    const turn = found.at(-1)
    if (message.role === "user" && before !== "user") found.push([message])
    else (turn ?? head).push(message)
    before = message.role
  }
  return { head, turns: found }
}

// ---------------------------------------------------------------------------
// tokens
// ---------------------------------------------------------------------------

/** What the number of tokens depends on, in addition to the messages. */
export interface CountOptions extends RequestOptions {
  /** The model. Default: the model of the deployment. */
  readonly model?: string | undefined
  /** The tools of the request, which are a part of the prompt. */
  readonly tools?: ReadonlyArray<Tool> | undefined
  /** Arguments for the chat template of the model. */
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>> | undefined
}

const modelOf = (model: string | undefined) => (model === undefined ? {} : { model })

/**
 * The tokens of the prompt that the model would read: the chat template is applied and the text is tokenized, both by the API. Nothing is
 * generated.
 *
 * **When to use**: on serverless and dedicated endpoints. A container cannot render; use `countEach` there.
 *
 * **Details**: two requests. Templates, tools and special tokens are counted as the model reads them, so the count equals `prompt_tokens`
 * of the answer if the tokenization recognizes special tokens. Fails with a `FriendliError`.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect } from "effect"
 * import { Conversation, Serverless } from "effect-friendli"
 *
 * Conversation.countTokens(Conversation.user([], "What is generative AI?"), { model: "meta-llama-3.1-8b-instruct" }).pipe(
 *   Effect.map((tokens) => tokens > 7),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(console.log)
 * // => true
 * ```
 * @category tokens
 */
export const countTokens = (
  self: Conversation,
  options?: CountOptions
): Effect.Effect<number, FriendliError, ChatRender.ChatRender | Tokens.Tokens> => {
  const { chatTemplateKwargs, model, tools, ...call } = options ?? {}
  return ChatRender.render(
    {
      ...modelOf(model),
      messages: self,
      ...(tools === undefined || tools.length === 0 ? {} : { tools }),
      ...(chatTemplateKwargs === undefined ? {} : { chat_template_kwargs: chatTemplateKwargs })
    },
    call
  ).pipe(
    Effect.flatMap(({ text }) => Tokens.tokenize({ ...modelOf(model), prompt: text }, call)),
    Effect.map(({ tokens }) => tokens.length)
  )
}

/** Templates put about five tokens around a message, and some begin a prompt with a few lines of their own. */
const tokensAround = 8
const tokensAtBeginning = 40

/** The parts of a message that the model reads as text. Pictures, audio and video are not counted. */
const textOf = (message: Message): string => {
  const content =
    typeof message.content === "string"
      ? message.content
      : (message.content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n")
  if (message.role !== "assistant") return content
  const calls = (message.tool_calls ?? []).map(({ function: called }) => `${called.name} ${called.arguments}`)
  return [message.reasoning_content ?? message.reasoning ?? "", content, ...calls]
    .filter((text) => text !== "")
    .join("\n")
}

/**
 * An upper estimate of the tokens of a conversation, from a tokenization of each message.
 *
 * **When to use**: if `ChatRender` is not available, for example on a container.
 *
 * **Details**: one request for each message with text, four at a time. Eight tokens are added for what a template puts around each
 * message, and forty for what it may put at the beginning. Tools and media are not counted. Fails with a `FriendliError`.
 * @category tokens
 */
export const countEach = (
  self: Conversation,
  options?: RequestOptions & { readonly model?: string | undefined }
): Effect.Effect<number, FriendliError, Tokens.Tokens> => {
  const { model, ...call } = options ?? {}
  return Effect.forEach(
    self,
    (message) => {
      const text = textOf(message)
      return text === ""
        ? Effect.succeed(tokensAround)
        : Effect.map(
            Tokens.tokenize({ ...modelOf(model), prompt: text }, call),
            ({ tokens }) => tokens.length + tokensAround
          )
    },
    { concurrency: 4 }
  ).pipe(Effect.map((counts) => counts.reduce((sum, count) => sum + count, tokensAtBeginning)))
}

/**
 * The latest turn alone does not fit into the budget. Ask for less, or use a model with a longer context.
 * @category errors
 */
export class ConversationTooLongError extends Schema.TaggedError<ConversationTooLongError>(
  "effect-friendli/ConversationTooLongError"
)("ConversationTooLongError", {
  message: Schema.String,
  /** The tokens of the instructions and the latest turn. */
  tokens: Schema.Number,
  budget: Schema.Number
}) {}

/** The options of `trim`. */
export interface TrimOptions<E, R> {
  /** The most tokens that the conversation may have: context − `max_tokens`. */
  readonly budget: number
  /**
   * The most tokens after trimming. Default: the budget. With a smaller target several turns pass before the next trimming, so a server
   * that caches prefixes computes the beginning less often.
   */
  readonly target?: number | undefined
  /** Counts the tokens of a list of messages: `countTokens`, `countEach`, or your own function. */
  readonly count: (messages: Conversation) => Effect.Effect<number, E, R>
}

/** A trimmed conversation. */
export interface Trimmed {
  readonly messages: Conversation
  /** The tokens of `messages`. */
  readonly tokens: number
  /** How many of the oldest turns were dropped. */
  readonly dropped: number
}

/**
 * Drops the oldest turns until a conversation fits into a budget of tokens.
 *
 * **Details**: the instructions and the latest turn are always kept, and a turn is dropped as a whole, so that no tool result is without
 * its call. A conversation that fits is counted once; otherwise a binary search finds the fewest turns to drop, so a hundred turns take
 * eight counts. Fails with a `ConversationTooLongError` if the latest turn alone is too long.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Conversation } from "effect-friendli"
 *
 * const long = Conversation.make("Answer briefly.").concat(
 *   ["One?", "Two?", "Three?"].flatMap((content): Conversation.Conversation => [
 *     { role: "user", content },
 *     { role: "assistant", content: "Yes." }
 *   ])
 * )
 *
 * const trimmed = Conversation.trim(long, { budget: 40, count: (messages) => Effect.succeed(messages.length * 10) })
 * console.log(Effect.runSync(trimmed).messages.map(({ content }) => content))
 * // => [ 'Answer briefly.', 'Three?', 'Yes.' ]
 * ```
 * @category tokens
 */
export const trim: {
  <E, R>(options: TrimOptions<E, R>): (self: Conversation) => Effect.Effect<Trimmed, E | ConversationTooLongError, R>
  <E, R>(self: Conversation, options: TrimOptions<E, R>): Effect.Effect<Trimmed, E | ConversationTooLongError, R>
} = /*#__PURE__*/ dual(
  2,
  <E, R>(
    self: Conversation,
    { budget, count, target = budget }: TrimOptions<E, R>
  ): Effect.Effect<Trimmed, E | ConversationTooLongError, R> =>
    Effect.gen(function* () {
      const all = yield* count(self)
      if (all <= budget) return { messages: self, tokens: all, dropped: 0 }
      const { head, turns: found } = turns(self)
      const without = (dropped: number): Conversation => [...head, ...found.slice(dropped).flat()]
      const limit = Math.min(target, budget)
      // Binary search: to drop `low` turns is too few, to drop `high` turns is enough, or all but the latest.
      let low = 0
      let high = Math.max(0, found.length - 1)
      let tokens = high === 0 ? all : yield* count(without(high))
      if (tokens > budget) {
        return yield* new ConversationTooLongError({
          message: `The latest turn has ${tokens} tokens with the instructions, and the budget is ${budget}. Ask for less, or use a model with a longer context.`,
          tokens,
          budget
        })
      }
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        const counted = yield* count(without(middle))
        if (counted <= limit) [high, tokens] = [middle, counted]
        else low = middle
      }
      return { messages: without(high), tokens, dropped: high }
    })
)
