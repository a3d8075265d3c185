/** Entries of the catalogue of serverless models. */
import * as Schema from "effect/Schema"
import { JsonObject, nullish, openLiteral, Text } from "./primitives.js"

/**
 * The prices of a model: decimal numbers in USD **per token**, as strings, so that no digit is lost. Wire: `PricingModel`.
 *
 * **When to use**: with `Pricing.ofUsage`, which computes with them exactly. For a price per million tokens, multiply in `BigDecimal`, not in
 * floating point.
 *
 * **Details**: each price can be missing. `prompt` and `completion` are other names of `input` and `output`.
 */
export const ModelPricing = Schema.Struct({
  /** USD for an input token. */
  input: nullish(Text),
  /** USD for an output token, reasoning included. */
  output: nullish(Text),
  /** The same as `input`. */
  prompt: nullish(Text),
  /** The same as `output`. */
  completion: nullish(Text),
  /** USD for an input token that the prompt cache already had. Absent or `null`: it costs as much as any other. */
  input_cache_read: nullish(Text),
  /** USD for a minute of audio, for models that transcribe. */
  audio_minute: nullish(Text)
}).annotations({ identifier: "ModelPricing" })

export interface ModelPricing extends Schema.Schema.Type<typeof ModelPricing> {
  readonly input?: string | null | undefined
}

/** The abilities of a model in addition to text. Wire: `Functionality`. */
export const ModelFunctionality = Schema.Struct({
  /** Whether the model can call tools. */
  tool_call: nullish(Schema.Boolean),
  /** Whether it can use the tools that Friendli runs. */
  builtin_tool: nullish(Schema.Boolean),
  /** Whether one answer can call several tools. */
  parallel_tool_call: nullish(Schema.Boolean),
  /** Whether `response_format` works. Absent: true. */
  structured_output: nullish(Schema.Boolean)
}).annotations({ identifier: "ModelFunctionality" })

export interface ModelFunctionality extends Schema.Schema.Type<typeof ModelFunctionality> {
  readonly tool_call?: boolean | null | undefined
}

/**
 * One way to control the reasoning of a model. Servers send it, although the API does not document it.
 *
 * **When to use**: `Reasoning` reads these. Skip a `type` that you do not know.
 */
export const ReasoningOption = Schema.Struct({
  /** `toggle`: on or off. `effort`: one of `values`. `budget_tokens`: a number of tokens from `min` to `max`. */
  type: openLiteral("toggle", "effort", "budget_tokens"),
  /** The levels of `effort`, from the lowest to the highest. */
  values: nullish(Schema.Array(Text)),
  /** The smallest budget; -1 means no limit. */
  min: nullish(Schema.Number),
  /** The largest budget. */
  max: nullish(Schema.Number)
}).annotations({ identifier: "ReasoningOption" })

export interface ReasoningOption extends Schema.Schema.Type<typeof ReasoningOption> {
  readonly values?: ReadonlyArray<string> | null | undefined
}

/**
 * A model of the catalogue. Wire: `ModelCatalogResponseItem`.
 *
 * **Details**: only `id` is always present, and unknown fields are kept: one entry without a field must not make the catalogue
 * unreadable. An account may not be allowed to use a listed model.
 */
export const Model = Schema.Struct({
  /** The `model` of requests. */
  id: Text,
  /** Its repository on Hugging Face; empty if it has none. Absent: none. */
  hugging_face_id: nullish(Text),
  /** Its name; today the same as `id`. */
  name: nullish(Text),
  /** When it was added, as Unix time in seconds. */
  created: nullish(Schema.Number),
  /** The most tokens of prompt and answer together. */
  context_length: nullish(Schema.Number),
  /** The most output tokens that the model can give. A capacity, not a value to send as `max_tokens`. */
  max_completion_tokens: nullish(Schema.Number),
  /** Its prices. */
  pricing: nullish(ModelPricing),
  /** What it can do. */
  functionality: nullish(ModelFunctionality),
  /** A sentence about it. */
  description: nullish(Text),
  /** When it is retired, as `YYYY-MM-DDTHH:00:00Z`. A model with such a date is no longer active; see `Models.isActive`. */
  deprecation_date: nullish(Text),
  /** The address of its repository. */
  hugging_face_url: nullish(Text),
  /** The address of its licence. */
  license: nullish(Text),
  /** Your discount, as a fraction of the price: 0.25 is a quarter off. */
  discount_to_user: nullish(Schema.Number),
  /** Whether it reasons before it answers. */
  reasoning: nullish(Schema.Boolean),
  /** How its reasoning is controlled. Empty or absent, with `reasoning`: it always reasons. */
  reasoning_options: nullish(Schema.Array(ReasoningOption)),
  /** What it reads: `text`, `image`, `video`, `audio`. */
  input_modalities: nullish(Schema.Array(Text)),
  /** What it writes: `text`. */
  output_modalities: nullish(Schema.Array(Text)),
  /** The field of an answer's message with its reasoning: `reasoning_content`. */
  interleaved: nullish(Text),
  /** The sampling parameters that its makers recommend, such as `temperature`. */
  default_params: nullish(JsonObject)
}).annotations({ identifier: "Model" })

