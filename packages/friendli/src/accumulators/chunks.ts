/**
 * Merging of stream chunks into the answer that the call without streaming would have given, without Effect.
 *
 * The types contain only the fields that are read, so that decoded chunks of every deployment fit. Data of the server
 * is never a key of an object and never the length of an array: a server could otherwise set `__proto__` or make the
 * client allocate any amount of memory.
 */
import { choiceIndex, finishReason, isCutShort } from "./choices.js"
import { filled, type Maybe, Text } from "./pieces.js"
import { type ToolCallDeltaLike, type ToolCallLike, ToolCalls } from "./toolCalls.js"
import { mergeUsage } from "./usage.js"

export type { ToolCallDeltaLike, ToolCallLike } from "./toolCalls.js"

/** The fields of a chat chunk that are read. `Token` is an entry of `logprobs.content`, passed on unchanged. */
export interface ChatChunkLike<Token = unknown, Usage = unknown> {
  readonly id?: Maybe<string>
  readonly created?: Maybe<number>
  readonly model?: Maybe<string>
  readonly choices?: Maybe<
    ReadonlyArray<{
      readonly index?: Maybe<number>
      readonly delta?: Maybe<{
        readonly content?: Maybe<string>
        readonly reasoning_content?: Maybe<string>
        readonly reasoning?: Maybe<string>
        readonly tool_calls?: Maybe<ReadonlyArray<Maybe<ToolCallDeltaLike>>>
      }>
      readonly finish_reason?: Maybe<string>
      readonly logprobs?: Maybe<{ readonly content?: Maybe<ReadonlyArray<Token>> }>
    }>
  >
  readonly usage?: Maybe<Usage>
}

/**
 * A chat completion merged from chunks. Fields that no chunk has are left out; `finish_reason` is `null` until the
 * choice has ended.
 */
export interface ChatAnswerLike<Token = unknown, Usage = unknown> {
  readonly id?: string
  readonly object: "chat.completion"
  readonly created?: number
  readonly model?: string
  /** Ordered by index. */
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly message: {
      readonly role: "assistant"
      /** `null` if no text arrived, or only empty text with tool calls. */
      readonly content: string | null
      /** The reasoning under this name; the next field has the reasoning under the other name. */
      readonly reasoning_content?: string
      readonly reasoning?: string
      /** Ordered by index; calls without an index follow in the order of arrival. Never an empty list. */
      readonly tool_calls?: ReadonlyArray<ToolCallLike>
    }
    readonly finish_reason: string | null
    readonly logprobs?: { readonly content: ReadonlyArray<Token> }
  }>
  readonly usage?: Usage
}

/** Merges chat chunks. */
export interface ChatAccumulator<Token = unknown, Usage = unknown> {
  /** Merges one chunk, in time proportional to the chunk. */
  add(chunk: ChatChunkLike<Token, Usage>): void
  /** The number of chunks so far. */
  readonly events: number
  /**
   * A copy of the answer so far, at any time, in time proportional to the answer. `isWhole`: the stream has ended, so calls without
   * arguments get `{}`.
   */
  snapshot(isWhole?: boolean): ChatAnswerLike<Token, Usage>
}

/**
 * The fields of a completion chunk that are read. `Top` is an entry of `logprobs.top_logprobs`, passed on unchanged.
 */
export interface CompletionChunkLike<Top = unknown, Usage = unknown> {
  readonly id?: Maybe<string>
  readonly created?: Maybe<number>
  readonly model?: Maybe<string>
  readonly choices?: Maybe<
    ReadonlyArray<{
      readonly index?: Maybe<number>
      readonly text?: Maybe<string>
      readonly token?: Maybe<number>
      readonly finish_reason?: Maybe<string>
      readonly logprobs?: Maybe<{
        readonly text_offset?: Maybe<ReadonlyArray<number>>
        readonly token_logprobs?: Maybe<ReadonlyArray<number | null>>
        readonly tokens?: Maybe<ReadonlyArray<string>>
        readonly top_logprobs?: Maybe<ReadonlyArray<Top>>
      }>
    }>
  >
  readonly usage?: Maybe<Usage>
}

/**
 * A completion merged from chunks. Fields that no chunk has are left out; `finish_reason` is `null` until the choice
 * has ended.
 */
