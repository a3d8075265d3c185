/**
 * The lists of serverless models. In: the models of the emulator. Out: the catalogue with prices and capabilities, and the same models in the format
 * of OpenRouter. A model with a well-known name has the facts of that model; others have usual facts.
 */
import type { JsonRecord } from "../base/json.js"
import { knownModel, type KnownModel, type ReasoningControl } from "../base/knownModels.js"
import type { ListedModel, Reasoning } from "../base/types.js"
import { answered, type CallAnswer } from "./call.js"

/** USD per million as USD per one, in the digits of a decimal number: 0.15 is "0.00000015". */
export const perToken = (perMillion: number): string => {
  const text = (perMillion / 1_000_000).toFixed(15).replace(/0+$/, "")
  return text.replace(/\.$/, "")
}

/** The facts of a model that is not well known. 1 January 2026. */
const usual = {
  created: 1_767_225_600,
  description: "A model of the emulator",
  license: "https://example.org/license",
  reads: ["text"]
} as const satisfies Partial<KnownModel>

/** How the reasoning of a model can be controlled, from when it reasons. */
const controlsOf = (reasoning: Reasoning, contextLength: number): ReadonlyArray<ReasoningControl> => {
  if (reasoning === "none") return []
  return [
    ...(reasoning === "always" ? [] : [{ type: "toggle" } as const]),
    { type: "effort", values: ["minimal", "low", "medium", "high", "xhigh", "max"] },
    { type: "budget_tokens", min: -1, max: contextLength }
  ]
}

/** The controls of a model. A well-known model has its own controls, unless an option changes when it reasons. */
const controls = ({ contextLength, id, reasoning }: ListedModel): ReadonlyArray<ReasoningControl> => {
  const own = knownModel(id)?.controls ?? []
  const hasToggle = own.some(({ type }) => type === "toggle")
  const isAsKnown = own.length > 0 && (hasToggle ? reasoning === "byDefault" : reasoning === "always")
  return isAsKnown ? own : controlsOf(reasoning, contextLength)
}

/** An entry of the catalogue. */
const entryOf = (model: ListedModel): JsonRecord => {
  const { contextLength, id, price, reasoning } = model
  const known = knownModel(id)
  const isChat = known?.audioMinute === undefined
  const input = perToken(price.input)
  const output = perToken(price.output)
  return {
    id,
    hugging_face_id: id,
    // On live servers the name of every model is its id.
    name: id,
    created: known?.created ?? usual.created,
    context_length: contextLength,
    max_completion_tokens: contextLength,
    pricing: {
      input,
      output,
      prompt: input,
      completion: output,
      ...(price.cachedInput === undefined ? {} : { input_cache_read: perToken(price.cachedInput) }),
      audio_minute: known?.audioMinute === undefined ? null : String(known.audioMinute)
    },
    functionality: {
      tool_call: isChat,
      builtin_tool: false,
      parallel_tool_call: isChat,
      structured_output: isChat
    },
    description: known?.description ?? usual.description,
    deprecation_date: null,
    hugging_face_url: `https://huggingface.co/${id}`,
    license: known?.license ?? usual.license,
    discount_to_user: null,
    // Fields that live servers send, but that are not in the description of the API.
    reasoning: reasoning !== "none",
    reasoning_options: controls(model),
    input_modalities: known?.reads ?? usual.reads,
    output_modalities: ["text"],
    ...(reasoning === "none" ? {} : { interleaved: "reasoning_content" }),
    default_params: { temperature: 1 }
  }
}

/** The sampling parameters of chats, in the words of OpenRouter. */
const samplingParameters = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "stop",
  "seed",
  "max_tokens",
  "logit_bias",
  "logprobs"
]

/** An entry for OpenRouter. */
const openRouterEntryOf = ({ contextLength, id, price, reasoning }: ListedModel): JsonRecord => {
  const known = knownModel(id)
  return {
    id,
    hugging_face_id: id,
    name: id.slice(id.lastIndexOf("/") + 1),
    created: known?.created ?? usual.created,
    input_modalities: known?.reads ?? usual.reads,
    output_modalities: ["text"],
    quantization: null,
    context_length: contextLength,
    max_output_length: contextLength,
    pricing: {
      prompt: perToken(price.input),
      completion: perToken(price.output),
      image: "0",
      request: "0",
      input_cache_read: price.cachedInput === undefined ? null : perToken(price.cachedInput)
    },
    supported_sampling_parameters: samplingParameters,
    supported_features: ["tools", "json_mode", "structured_outputs", ...(reasoning === "none" ? [] : ["reasoning"])],
    description: known?.description ?? usual.description,
    deprecation_date: null,
    is_ready: true,
    is_free: price.input === 0 && price.output === 0,
    discount_to_user: null,
    openrouter: { slug: id.toLowerCase() },
    datacenters: null
  }
}

/** The operations of the catalogue. */
export const makeCatalogue = (
  models: ReadonlyArray<ListedModel>
): Readonly<Record<"serverless.models.list" | "serverless.models.list_openrouter", CallAnswer>> => ({
  "serverless.models.list": () => answered({ data: models.map(entryOf) }),
  // OpenRouter routes chats: a model that transcribes is not in its list.
  "serverless.models.list_openrouter": () =>
    answered({ data: models.filter(({ id }) => knownModel(id)?.audioMinute === undefined).map(openRouterEntryOf) })
})
