/** Sorts texts into classes. */
import * as Schema from "effect/Schema"
import { Int, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

/**
 * Asks for the classes of texts. Wire: `DedicatedTextClassificationBody`, `ContainerTextClassificationBody`.
 *
 * **When to use**: with `Classification.classify`.
 *
 * **Details**: at least one of `input` and `tokens` is needed; the server refuses a request without either.
 *
 * **Gotchas**: the API does not say which counts where both are given. Give one.
 * @category schemas
 */
export const ClassificationRequest = Schema.Struct({
  /**
   * Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an adapter route, or nothing. Absent or `null`
   * takes the deployment's default.
   */
  model: nullish(Text),
  /** A text, or several: each has a class of its own. */
  input: nullish(Schema.Union(Text, Schema.Array(Text))),
  /** One text as token ids of the model, in order. */
  tokens: nullish(Schema.Array(Int))
}).annotations({ identifier: "ClassificationRequest" })

/** @category models */
export interface ClassificationRequest extends Schema.Schema.Type<typeof ClassificationRequest> {
  readonly input?: string | ReadonlyArray<string> | null | undefined
}

/**
 * What the model says about one text. Wire: `BaseClassificationData`.
 * @category schemas
 */
export const Classified = Schema.Struct({
  /** Which of the inputs it belongs to, counted from 0. */
  index: WholeNumber,
  /** The name of the likeliest class, as the model calls it. Missing where the model has no names for its classes. */
  label: nullish(Text),
  /** How many classes the model knows, where the server tells; `probs` has as many entries. */
  num_classes: nullish(Schema.Number),
  /** The probability of each class, in the order of the model's configuration. */
  probs: Schema.Array(Schema.Number)
}).annotations({ identifier: "Classified" })

/** @category models */
export interface Classified extends Schema.Schema.Type<typeof Classified> {
  readonly probs: ReadonlyArray<number>
}

/**
 * How many tokens a classification read. Wire: `TextClassificationUsage`.
 * @category schemas
 */
export const ClassificationUsage = Schema.Struct({
  /** Tokens read, over all texts. */
  prompt_tokens: nullish(Schema.Number),
  /** The same: nothing is generated. */
  total_tokens: nullish(Schema.Number)
}).annotations({ identifier: "ClassificationUsage" })

/** @category models */
export interface ClassificationUsage extends Schema.Schema.Type<typeof ClassificationUsage> {
  readonly prompt_tokens?: number | null | undefined
}

/**
 * The classes of texts. Wire: `ContainerTextClassificationSuccess` (the same on both deployments).
 *
 * **Details**: fields that this version does not know are kept; enums are open. `Classification.classify` fills a missing `index`
 * before it decodes; this schema does not.
 * @category schemas
 */
export const ClassificationList = Schema.Struct({
  /** `list`. */
  object: nullish(openLiteral("list")),
  /** What the model says, for each input. `index` says which it belongs to. */
  data: Schema.Array(Classified),
  /** Token counts, where the server tells. */
  usage: nullish(ClassificationUsage)
}).annotations({ identifier: "ClassificationList" })

/** @category models */
export interface ClassificationList extends Schema.Schema.Type<typeof ClassificationList> {
  readonly data: ReadonlyArray<Classified>
  readonly usage?: ClassificationUsage | null | undefined
}
