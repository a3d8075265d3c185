/**
 * Smooths text for people: a model's text arrives in bursts, and is released at a steady pace for a user interface.
 *
 * **When to use**: between a stream and a screen. Programs that read the text do not need it.
 *
 * **Details**: text is released word by word (or grapheme by grapheme), as `Intl.Segmenter` divides it, so that no Korean, Chinese or
 * Japanese word, no accent and no emoji is cut. The pace depends on the text that is waiting: the more there is, the faster it is
 * released, so that the screen is never more than about `lag` behind. When the source ends, the rest is released within `lag`, and then
 * the stream ends. Elements without text keep their position in the text, and a failure comes after the text before it.
 */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as streams from "./internal/streams.js"
import type { ChatChunk } from "./schema/ChatChunk.js"

/** The options of smoothing. */
export interface Options {
  /** The unit of release: a word with the space before it, or a grapheme (what a reader sees as one character). Default: words. */
  readonly by?: "word" | "grapheme" | undefined
  /** How far the text may be behind its source. A longer lag makes a steadier pace. Default: 300 milliseconds. */
  readonly lag?: Duration.DurationInput | undefined
  /** The longest delay between two pieces while text waits. Default: 50 milliseconds. */
  readonly maxDelay?: Duration.DurationInput | undefined
  /** The language of the text, for languages that are written without spaces. Default: that of the system. */
  readonly locale?: string | undefined
}

/** Shorter delays cannot be seen; several pieces are released at once instead. About 60 times a second. */
const tick = 16

/** A piece without a boundary is released in parts of this length, so that each character is examined only a few times. */
const longest = 256

interface Segment {
  readonly text: string
  /** Whether a delay belongs to it: spaces and punctuation are released together with what they follow. */
  readonly counts: boolean
}

/** Divides text into segments. Without `Intl.Segmenter`, which some older runtimes lack, at spaces or between code points. */
const segmenter = (by: "word" | "grapheme", locale: string | undefined): ((text: string) => ReadonlyArray<Segment>) => {
  const { Segmenter } = Intl as { readonly Segmenter?: typeof Intl.Segmenter }
  if (Segmenter === undefined) {
    return by === "word"
      ? (text) => (text.match(/\s+|\S+/g) ?? []).map((part) => ({ text: part, counts: part.trim() !== "" }))
      : (text) => Array.from(text, (part) => ({ text: part, counts: true }))
  }
  const segments = new Segmenter(locale, { granularity: by })
  return (text) =>
    Array.from(segments.segment(text), ({ isWordLike, segment }) => ({
      text: segment,
      // An emoji is not like a word, but it is seen as one.
      counts: by === "grapheme" || isWordLike === true || !/^[\s\p{P}]*$/u.test(segment)
    }))
}

/**
 * Divides text that arrives in pieces. The last segment is kept back until the next one begins, because the next piece may continue it.
 */
interface Divider {
  readonly push: (piece: string) => ReadonlyArray<Segment>
  /** The text that was kept back. */
  readonly rest: () => ReadonlyArray<Segment>
}

const divider = (divide: (text: string) => ReadonlyArray<Segment>): Divider => {
  let kept = ""
  /** The first half of a surrogate pair: alone it would look like a character of its own. */
  let half = ""
  return {
    push: (piece) => {
      const text = kept + half + piece
      half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? ""
      kept = half === "" ? text : text.slice(0, -1)
      const all = divide(kept)
      const last = all.at(-1)
      if (last === undefined) return []
      const isComplete = /\s$/.test(last.text) || last.text.length > longest
      kept = isComplete ? "" : last.text
      return isComplete ? all : all.slice(0, -1)
    },
    rest: () => {
      const all = divide(kept + half)
      kept = half = ""
      return all
    }
  }
}

/** An element of a stream, divided. */
export interface Parts<A> {
  /** The text of the element; empty for an element without text. */
  readonly text: string
  /** An element with this piece of the text. The piece may begin with text of the element before. */
  readonly piece: (text: string) => A
  /** The rest of the element without its text. It follows the text. */
  readonly rest: A | undefined
}

/** An entry that waits for its release: a piece of text, or an element in between. */
interface Waiting<A> {
  readonly element: A
  /** Whether it is text, which is released at a pace. */
  readonly isText: boolean
  /** Whether a delay belongs to it. */
  readonly counts: boolean
}

/** The entries between the source and the screen. Mutable: the fiber that reads the source adds entries, the consumer takes them. */
class Buffer<A, E> {
  /** How the source has ended. */
  ended: Exit.Exit<void, E> | undefined
  /** The number of waiting pieces that have a delay. */
  backlog = 0
  private waiting: Array<Waiting<A>> = []
  private at = 0
  private wake: (() => void) | undefined
  /** The last element whose text was kept back. */
  private last: Parts<A> | undefined

