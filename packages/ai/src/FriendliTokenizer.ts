/**
 * Friendli as the tokenizer of `@effect/ai`: over the capability `Tokens` of `effect-friendli`, which every deployment has.
 */
import * as Tokenizer from "@effect/ai/Tokenizer"
import type * as Prompt from "@effect/ai/Prompt"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tokens from "effect-friendli/Tokens"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { fromFriendliError } from "./provider/errors.js"

/** The options of a tokenizer. */
export interface Options {
  /** The model whose tokenizer is used. Default: that of the deployment. */
  readonly model?: string | undefined
  /** Options of the call: timeouts, retries, team, headers. */
  readonly requestOptions?: RequestOptions | undefined
}

const jsonOf = (value: unknown): string => {
  try {
    return typeof value === "string" ? value : (JSON.stringify(value) ?? "")
  } catch {
    return ""
  }
}

const partTexts = (part: Prompt.Part): ReadonlyArray<string> => {
  switch (part.type) {
    case "text":
    case "reasoning":
      return [part.text]
    case "tool-call":
      return [part.name, jsonOf(part.params)]
    case "tool-result":
      return [jsonOf(part.result)]
    case "file":
      return []
  }
}

/** The text of a prompt, one line for each part. */
const textOf = (prompt: Prompt.Prompt): string =>
  prompt.content
    .flatMap((message) =>
      typeof message.content === "string"
        ? [message.content]
        : (message.content as ReadonlyArray<Prompt.Part>).flatMap(partTexts)
    )
    .join("\n")

/**
 * Makes the tokenizer.
 *
 * **Details**: the texts, calls and results of a prompt are tokenized together, in one request. Files are not counted. The server adds the
 * begin-of-text token. The tokens that the model's chat template adds around messages are not counted: `ChatRender` gives the whole prompt.
 * `truncate` sends one request for each message.
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Tokenizer.Service, never, Tokens.Tokens> =>
  Effect.map(Tokens.Tokens, (tokens) =>
    Tokenizer.make({
      tokenize: (prompt) =>
        tokens
          .tokenize(
            { prompt: textOf(prompt), ...(options.model === undefined ? {} : { model: options.model }) },
            options.requestOptions
          )
          .pipe(
            Effect.map(({ tokens: ids }) => Array.from(ids)),
            Effect.mapError((error) => fromFriendliError(error, "tokenize", "FriendliTokenizer"))
          )
    })
  )

/**
 * The tokenizer as a layer.
 *
 * @example
 * ```ts
 * import { Tokenizer } from "@effect/ai"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Layer } from "effect"
 * import { Serverless } from "effect-friendli"
 * import { FriendliTokenizer } from "effect-friendli-ai"
 *
 * const Friendli = FriendliTokenizer.layer({ model: "meta-llama-3.1-8b-instruct" }).pipe(
 *   Layer.provide(Serverless.layerConfig()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * Tokenizer.Tokenizer.pipe(
 *   Effect.flatMap((tokenizer) => tokenizer.tokenize("What is generative AI?")),
 *   Effect.map((tokens) => tokens.join(" ")),
 *   Effect.provide(Friendli),
 *   Effect.runPromise
 * ).then(console.log)
 * // => 128000 3923 374 1803 1413 15592 30
 * ```
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Tokenizer.Tokenizer, never, Tokens.Tokens> =>
  Layer.effect(Tokenizer.Tokenizer, make(options))
