import type * as Schema from "effect/Schema"
import { describe, expectTypeOf, it } from "vitest"
import type * as Chat from "../src/Chat.js"
import type * as Audio from "../src/schema/Audio.js"
import type * as ChatChunk from "../src/schema/ChatChunk.js"
import type * as ChatCompletion from "../src/schema/ChatCompletion.js"
import type * as ChatRender from "../src/schema/ChatRender.js"
import type * as ChatRequest from "../src/schema/ChatRequest.js"
import type * as Classification from "../src/schema/Classification.js"
import type * as Completion from "../src/schema/Completion.js"
import type * as CompletionChunk from "../src/schema/CompletionChunk.js"
import type * as CompletionRequest from "../src/schema/CompletionRequest.js"
import type * as Embeddings from "../src/schema/Embeddings.js"
import type * as Endpoint from "../src/schema/Endpoint.js"
import type * as Images from "../src/schema/Images.js"
import type * as Logprobs from "../src/schema/Logprobs.js"
import type * as Message from "../src/schema/Message.js"
import type * as MessagesRequest from "../src/schema/MessagesRequest.js"
import type * as MessagesResponse from "../src/schema/MessagesResponse.js"
import type * as ResponseFormat from "../src/schema/ResponseFormat.js"
import type * as ResponsesEvent from "../src/schema/ResponsesEvent.js"
import type * as ResponsesItem from "../src/schema/ResponsesItem.js"
import type * as ResponsesRequest from "../src/schema/ResponsesRequest.js"
import type * as ResponsesResponse from "../src/schema/ResponsesResponse.js"
import type * as Sampling from "../src/schema/Sampling.js"
import type * as Tokens from "../src/schema/Tokens.js"
import type * as Tool from "../src/schema/Tool.js"
import type * as Usage from "../src/schema/Usage.js"

/** Whether an interface says no less and no more than the schema of the same name. */
type Same<Named, S extends Schema.Schema.Any> = [Named] extends [Schema.Schema.Type<S>]
  ? [Schema.Schema.Type<S>] extends [Named]
    ? "same"
    : "the interface says more than the schema"
  : "the interface says less than the schema"