  constructor(
    private readonly parts: Divider,
    private readonly split: (element: A) => Parts<A>
  ) {}

  add(element: A): void {
    const divided = this.split(element)
    if (divided.text !== "") {
      this.last = divided
      this.addText(divided, this.parts.push(divided.text))
    }
    if (divided.rest === undefined) return
    // An element without text comes after all text before it.
    this.release()
    this.waiting.push({ element: divided.rest, isText: false, counts: false })
  }

  /** Adds the text that was kept back. */
  release(): void {
    if (this.last !== undefined) this.addText(this.last, this.parts.rest())
  }

  private addText({ piece }: Parts<A>, segments: ReadonlyArray<Segment>): void {
    for (const { counts, text } of segments) {
      this.waiting.push({ element: piece(text), isText: true, counts })
      if (counts) this.backlog++
    }
  }

  end(exit: Exit.Exit<void, E>): void {
    this.release()
    this.ended = exit
  }

  notify(): void {
    this.wake?.()
  }

  peek(): Waiting<A> | undefined {
    return this.waiting[this.at]
  }

  take(): Waiting<A> | undefined {
    const next = this.waiting[this.at]
    if (next === undefined) return undefined
    if (next.counts) this.backlog--
    // The array is compacted only now and then, so that taking an entry needs constant time.
    if (++this.at >= 1024 || this.at === this.waiting.length) {
      this.waiting = this.waiting.slice(this.at)
      this.at = 0
    }
    return next
  }

  /** Waits until there is something to take, or the source has ended. */
  readonly change: Effect.Effect<void> = Effect.async((resume) => {
    if (this.peek() !== undefined || this.ended !== undefined) return resume(Effect.void)
    this.wake = () => {
      this.wake = undefined
      resume(Effect.void)
    }
    return Effect.sync(() => {
      this.wake = undefined
    })
  })
}

/** Reads the source into the buffer. */
const reading = <A, E>(pull: streams.Pull<A, E>, buffer: Buffer<A, E>): Effect.Effect<void> => {
  const loop: Effect.Effect<void, E> = Effect.flatMap(pull, (chunk) => {
    if (chunk === undefined) return Effect.void
    for (const element of chunk) buffer.add(element)
    buffer.notify()
    return loop
  })
  return Effect.map(Effect.exit(loop), (exit) => {
    buffer.end(exit)
    buffer.notify()
  })
}

/** Releases what is in the buffer at a pace. */
const releasing = <A, E>(buffer: Buffer<A, E>, lag: number, maxDelay: number): Effect.Effect<streams.Pull<A, E>> =>
  Effect.map(Effect.clock, (clock) => {
    let nextAt = 0
    /** The time by which everything has to be released. It is set when the source has ended. */
    let deadline: number | undefined

    /** Takes the entries that are due now, and sets the time of the next release. Spaces and elements without text do not wait for it. */
    const due = (now: number): ReadonlyArray<A> => {
      if (buffer.ended !== undefined) deadline ??= now + lag
      let count = 0
      if (now >= nextAt) {
        // In a steady state the waiting text is as much as arrives during the lag.
        const left = Math.max(1, buffer.backlog)
        const interval = Math.min(maxDelay, (deadline === undefined ? lag : Math.max(0, deadline - now)) / left)
        count = interval >= tick ? 1 : interval <= 0 ? Number.POSITIVE_INFINITY : Math.ceil(tick / interval)
        // Whole milliseconds, as clocks give them.
        nextAt = now + Math.max(Math.round(interval), tick)
      }
      const released: Array<A> = []
      for (let next = buffer.peek(); next !== undefined; next = buffer.peek()) {
        if (next.counts && count-- <= 0) break
        released.push(next.element)
        buffer.take()
      }
      return released
    }

    const pull: streams.Pull<A, E> = Effect.suspend(() => {
      const next = buffer.peek()
      if (next === undefined) {
        if (buffer.ended !== undefined) {
          return Exit.isSuccess(buffer.ended) ? Effect.succeed(undefined) : Effect.zipRight(buffer.ended, pull)
        }
        return Effect.flatMap(Effect.timeoutOption(buffer.change, lag), (changed) => {
          // Text that was kept back is not kept longer than the lag.
          if (changed._tag === "None") buffer.release()
          return buffer.peek() === undefined && changed._tag === "None" ? Effect.zipRight(buffer.change, pull) : pull
        })
      }
      const wait = next.isText && next.counts ? nextAt - clock.unsafeCurrentTimeMillis() : 0
      const released = Effect.sync(() => Chunk.unsafeFromArray(due(clock.unsafeCurrentTimeMillis())))
      return wait > 0 ? Effect.zipRight(Effect.sleep(wait), released) : released
    })
    return pull
  })

