/**
 * An Effect-native SDK for Friendli's inference API. Each export is a module; `effect-friendli/Chat` imports one alone.
 *
 * @since 0.1.0
 */
export * as Chat from "./Chat.js"
export * as ChatStream from "./ChatStream.js"
export * as CompletionStream from "./CompletionStream.js"
export * as Completions from "./Completions.js"
export * as Container from "./Container.js"
export * as Dedicated from "./Dedicated.js"
export * as Deployment from "./Deployment.js"
export * as Friendli from "./Friendli.js"
export * as FriendliClient from "./FriendliClient.js"
export * as FriendliError from "./FriendliError.js"
export * as Inference from "./Inference.js"
export * as Operation from "./Operation.js"
export * as RequestOptions from "./RequestOptions.js"
export * as Retry from "./Retry.js"
export * as Serverless from "./Serverless.js"
export * as Tokens from "./Tokens.js"
export * as Upload from "./Upload.js"