describe("interfaces that name their members' types", () => {
  it("have the types of their schemas", () => {
    type Found =
      | Same<Audio.ServerVad, typeof Audio.ServerVad>
      | Same<Audio.TranscriptionRequest, typeof Audio.TranscriptionRequest>
      | Same<Audio.TranscriptionTokenDetails, typeof Audio.TranscriptionTokenDetails>
      | Same<Audio.TranscriptionUsage, typeof Audio.TranscriptionUsage>
      | Same<Audio.Transcription, typeof Audio.Transcription>
      | Same<Audio.TranscriptEvent, typeof Audio.TranscriptEvent>
      | Same<ChatChunk.ChatDelta, typeof ChatChunk.ChatDelta>
      | Same<ChatChunk.ChatChunkChoice, typeof ChatChunk.ChatChunkChoice>
      | Same<ChatChunk.ChatChunk, typeof ChatChunk.ChatChunk>
      | Same<ChatCompletion.ChatMessage, typeof ChatCompletion.ChatMessage>
      | Same<ChatCompletion.ChatChoice, typeof ChatCompletion.ChatChoice>
      | Same<ChatCompletion.ChatCompletion, typeof ChatCompletion.ChatCompletion>
      | Same<ChatRender.ChatRenderRequest, typeof ChatRender.ChatRenderRequest>
      | Same<ChatRender.ChatRendered, typeof ChatRender.ChatRendered>
      | Same<ChatRequest.ChatRequest, typeof ChatRequest.ChatRequest>
      | Same<Classification.ClassificationRequest, typeof Classification.ClassificationRequest>
      | Same<Classification.Classified, typeof Classification.Classified>
      | Same<Classification.ClassificationUsage, typeof Classification.ClassificationUsage>
      | Same<Classification.ClassificationList, typeof Classification.ClassificationList>
      | Same<Completion.CompletionChoice, typeof Completion.CompletionChoice>
      | Same<Completion.Completion, typeof Completion.Completion>
      | Same<CompletionChunk.CompletionChunkChoice, typeof CompletionChunk.CompletionChunkChoice>
      | Same<CompletionChunk.CompletionChunk, typeof CompletionChunk.CompletionChunk>
      | Same<CompletionRequest.TokenSequence, typeof CompletionRequest.TokenSequence>
      | Same<CompletionRequest.PromptCompletionRequest, typeof CompletionRequest.PromptCompletionRequest>
      | Same<CompletionRequest.TokensCompletionRequest, typeof CompletionRequest.TokensCompletionRequest>
      | Same<Embeddings.EmbeddingsRequest, typeof Embeddings.EmbeddingsRequest>
      | Same<Embeddings.Embedding, typeof Embeddings.Embedding>
      | Same<Embeddings.EmbeddingList, typeof Embeddings.EmbeddingList>
      | Same<Endpoint.EndpointRequest, typeof Endpoint.EndpointRequest>
      | Same<Endpoint.EndpointListRequest, typeof Endpoint.EndpointListRequest>
      | Same<Endpoint.EndpointVersionsRequest, typeof Endpoint.EndpointVersionsRequest>
      | Same<Endpoint.AutoscalingPolicy, typeof Endpoint.AutoscalingPolicy>
      | Same<Endpoint.EndpointScale, typeof Endpoint.EndpointScale>
      | Same<Endpoint.EndpointAdvanced, typeof Endpoint.EndpointAdvanced>
      | Same<Endpoint.EndpointCreateRequest, typeof Endpoint.EndpointCreateRequest>
      | Same<Endpoint.EndpointChanges, typeof Endpoint.EndpointChanges>
      | Same<Endpoint.EndpointUpdateRequest, typeof Endpoint.EndpointUpdateRequest>
      | Same<Endpoint.Accelerator, typeof Endpoint.Accelerator>
      | Same<Endpoint.WandbArtifactRequest, typeof Endpoint.WandbArtifactRequest>
      | Same<Endpoint.EndpointSpec, typeof Endpoint.EndpointSpec>
      | Same<Endpoint.EndpointList, typeof Endpoint.EndpointList>
      | Same<Endpoint.EndpointVersionList, typeof Endpoint.EndpointVersionList>
      | Same<Endpoint.WandbArtifactEndpoint, typeof Endpoint.WandbArtifactEndpoint>
      | Same<Images.ImageInput, typeof Images.ImageInput>
      | Same<Images.GenerateImageRequest, typeof Images.GenerateImageRequest>
      | Same<Images.ContainerGenerateImageRequest, typeof Images.ContainerGenerateImageRequest>
      | Same<Images.EditImageRequest, typeof Images.EditImageRequest>
      | Same<Images.ContainerEditImageRequest, typeof Images.ContainerEditImageRequest>
      | Same<Images.UrlImage, typeof Images.UrlImage>
      | Same<Images.Base64Image, typeof Images.Base64Image>
      | Same<Images.DedicatedImages, typeof Images.DedicatedImages>
      | Same<Images.ContainerImage, typeof Images.ContainerImage>
      | Same<Logprobs.TopLogprob, typeof Logprobs.TopLogprob>
      | Same<Logprobs.TokenLogprob, typeof Logprobs.TokenLogprob>
      | Same<Logprobs.ChatLogprobs, typeof Logprobs.ChatLogprobs>
      | Same<Logprobs.CompletionLogprobs, typeof Logprobs.CompletionLogprobs>
      | Same<Message.TextPart, typeof Message.TextPart>
      | Same<Message.ImagePart, typeof Message.ImagePart>
      | Same<Message.AudioPart, typeof Message.AudioPart>
      | Same<Message.VideoPart, typeof Message.VideoPart>
      | Same<Message.SystemMessage, typeof Message.SystemMessage>
      | Same<Message.DeveloperMessage, typeof Message.DeveloperMessage>
      | Same<Message.UserMessage, typeof Message.UserMessage>
      | Same<Message.AssistantToolCall, typeof Message.AssistantToolCall>
      | Same<Message.AssistantMessage, typeof Message.AssistantMessage>
      | Same<Message.ToolMessage, typeof Message.ToolMessage>
      | Same<MessagesRequest.MessagesTextBlock, typeof MessagesRequest.MessagesTextBlock>
      | Same<MessagesRequest.MessagesBase64ImageSource, typeof MessagesRequest.MessagesBase64ImageSource>
      | Same<MessagesRequest.MessagesUrlImageSource, typeof MessagesRequest.MessagesUrlImageSource>
      | Same<MessagesRequest.MessagesImageBlock, typeof MessagesRequest.MessagesImageBlock>
      | Same<MessagesRequest.MessagesThinkingBlock, typeof MessagesRequest.MessagesThinkingBlock>
      | Same<MessagesRequest.MessagesToolUseBlock, typeof MessagesRequest.MessagesToolUseBlock>
      | Same<MessagesRequest.MessagesToolResultBlock, typeof MessagesRequest.MessagesToolResultBlock>
      | Same<MessagesRequest.MessagesInputMessage, typeof MessagesRequest.MessagesInputMessage>
      | Same<MessagesRequest.MessagesSystemTextBlock, typeof MessagesRequest.MessagesSystemTextBlock>
      | Same<MessagesRequest.MessagesToolDefinition, typeof MessagesRequest.MessagesToolDefinition>
      | Same<MessagesRequest.MessagesToolChoice, typeof MessagesRequest.MessagesToolChoice>
      | Same<MessagesRequest.MessagesThinkingConfig, typeof MessagesRequest.MessagesThinkingConfig>
      | Same<MessagesRequest.MessagesOutputFormat, typeof MessagesRequest.MessagesOutputFormat>
      | Same<MessagesRequest.MessagesOutputConfig, typeof MessagesRequest.MessagesOutputConfig>
      | Same<MessagesRequest.MessagesRequest, typeof MessagesRequest.MessagesRequest>
      | Same<MessagesResponse.MessagesResponseTextBlock, typeof MessagesResponse.MessagesResponseTextBlock>
      | Same<MessagesResponse.MessagesResponseThinkingBlock, typeof MessagesResponse.MessagesResponseThinkingBlock>
      | Same<MessagesResponse.MessagesResponseToolUseBlock, typeof MessagesResponse.MessagesResponseToolUseBlock>
      | Same<MessagesResponse.MessagesUsage, typeof MessagesResponse.MessagesUsage>
      | Same<MessagesResponse.MessagesResponse, typeof MessagesResponse.MessagesResponse>
      | Same<ResponseFormat.TextFormat, typeof ResponseFormat.TextFormat>
      | Same<ResponseFormat.JsonObjectFormat, typeof ResponseFormat.JsonObjectFormat>
      | Same<ResponseFormat.JsonSchemaFormat, typeof ResponseFormat.JsonSchemaFormat>
      | Same<ResponseFormat.RegexFormat, typeof ResponseFormat.RegexFormat>
      | Same<ResponsesEvent.ResponsesSnapshot, typeof ResponsesEvent.ResponsesSnapshot>
      | Same<ResponsesEvent.ResponsesCreated, typeof ResponsesEvent.ResponsesCreated>
      | Same<ResponsesEvent.ResponsesInProgress, typeof ResponsesEvent.ResponsesInProgress>
      | Same<ResponsesEvent.ResponsesCompleted, typeof ResponsesEvent.ResponsesCompleted>
      | Same<ResponsesEvent.ResponsesIncomplete, typeof ResponsesEvent.ResponsesIncomplete>
      | Same<ResponsesEvent.ResponsesFailed, typeof ResponsesEvent.ResponsesFailed>
      | Same<ResponsesEvent.ResponsesItemAdded, typeof ResponsesEvent.ResponsesItemAdded>
      | Same<ResponsesEvent.ResponsesItemDone, typeof ResponsesEvent.ResponsesItemDone>
      | Same<ResponsesEvent.ResponsesPartAdded, typeof ResponsesEvent.ResponsesPartAdded>
      | Same<ResponsesEvent.ResponsesPartDone, typeof ResponsesEvent.ResponsesPartDone>
      | Same<ResponsesEvent.ResponsesTextDelta, typeof ResponsesEvent.ResponsesTextDelta>
      | Same<ResponsesEvent.ResponsesTextDone, typeof ResponsesEvent.ResponsesTextDone>
      | Same<ResponsesEvent.ResponsesReasoningDelta, typeof ResponsesEvent.ResponsesReasoningDelta>
      | Same<ResponsesEvent.ResponsesReasoningDone, typeof ResponsesEvent.ResponsesReasoningDone>
      | Same<ResponsesEvent.ResponsesArgumentsDelta, typeof ResponsesEvent.ResponsesArgumentsDelta>
      | Same<ResponsesEvent.ResponsesArgumentsDone, typeof ResponsesEvent.ResponsesArgumentsDone>
      | Same<ResponsesEvent.ResponsesKnownEvent, typeof ResponsesEvent.ResponsesKnownEvent>
      | Same<ResponsesItem.ResponsesInputText, typeof ResponsesItem.ResponsesInputText>
      | Same<ResponsesItem.ResponsesInputImage, typeof ResponsesItem.ResponsesInputImage>
      | Same<ResponsesItem.ResponsesOutputText, typeof ResponsesItem.ResponsesOutputText>
      | Same<ResponsesItem.ResponsesRefusal, typeof ResponsesItem.ResponsesRefusal>
      | Same<ResponsesItem.ResponsesTypedMessage, typeof ResponsesItem.ResponsesTypedMessage>
      | Same<ResponsesItem.ResponsesUntypedMessage, typeof ResponsesItem.ResponsesUntypedMessage>
      | Same<ResponsesItem.ResponsesFunctionCallInput, typeof ResponsesItem.ResponsesFunctionCallInput>
      | Same<ResponsesItem.ResponsesFunctionCallOutput, typeof ResponsesItem.ResponsesFunctionCallOutput>
      | Same<ResponsesItem.ResponsesCustomToolCallInput, typeof ResponsesItem.ResponsesCustomToolCallInput>
      | Same<ResponsesItem.ResponsesCustomToolCallOutput, typeof ResponsesItem.ResponsesCustomToolCallOutput>
      | Same<ResponsesItem.ResponsesSummaryText, typeof ResponsesItem.ResponsesSummaryText>
      | Same<ResponsesItem.ResponsesReasoningText, typeof ResponsesItem.ResponsesReasoningText>
      | Same<ResponsesItem.ResponsesReasoningInput, typeof ResponsesItem.ResponsesReasoningInput>
      | Same<ResponsesRequest.ResponsesFunctionTool, typeof ResponsesRequest.ResponsesFunctionTool>
      | Same<ResponsesRequest.ResponsesCustomTool, typeof ResponsesRequest.ResponsesCustomTool>
      | Same<ResponsesRequest.ResponsesFormatText, typeof ResponsesRequest.ResponsesFormatText>
      | Same<ResponsesRequest.ResponsesFormatJsonSchema, typeof ResponsesRequest.ResponsesFormatJsonSchema>
      | Same<ResponsesRequest.ResponsesFormatJsonObject, typeof ResponsesRequest.ResponsesFormatJsonObject>
      | Same<ResponsesRequest.ResponsesTextConfig, typeof ResponsesRequest.ResponsesTextConfig>
      | Same<ResponsesRequest.ResponsesReasoningConfig, typeof ResponsesRequest.ResponsesReasoningConfig>
      | Same<ResponsesRequest.ResponsesRequest, typeof ResponsesRequest.ResponsesRequest>
      | Same<ResponsesResponse.ResponsesOutputMessage, typeof ResponsesResponse.ResponsesOutputMessage>
      | Same<ResponsesResponse.ResponsesReasoning, typeof ResponsesResponse.ResponsesReasoning>
      | Same<ResponsesResponse.ResponsesFunctionCall, typeof ResponsesResponse.ResponsesFunctionCall>
      | Same<ResponsesResponse.ResponsesCustomToolCall, typeof ResponsesResponse.ResponsesCustomToolCall>
      | Same<ResponsesResponse.ResponsesError, typeof ResponsesResponse.ResponsesError>
      | Same<ResponsesResponse.ResponsesIncompleteDetails, typeof ResponsesResponse.ResponsesIncompleteDetails>
      | Same<ResponsesResponse.ResponsesUsage, typeof ResponsesResponse.ResponsesUsage>
      | Same<ResponsesResponse.ResponsesResponse, typeof ResponsesResponse.ResponsesResponse>
      | Same<Sampling.StreamOptions, typeof Sampling.StreamOptions>
      | Same<Tokens.TokenizeRequest, typeof Tokens.TokenizeRequest>
      | Same<Tokens.Tokenized, typeof Tokens.Tokenized>
      | Same<Tokens.DetokenizeRequest, typeof Tokens.DetokenizeRequest>
      | Same<Tokens.Detokenized, typeof Tokens.Detokenized>
      | Same<Tool.FunctionDefinition, typeof Tool.FunctionDefinition>
      | Same<Tool.Tool, typeof Tool.Tool>
      | Same<Tool.NamedToolChoice, typeof Tool.NamedToolChoice>
      | Same<Tool.ToolCall, typeof Tool.ToolCall>
      | Same<Tool.ToolCallDelta, typeof Tool.ToolCallDelta>
      | Same<Usage.PromptTokensDetails, typeof Usage.PromptTokensDetails>
      | Same<Usage.Usage, typeof Usage.Usage>
    expectTypeOf<Found>().toEqualTypeOf<"same">()
    expectTypeOf<Same<{ readonly text?: string }, typeof ChatRender.ChatRendered>>().not.toEqualTypeOf<"same">()
  })

  it("are exported by Chat", () => {
    expectTypeOf<Chat.ChatRequest["messages"]>().toEqualTypeOf<ReadonlyArray<Chat.Message>>()
    expectTypeOf<Chat.Message>().toEqualTypeOf<
      Chat.SystemMessage | Chat.DeveloperMessage | Chat.UserMessage | Chat.AssistantMessage | Chat.ToolMessage
    >()
    expectTypeOf<NonNullable<Chat.ChatRequest["tools"]>>().toEqualTypeOf<ReadonlyArray<Chat.Tool>>()
    expectTypeOf<NonNullable<ChatCompletion.ChatMessage["tool_calls"]>>().toEqualTypeOf<ReadonlyArray<Chat.ToolCall>>()
    expectTypeOf<ReturnType<typeof Chat.toAssistantMessage>>().toEqualTypeOf<Chat.AssistantMessage>()
  })
})