export interface CompletionAnswerLike<Top = unknown, Usage = unknown> {
  readonly id?: string
  readonly object: "text_completion"
  readonly created?: number
  readonly model?: string
  /** Ordered by index. */
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly text: string
    /** The ids in the field `token`, in order. */
    readonly tokens: ReadonlyArray<number>
    readonly finish_reason: string | null
    /** Each array is concatenated unchanged, offsets included; an array that no chunk has is empty. */
    readonly logprobs?: {
      readonly text_offset: ReadonlyArray<number>
      readonly token_logprobs: ReadonlyArray<number | null>
      readonly tokens: ReadonlyArray<string>
      readonly top_logprobs: ReadonlyArray<Top>
    }
  }>
  readonly usage?: Usage
}

/** Merges completion chunks. */
export interface CompletionAccumulator<Top = unknown, Usage = unknown> {
  /** Merges one chunk, in time proportional to the chunk. */
  add(chunk: CompletionChunkLike<Top, Usage>): void
  /** The number of chunks so far. */
  readonly events: number
  /** A copy of the answer so far, at any time, in time proportional to the answer. */
  snapshot(): CompletionAnswerLike<Top, Usage>
}

// Not `push(...from)`, which overflows the stack with a long array.
const append = <A>(to: Array<A>, from: Maybe<ReadonlyArray<A>>): void => {
  if (from === null || from === undefined) return
  for (const item of from) to.push(item)
}

/** The fields at the top of a chunk, which are the same in both kinds, and its choices. */
interface ChunkLike<Part, Usage> {
  readonly id?: Maybe<string>
  readonly created?: Maybe<number>
  readonly model?: Maybe<string>
  readonly choices?: Maybe<ReadonlyArray<Part>>
  readonly usage?: Maybe<Usage>
}

/**
 * The common part of both kinds: the fields at the top, and a choice for each index. In: decoded chunks in order. Out: the answer so far.
 * Servers repeat the id and the model in each chunk: the first ones are kept. Text is collected as a list of pieces and joined on demand,
 * because a snapshot for each chunk would make a long stream quadratic.
 */
abstract class Merge<Part extends { readonly index?: Maybe<number> }, Choice, Usage> {
  events = 0
  private id: string | undefined = undefined
  private created: number | undefined = undefined
  private model: string | undefined = undefined
  private usage: Usage | undefined = undefined
  private readonly choices = new Map<number, Choice>()

  /** A choice before its first part. */
  protected abstract begin(): Choice
  /** Adds a part of a chunk to its choice. */
  protected abstract extend(choice: Choice, part: Part): void

  add(chunk: ChunkLike<Part, Usage>): void {
    this.events++
    if (this.id === undefined && filled(chunk.id)) this.id = chunk.id
    this.created ??= chunk.created ?? undefined
    if (this.model === undefined && filled(chunk.model)) this.model = chunk.model
    this.usage = mergeUsage(this.usage, chunk.usage)
    let position = 0
    for (const part of chunk.choices ?? []) {
      const index = choiceIndex(part, position++)
      let choice = this.choices.get(index)
      if (choice === undefined) {
        choice = this.begin()
        this.choices.set(index, choice)
      }
      this.extend(choice, part)
    }
  }

  /** The answer so far: its choices in the order of their index, whatever the order of their arrival. */
  protected answer<Name extends string, Out>(object: Name, read: (index: number, choice: Choice) => Out) {
    const { id, created, model, usage } = this
    return {
      ...(id === undefined ? {} : { id }),
      object,
      ...(created === undefined ? {} : { created }),
      ...(model === undefined ? {} : { model }),
      choices: Array.from(this.choices)
        .toSorted(([a], [b]) => a - b)
        .map(([index, choice]) => read(index, choice)),
      ...(usage === undefined ? {} : { usage })
    }
  }
}

/** The type of the items of a list that may be missing. */
type Item<List> = NonNullable<List> extends ReadonlyArray<infer A> ? A : never

interface ChatChoice<Token> {
  readonly content: Text
  readonly reasoningContent: Text
  readonly reasoning: Text
  readonly calls: ToolCalls
  finish: string | null
  logprobs: Array<Token> | undefined
}