/** The options of a stream of any elements. */
export interface MakeOptions<A> extends Options {
  /** Divides an element into its text and the rest. */
  readonly split: (element: A) => Parts<A>
}

const positive = (input: Duration.DurationInput | undefined, usual: number): number =>
  Math.max(1, Math.min(input === undefined ? usual : Duration.toMillis(Duration.decode(input)), 60_000))

/**
 * Smooths the text in a stream of any elements. `text` and `chat` are made of it.
 *
 * **Details**: `split` gives the text of an element. Each released piece of it becomes an element by `piece`; then `rest` follows, the
 * element without its text.
 * @category combinators
 */
export const make = <A, E, R>(stream: Stream.Stream<A, E, R>, options: MakeOptions<A>): Stream.Stream<A, E, R> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const context = yield* Effect.context<R | Scope.Scope>()
      const pull = yield* streams.toPull(stream)
      const buffer = new Buffer<A, E>(divider(segmenter(options.by ?? "word", options.locale)), options.split)
      // A server may open the stream in an uninterruptible region. This fiber must be interruptible, so that closing the scope stops it.
      yield* Effect.forkScoped(Effect.interruptible(reading(Effect.provide(pull, context), buffer)))
      return streams.fromPull(yield* releasing(buffer, positive(options.lag, 300), positive(options.maxDelay, 50)))
    })
  )

const isStream = (args: { readonly [index: number]: unknown }): boolean =>
  Predicate.hasProperty(args[0], Stream.StreamTypeId)

/**
 * Smooths a stream of text, such as that of `ChatStream.text`.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { SmoothText } from "effect-friendli"
 *
 * Stream.make("Seoul is the cap", "ital of Korea. 서울은 ", "한국의 수도.").pipe(
 *   SmoothText.text({ lag: "100 millis" }),
 *   Stream.runForEach((piece) => Effect.sync(() => process.stdout.write(piece))),
 *   Effect.runPromise
 * )
 * // => Seoul is the capital of Korea. 서울은 한국의 수도.
 * ```
 * @category combinators
 */
export const text: {
  (options?: Options): <E, R>(stream: Stream.Stream<string, E, R>) => Stream.Stream<string, E, R>
  <E, R>(stream: Stream.Stream<string, E, R>, options?: Options): Stream.Stream<string, E, R>
} = /*#__PURE__*/ dual(
  isStream,
  <E, R>(stream: Stream.Stream<string, E, R>, options?: Options): Stream.Stream<string, E, R> =>
    make(stream, { ...options, split: (piece) => ({ text: piece, piece: (part) => part, rest: undefined }) })
)

type Choice = ChatChunk["choices"][number]

/** Whether a choice has only text, so that no rest remains without it. */
const isTextOnly = ({ delta, finish_reason, logprobs, ...choice }: Choice): boolean =>
  finish_reason == null &&
  logprobs == null &&
  Object.keys(choice).every((name) => name === "index") &&
  Object.entries(delta).every(([name, value]) => name === "content" || name === "role" || value == null || value === "")

const splitChunk = (chunk: ChatChunk): Parts<ChatChunk> => {
  const [choice, ...others] = chunk.choices
  const content = choice?.delta.content
  if (choice === undefined || others.length > 0 || !content) {
    return { text: "", piece: () => chunk, rest: chunk }
  }
  const { choices: _choices, usage, ...fields } = chunk
  const { index } = choice
  const isWhole = usage == null && isTextOnly(choice)
  return {
    text: content,
    piece: (text) => ({
      ...fields,
      choices: [{ index, delta: { ...(isWhole ? choice.delta : {}), content: text }, finish_reason: null }]
    }),
    rest: isWhole ? undefined : { ...chunk, choices: [{ ...choice, delta: { ...choice.delta, content: "" } }] }
  }
}

/**
 * Smooths the text of a chat stream. Chunks with anything else (reasoning, tool calls, the finish reason, the usage) keep their place after
 * the text before them, so that `ChatStream.fold` gives the same answer.
 *
 * **When to use**: before `UiStream.fromChat` and `SseResponse.make`, for a front end that shows text as soon as it receives it.
 *
 * **Details**: an answer with several choices (`n`) is passed on unchanged.
 * @category combinators
 */
export const chat: {
  (options?: Options): <E, R>(stream: Stream.Stream<ChatChunk, E, R>) => Stream.Stream<ChatChunk, E, R>
  <E, R>(stream: Stream.Stream<ChatChunk, E, R>, options?: Options): Stream.Stream<ChatChunk, E, R>
} = /*#__PURE__*/ dual(
  isStream,
  <E, R>(stream: Stream.Stream<ChatChunk, E, R>, options?: Options): Stream.Stream<ChatChunk, E, R> =>
    make(stream, { ...options, split: splitChunk })
)
