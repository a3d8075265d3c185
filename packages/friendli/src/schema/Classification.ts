/** Sorts texts into classes. */
import * as Schema from "effect/Schema"
import { Int, nullish, openLiteral, Text, WholeNumber } from "./primitives.js"

/**
 * A request for the classes of texts. Wire: `DedicatedTextClassificationBody`, `ContainerTextClassificationBody`.
 *
 * **When to use**: with `Classification.classify`.
 *
 * **Details**: at least one of `input` and `tokens` is needed; the server rejects a request without either.
 *
 * **Gotchas**: the API does not document which is used if both are given. Give only one.
 */
export const ClassificationRequest = Schema.Struct({
  /**
   * Dedicated: an endpoint id, or `ENDPOINT_ID:ADAPTER_ROUTE`. Container: an adapter route, or nothing. Absent or
   * `null`: the deployment's default.
   */
  model: nullish(Text),
  /** A text, or several texts; each gets its own class. */
  input: nullish(Schema.Union(Text, Schema.Array(Text))),
  /** One text as token ids of the model, in order. */
  tokens: nullish(Schema.Array(Int))
}).annotations({ identifier: "ClassificationRequest" })

export interface ClassificationRequest extends Schema.Schema.Type<typeof ClassificationRequest> {
  readonly input?: string | ReadonlyArray<string> | null | undefined
}

/** The result for one text. Wire: `BaseClassificationData`. */
export const Classified = Schema.Struct({
  /** The index of the input, from 0. */
  index: WholeNumber,
  /** The model's name of the most likely class. Missing if the model has no names for its classes. */
  label: nullish(Text),
  /** The number of classes, if the server reports it; `probs` has as many entries. */
  num_classes: nullish(Schema.Number),
  /** The probability of each class, 0 to 1, in the order of the model's configuration. */
  probs: Schema.Array(Schema.Number)
}).annotations({ identifier: "Classified" })

export interface Classified extends Schema.Schema.Type<typeof Classified> {
  readonly probs: ReadonlyArray<number>
}

/** The usage of a classification. Wire: `TextClassificationUsage`. */
export const ClassificationUsage = Schema.Struct({
  /** Input tokens of all texts. */
  prompt_tokens: nullish(Schema.Number),
  /** The same number, because nothing is generated. */
  total_tokens: nullish(Schema.Number)
}).annotations({ identifier: "ClassificationUsage" })

export interface ClassificationUsage extends Schema.Schema.Type<typeof ClassificationUsage> {
  readonly prompt_tokens?: number | null | undefined
}

/**
 * The classes of texts. Wire: `ContainerTextClassificationSuccess` (the same on both deployments).
 *
 * **Details**: unknown fields are kept, and enums accept unknown values. `Classification.classify` adds a missing
 * `index` before it decodes; this schema does not.
 */
export const ClassificationList = Schema.Struct({
  /** `list`. */
  object: nullish(openLiteral("list")),
  /** The result for each input. `index` is the index of the input. */
  data: Schema.Array(Classified),
  /** Token counts, if the server reports them. */
  usage: nullish(ClassificationUsage)
}).annotations({ identifier: "ClassificationList" })

export interface ClassificationList extends Schema.Schema.Type<typeof ClassificationList> {
  readonly data: ReadonlyArray<Classified>
  readonly usage?: ClassificationUsage | null | undefined
}