/** Merges chat chunks. */
class ChatMerge<Token, Usage>
  extends Merge<Item<ChatChunkLike<Token>["choices"]>, ChatChoice<Token>, Usage>
  implements ChatAccumulator<Token, Usage>
{
  protected begin(): ChatChoice<Token> {
    return {
      content: new Text(),
      reasoningContent: new Text(),
      reasoning: new Text(),
      calls: new ToolCalls(),
      finish: null,
      logprobs: undefined
    }
  }

  protected extend(choice: ChatChoice<Token>, part: Item<ChatChunkLike<Token>["choices"]>): void {
    choice.content.add(part.delta?.content)
    choice.reasoningContent.add(part.delta?.reasoning_content)
    choice.reasoning.add(part.delta?.reasoning)
    choice.calls.add(part.delta?.tool_calls)
    choice.finish = finishReason(part.finish_reason) ?? choice.finish
    const tokens = part.logprobs?.content
    if (tokens !== null && tokens !== undefined) append((choice.logprobs ??= []), tokens)
  }

  snapshot(isWhole = false): ChatAnswerLike<Token, Usage> {
    return this.answer("chat.completion", (index, choice) => {
      const text = choice.content.read()
      const calls = choice.calls.read((isWhole || choice.finish !== null) && !isCutShort(choice.finish))
      // With calls, or if no text arrived, the message has no text. Empty text without calls is a text.
      const content = text === "" && (calls.length > 0 || !choice.content.seen) ? null : text
      return {
        index,
        message: {
          role: "assistant",
          content,
          ...(choice.reasoningContent.seen ? { reasoning_content: choice.reasoningContent.read() } : {}),
          ...(choice.reasoning.seen ? { reasoning: choice.reasoning.read() } : {}),
          ...(calls.length > 0 ? { tool_calls: calls } : {})
        },
        finish_reason: choice.finish,
        ...(choice.logprobs === undefined ? {} : { logprobs: { content: choice.logprobs.slice() } })
      }
    })
  }
}

/** The four parallel lists of log probabilities. */
interface CompletionLogprobs<Top> {
  readonly text_offset: Array<number>
  readonly token_logprobs: Array<number | null>
  readonly tokens: Array<string>
  readonly top_logprobs: Array<Top>
}

interface CompletionChoice<Top> {
  readonly text: Text
  readonly tokens: Array<number>
  finish: string | null
  logprobs: CompletionLogprobs<Top> | undefined
}

/** Merges completion chunks. */
class CompletionMerge<Top, Usage>
  extends Merge<Item<CompletionChunkLike<Top>["choices"]>, CompletionChoice<Top>, Usage>
  implements CompletionAccumulator<Top, Usage>
{
  protected begin(): CompletionChoice<Top> {
    return { text: new Text(), tokens: [], finish: null, logprobs: undefined }
  }

  protected extend(choice: CompletionChoice<Top>, part: Item<CompletionChunkLike<Top>["choices"]>): void {
    choice.text.add(part.text)
    if (typeof part.token === "number") choice.tokens.push(part.token)
    choice.finish = finishReason(part.finish_reason) ?? choice.finish
    const logprobs = part.logprobs
    if (logprobs === null || logprobs === undefined) return
    const into = (choice.logprobs ??= { text_offset: [], token_logprobs: [], tokens: [], top_logprobs: [] })
    append(into.text_offset, logprobs.text_offset)
    append(into.token_logprobs, logprobs.token_logprobs)
    append(into.tokens, logprobs.tokens)
    append(into.top_logprobs, logprobs.top_logprobs)
  }

  snapshot(): CompletionAnswerLike<Top, Usage> {
    return this.answer("text_completion", (index, choice) => ({
      index,
      text: choice.text.read(),
      tokens: choice.tokens.slice(),
      finish_reason: choice.finish,
      ...(choice.logprobs === undefined
        ? {}
        : {
            logprobs: {
              text_offset: choice.logprobs.text_offset.slice(),
              token_logprobs: choice.logprobs.token_logprobs.slice(),
              tokens: choice.logprobs.tokens.slice(),
              top_logprobs: choice.logprobs.top_logprobs.slice()
            }
          })
    }))
  }
}

/**
 * Makes an accumulator of chat chunks.
 *
 * Texts and arguments are concatenated per choice and call; the last `finish_reason` wins, and the first `id`,
 * `created` and `model`. `usage` is merged field by field, and its counts never go down.
 *
 * The call of a delta depends on its index, its id and its name, and on whether the arguments so far are complete: see `toolCalls.ts`.
 * @category constructors
 */
export const makeChatAccumulator = <Token = unknown, Usage = unknown>(): ChatAccumulator<Token, Usage> =>
  new ChatMerge<Token, Usage>()

/**
 * Makes an accumulator of completion chunks: texts, tokens and log probabilities are concatenated per choice, the last
 * `finish_reason` wins, and the first `id`, `created` and `model`; `usage` is merged as in chat.
 * @category constructors
 */
export const makeCompletionAccumulator = <Top = unknown, Usage = unknown>(): CompletionAccumulator<Top, Usage> =>
  new CompletionMerge<Top, Usage>()