export interface Model extends Schema.Schema.Type<typeof Model> {
  readonly id: string
  readonly pricing?: ModelPricing | null | undefined
  readonly functionality?: ModelFunctionality | null | undefined
  readonly reasoning_options?: ReadonlyArray<ReasoningOption> | null | undefined
}

/** The catalogue of serverless models. Wire: `ServerlessModelListSuccess`. */
export const ModelList = Schema.Struct({
  /** All models, including deprecated ones. */
  data: Schema.Array(Model)
}).annotations({ identifier: "ModelList" })

export interface ModelList extends Schema.Schema.Type<typeof ModelList> {
  readonly data: ReadonlyArray<Model>
}

/** A price of the catalogue for OpenRouter, in USD as decimal text. Wire: `OpenRouterPricingTier`. */
export const OpenRouterPrice = Schema.Struct({
  /** The price of an input token. */
  prompt: Text,
  /** The price of an output token. */
  completion: Text,
  /** The price of an image of the input. Absent: 0. */
  image: nullish(Text),
  /** The price of a request. Absent: 0. */
  request: nullish(Text),
  /** The price of an input token that the prompt cache already had. */
  input_cache_read: nullish(Text),
  /** The length of the context in tokens from which this price applies. `null` or absent: from the first token. */
  min_context: nullish(Schema.Number)
}).annotations({ identifier: "OpenRouterPrice" })

export interface OpenRouterPrice extends Schema.Schema.Type<typeof OpenRouterPrice> {
  readonly prompt: string
}

/** A model in the form that OpenRouter reads. Wire: `OpenRouterModelCatalogResponseItem`. */
export const OpenRouterModel = Schema.Struct({
  /** The `model` of requests. */
  id: Text,
  /** Its repository on Hugging Face; empty if it has none. Absent: none. */
  hugging_face_id: nullish(Text),
  /** A name for people. */
  name: nullish(Text),
  /** When it was added, as Unix time in seconds. */
  created: nullish(Schema.Number),
  /** What it reads. */
  input_modalities: nullish(Schema.Array(Text)),
  /** What it writes. */
  output_modalities: nullish(Schema.Array(Text)),
  /** The format of its weights, such as `fp8`. */
  quantization: nullish(Text),
  /** The most tokens of prompt and answer together. */
  context_length: nullish(Schema.Number),
  /** The most output tokens. */
  max_output_length: nullish(Schema.Number),
  /** One price, or one for each length of the context. */
  pricing: nullish(Schema.Union(OpenRouterPrice, Schema.Array(OpenRouterPrice))),
  /** The sampling parameters that it accepts. */
  supported_sampling_parameters: nullish(Schema.Array(Text)),
  /** Its abilities, such as `tools`. */
  supported_features: nullish(Schema.Array(Text)),
  /** A sentence about it. */
  description: nullish(Text),
  /** When it is retired, as `YYYY-MM-DDTHH:00:00Z`. */
  deprecation_date: nullish(Text),
  /** Whether it can be used now. */
  is_ready: nullish(Schema.Boolean),
  /** Whether it costs nothing. */
  is_free: nullish(Schema.Boolean),
  /** Your discount, as a fraction of the price. */
  discount_to_user: nullish(Schema.Number),
  /** Its capacity in input tokens per minute. */
  capacity_tpm: nullish(Schema.Number),
  /** Its entry at OpenRouter. */
  openrouter: nullish(
    Schema.Struct({
      /** Its name there. */
      slug: nullish(Text)
    })
  ),
  /** Where it runs. */
  datacenters: nullish(
    Schema.Array(
      Schema.Struct({
        /** The country, such as `KR`. */
        country_code: nullish(Text)
      })
    )
  )
}).annotations({ identifier: "OpenRouterModel" })

export interface OpenRouterModel extends Schema.Schema.Type<typeof OpenRouterModel> {
  readonly id: string
  readonly pricing?: OpenRouterPrice | ReadonlyArray<OpenRouterPrice> | null | undefined
}

/** The catalogue in the form that OpenRouter reads. Wire: `OpenRouterModelListSuccess`. */
export const OpenRouterModelList = Schema.Struct({
  /** All models. */
  data: Schema.Array(OpenRouterModel)
}).annotations({ identifier: "OpenRouterModelList" })

export interface OpenRouterModelList extends Schema.Schema.Type<typeof OpenRouterModelList> {
  readonly data: ReadonlyArray<OpenRouterModel>
}
