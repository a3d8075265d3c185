/**
 * The ids of serverless models that are known, and any other text: editors complete the known ones. Models come and go faster
 * than versions of this SDK; the catalogue (`Models.list`) is what counts.
 *
 * A type alone, so that no program carries the list.
 */
export type ModelId =
  | "zai-org/GLM-5.3"
  | "zai-org/GLM-5.3-Flash"
  | "zai-org/GLM-5.2"
  | "zai-org/GLM-5.1"
  | "deepseek-ai/DeepSeek-V3.2"
  | "MiniMaxAI/MiniMax-M2.5"
  | "google/gemma-4-31B-it"
  | "openai/whisper-large-v3"
  | (string & {})
