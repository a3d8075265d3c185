/**
 * The known ids of serverless models, and any other string: editors complete the known ids. Models change more often than this SDK; the
 * catalogue (`Models.list`) is authoritative.
 *
 * Only a type, so that the list is not in the bundle of a program.
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
