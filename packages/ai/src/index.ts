/**
 * Friendli as a provider of `@effect/ai`, and agents over its tools. Each export is a module; `effect-friendli-ai/Agent` imports one alone.
 *
 * `effect-friendli-ai/McpToolkit`, `McpStdio` and `McpHttp` are not among them, because they need `@modelcontextprotocol/sdk`.
 */
export * as Agent from "./Agent.js"
export * as AgentUi from "./AgentUi.js"
export * as FriendliAiError from "./FriendliAiError.js"
export * as FriendliEmbeddingModel from "./FriendliEmbeddingModel.js"
export * as FriendliLanguageModel from "./FriendliLanguageModel.js"
export * as FriendliTokenizer from "./FriendliTokenizer.js"
export * as ScriptedModel from "./ScriptedModel.js"
export * as StopCondition from "./StopCondition.js"
