/**
 * Tokens: how a model reads a text, shown while the user types it.
 *
 * The API returns ids. The text of each id is requested once, and cached. One character can have several tokens (most emoji do). These tokens
 * are shown together.
 */
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Tokens from "effect-friendli/Tokens"

/** A piece of the text: one token, or the tokens of one character. */
export interface Piece {
  readonly ids: ReadonlyArray<number>
  /** Empty for a token without text, such as the first token of each text. */
  readonly text: string
}

export interface Tokenized {
  readonly text: string
  readonly pieces: ReadonlyArray<Piece>
  readonly count: number
  /** The text of all ids, detokenized. */
  readonly detokenized: string
}

export const nothing: Tokenized = { text: "", pieces: [], count: 0, detokenized: "" }

/** True if the text contains an incomplete character. */
const isCut = (text: string): boolean => text.includes("\ufffd")

/** Combines the tokens of a character: ids are added until the character is complete. */
const piecesOf = <E, R>(
  ids: ReadonlyArray<number>,
  textOf: (ids: ReadonlyArray<number>) => Effect.Effect<string, E, R>
) =>
  Effect.gen(function* () {
    // first all ids one by one: afterwards it is known which ids are complete characters
    const texts = yield* Effect.forEach(ids, (id) => textOf([id]), { concurrency: 8 })
    const pieces: Array<Piece> = []
    for (let at = 0; at < ids.length; at++) {
      let [text, end] = [texts[at]!, at + 1]
      while (isCut(text) && end < ids.length && isCut(texts[end]!)) text = yield* textOf(ids.slice(at, ++end))
      pieces.push({ ids: ids.slice(at, end), text })
      at = end - 1
    }
    return pieces
  })

/** Tokenizes the text when it has not changed for a moment. */
export const follow = (
  text: SubscriptionRef.SubscriptionRef<string>,
  shown: SubscriptionRef.SubscriptionRef<Tokenized>,
  model: string | undefined
) =>
  Effect.gen(function* () {
    const known = yield* Cache.make({
      capacity: 5000,
      timeToLive: "1 hour",
      lookup: (ids: string) =>
        Effect.map(Tokens.detokenize({ model, tokens: ids.split(" ").map(Number) }), (answer) => answer.text)
    })
    const textOf = (ids: ReadonlyArray<number>) => known.get(ids.join(" "))

    const tokenize = (prompt: string) =>
      Effect.gen(function* () {
        if (prompt === "") return yield* SubscriptionRef.set(shown, nothing)
        const { tokens } = yield* Tokens.tokenize({ model, prompt })
        const pieces = yield* piecesOf(tokens, textOf)
        const detokenized = yield* textOf(tokens)
        yield* SubscriptionRef.set(shown, { text: prompt, pieces, count: tokens.length, detokenized })
      })

    yield* text.changes.pipe(
      Stream.debounce("150 millis"),
      Stream.flatMap((prompt) => Stream.fromEffect(tokenize(prompt)), { switch: true }),
      Stream.runDrain
    )
  })
