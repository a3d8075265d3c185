/**
 * Facts about well-known models: those that Friendli's API served in autumn 2026, and the Llama models of the older references. They are the default
 * of the catalogue, and the prices of models with these names.
 */

/**
 * What tokens cost, in USD per million.
 *
 * @category models
 */
export interface ModelPrice {
  readonly input: number
  readonly output: number
  /** Of input tokens that are in the cache. Default: `input`. */
  readonly cachedInput?: number | undefined
}

/** How a request can control the reasoning of a model, in the words of the catalogue. */
export type ReasoningControl =
  | { readonly type: "toggle" }
  | { readonly type: "effort"; readonly values: ReadonlyArray<string> }
  | { readonly type: "budget_tokens"; readonly min: number; readonly max: number }

/** A model as the catalogue describes it. */
export interface KnownModel {
  readonly id: string
  readonly contextLength: number
  readonly description: string
  /** Unix seconds. */
  readonly created: number
  readonly license: string
  readonly price: ModelPrice
  /** The kinds of input. The output is text. */
  readonly reads: ReadonlyArray<"text" | "image" | "video" | "audio">
  readonly controls: ReadonlyArray<ReasoningControl>
  /** USD per minute of audio, for a model that transcribes. */
  readonly audioMinute?: number
}

const mit = "https://opensource.org/license/mit"
const apache = "https://www.apache.org/licenses/LICENSE-2.0"
const toggle = { type: "toggle" } as const
const effort = (...values: ReadonlyArray<string>): ReasoningControl => ({ type: "effort", values })
const budget = (max: number): ReasoningControl => ({ type: "budget_tokens", min: -1, max })

/** The models, in the order of the catalogue. Some prices and context lengths are from the vendor's clients; the others are similar. */
export const knownModels: ReadonlyArray<KnownModel> = [
  {
    id: "meta-llama-3.1-8b-instruct",
    contextLength: 131_072,
    description: "A small chat model for dialogue and tool use",
    created: 1_721_692_800,
    license: "https://llama.meta.com/llama3_1/license/",
    price: { input: 0.1, output: 0.1 },
    reads: ["text"],
    controls: []
  },
  {
    id: "meta-llama-3.3-70b-instruct",
    contextLength: 131_072,
    description: "A chat model for dialogue and tool use",
    created: 1_733_443_200,
    license: "https://llama.meta.com/llama3_3/license/",
    price: { input: 0.6, output: 0.6 },
    reads: ["text"],
    controls: []
  },
  {
    id: "zai-org/GLM-5.3",
    contextLength: 1_048_576,
    description: "A large model for reasoning, coding and agents",
    created: 1_785_542_400,
    license: mit,
    price: { input: 1.4, output: 4.4, cachedInput: 0.26 },
    reads: ["text"],
    controls: [effort("low", "high", "max")]
  },
  {
    id: "zai-org/GLM-5.3-Flash",
    contextLength: 1_048_576,
    description: "A fast model for reasoning over text, images and video",
    created: 1_786_752_000,
    license: mit,
    price: { input: 0.15, output: 0.5, cachedInput: 0.03 },
    reads: ["text", "image", "video"],
    controls: [effort("low", "high", "max"), budget(1_048_576)]
  },
  {
    id: "zai-org/GLM-5.2",
    contextLength: 1_048_576,
    description: "A large model for reasoning and coding",
    created: 1_781_481_600,
    license: mit,
    price: { input: 1.4, output: 4.4, cachedInput: 0.26 },
    reads: ["text"],
    controls: [toggle, effort("high", "max"), budget(1_048_576)]
  },
  {
    id: "zai-org/GLM-5.1",
    contextLength: 202_752,
    description: "A model for reasoning and coding",
    created: 1_775_001_600,
    license: mit,
    price: { input: 1, output: 3.2 },
    reads: ["text"],
    controls: [toggle]
  },
  {
    id: "deepseek-ai/DeepSeek-V3.2",
    contextLength: 163_840,
    description: "A large mixture of experts for reasoning and tool use",
    created: 1_764_547_200,
    license: mit,
    price: { input: 0.5, output: 1.5 },
    reads: ["text"],
    controls: [toggle]
  },
  {
    id: "MiniMaxAI/MiniMax-M2.5",
    contextLength: 196_608,
    description: "A model for agents that always reasons",
    created: 1_770_854_400,
    license: mit,
    price: { input: 0.3, output: 1.2 },
    reads: ["text"],
    controls: [budget(196_608)]
  },
  {
    id: "google/gemma-4-31B-it",
    contextLength: 262_144,
    description: "A model for text and images",
    created: 1_775_088_000,
    license: "https://ai.google.dev/gemma/docs/gemma_4_license",
    price: { input: 0.14, output: 0.4 },
    reads: ["text", "image"],
    controls: [toggle]
  },
  {
    id: "openai/whisper-large-v3",
    contextLength: 448,
    description: "A model that writes down speech",
    created: 1_699_315_200,
    license: apache,
    price: { input: 0, output: 0 },
    reads: ["audio"],
    controls: [],
    audioMinute: 0.0015
  }
]

const byId = new Map(knownModels.map((model) => [model.id, model]))

/** The facts about a model of this name, if it is well known. */
export const knownModel = (id: string): KnownModel | undefined => byId.get(id)

/** The price of models that are not well known and have no price of their own. */
export const usualPrice: ModelPrice = { input: 0.2, output: 0.8 }
