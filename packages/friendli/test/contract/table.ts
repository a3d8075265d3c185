/**
 * Which of our schemas stands for which of the contract's, and every difference between the two with its reason.
 */
import type * as Schema from "effect/Schema"
import { Transcription, TranscriptEvent, TranscriptionRequest } from "../../src/schema/Audio.js"
import { ChatRendered, ChatRenderRequest } from "../../src/schema/ChatRender.js"
import { ClassificationList, ClassificationRequest } from "../../src/schema/Classification.js"
import { CostPage, CostRequest } from "../../src/schema/Cost.js"
import {
  AddedSamples,
  AddSamplesRequest,
  CreateDatasetRequest,
  CreateSplitRequest,
  CreateVersionRequest,
  DatasetInfo,
  DatasetPage,
  DatasetRequest,
  DeletedSamples,
  DeleteSamplesRequest,
  ListDatasetsRequest,
  ListSamplesRequest,
  ListSplitsRequest,
  SamplePage,
  SplitInfo,
  SplitPage,
  SplitRequest,
  UpdateSamplesRequest,
  VersionInfo,
  VersionList,
  VersionRequest
} from "../../src/schema/Dataset.js"
import { EmbeddingList, EmbeddingsRequest } from "../../src/schema/Embeddings.js"
import {
  EndpointChanges,
  EndpointCreateRequest,
  EndpointList,
  EndpointListRequest,
  EndpointRequest,
  EndpointSpec,
  EndpointUpdateRequest,
  EndpointVersionList,
  EndpointVersionsRequest,
  WandbArtifactEndpoint,
  WandbArtifactRequest
} from "../../src/schema/Endpoint.js"
import { EndpointStatus } from "../../src/schema/EndpointStatus.js"
import {
  Base64Image,
  ContainerEditImageRequest,
  ContainerGenerateImageRequest,
  ContainerImage,
  DedicatedImages,
  EditImageRequest,
  GenerateImageRequest,
  UrlImage
} from "../../src/schema/Images.js"
import { FileInfo, FileLocation, FileRequest, InitUploadRequest, UploadTicket } from "../../src/schema/File.js"
import { ModelList, OpenRouterModelList } from "../../src/schema/Model.js"
import { MessagesEvent } from "../../src/schema/MessagesEvent.js"
import { MessagesRequest } from "../../src/schema/MessagesRequest.js"
import { MessagesResponse } from "../../src/schema/MessagesResponse.js"
import { ChatChunk } from "../../src/schema/ChatChunk.js"
import { ChatCompletion } from "../../src/schema/ChatCompletion.js"
import { ChatRequest } from "../../src/schema/ChatRequest.js"
import { Completion } from "../../src/schema/Completion.js"
import { CompletionChunk } from "../../src/schema/CompletionChunk.js"
import { PromptCompletionRequest, TokensCompletionRequest } from "../../src/schema/CompletionRequest.js"
import { ResponsesEvent } from "../../src/schema/ResponsesEvent.js"
import { ResponsesRequest } from "../../src/schema/ResponsesRequest.js"
import { ResponsesResponse } from "../../src/schema/ResponsesResponse.js"
import { HTTPValidationError, MessagesErrorResponse } from "../../src/schema/ErrorBody.js"
import { KnowledgeParts, KnowledgeRequest } from "../../src/schema/Knowledge.js"
import { UsagePage, UsageRequest } from "../../src/schema/TeamUsage.js"
import { Detokenized, DetokenizeRequest, Tokenized, TokenizeRequest } from "../../src/schema/Tokens.js"
import { ToolAssistedChatRequest, ToolStatus } from "../../src/schema/ToolAssistedChat.js"
import type { Side } from "./compare.js"

const softened = (path: string) => [`${path}: optional false, ours true`, `${path}: nullable false, ours true`]

/** A number of any kind: a fraction of a second, or of a token, is no reason to reject an answer. */
const number = (path: string): string => `${path}: types ["integer"], ours ["number"]`
/** A number that nobody needs. */
const numberMayLack = (path: string) => [...softened(path), number(path)]
const counts = (...names: ReadonlyArray<string>) => names.flatMap((name) => numberMayLack(`.usage.${name}`))
/** A count below 0 is an error of the server, and no reason to reject an answer. */
const anyCount = (path: string) =>
  ["input_tokens", "output_tokens", "cache_read_input_tokens"].map((name) => `${path}.${name}: minimum 0, ours none`)
/** The text, the calls and the vectors are what is paid for, not what they cost. */
const usageCounts = [
  ...counts("prompt_tokens", "completion_tokens", "total_tokens"),
  number(".usage.prompt_tokens_details.cached_tokens")
]
const usageMayLack = [...softened(".usage"), ...usageCounts]
const headMayLack = [...softened(".id"), ...numberMayLack(".created")]
/** The whole answer is there: why it ended is no condition. An answer without any choice is none. */
const choicesMayLack = [...softened(".choices[].finish_reason"), ".choices: minItems none, ours 1"]
const entry = ".choices[].logprobs.content[]"
const chatLogprobsMayLack = [
  ".token",
  ".logprob",
  ".top_logprobs",
  ".top_logprobs[].token",
  ".top_logprobs[].logprob"
].flatMap((field) => softened(entry + field))
const lists = ".choices[].logprobs"
/** Lists begin with `null` where the prompt is echoed. */
const completionLogprobsMayLack = [
  ...[".text_offset", ".token_logprobs", ".tokens", ".top_logprobs"].flatMap((field) => softened(lists + field)),
  ...[".token_logprobs[]", ".top_logprobs[]"].map((item) => `${lists}${item}: nullable false, ours true`)
]

/** A deployment may have a default model, so the client checks it after filling it in. */
export const modelIsTheDeployments = softened(".model")
/** The function that is called decides. */
const streamIsTheFunctions = [".stream: only the contract's"]
/** The vendor adds values to its enums; the server rejects what it does not know. */
const newValuesPass = (path: string) => [`${path}: open false, ours true`]
const effort = newValuesPass(".reasoning_effort")
const effortOfMessages = newValuesPass(".output_config.effort")
const roles = (names: ReadonlyArray<string>) => JSON.stringify(names.map((name) => `object ${name}`))
/** Live servers take the role; the contract does not document it. */
const developerToo = [
  `.messages[]: types ${roles(["assistant", "system", "tool", "user"])}, ours ${roles(["assistant", "developer", "system", "tool", "user"])}`
]
/** The bound stands in the documentation only, and `tool_choice`, which names one of them, has none. */
const nameOfAnyLength = [".tools[].function.name: maxLength 64, ours none"]
/** Fields of OpenAI's API that the vendor's own client sends. */
const namedFormat = ["name", "description"].map(
  (field) => `.response_format(json_schema).json_schema.${field}: only ours`
)
const strategy = newValuesPass(".chunking_strategy")
/** The server rejects an empty list; saying so before sending is cheaper. */
const someMessage = [".messages: minItems none, ours 1"]
/** Declared absent in the other branch, so that giving both is rejected by the compiler too. */
const notTokens = [".tokens: only ours"]
const notPrompt = [".prompt: only ours"]
/** A constant that says nothing is no reason to reject a paid answer. */
const objectMayLack = softened(".object")
/** The contract has a plain string; editors complete the values that occur. */
const valuesAreKnown = (path: string, ...values: ReadonlyArray<string>) => [
  `${path}: values none, ours ${JSON.stringify(values)}`,
  `${path}: open false, ours true`
]
const roleIsKnown = (path: string) => valuesAreKnown(path, "assistant")
/** The request asks for thoughts and the documentation names the field, but the contract's message lacks it. */
const thoughts = (path: string) => [`${path}.reasoning_content: only ours`, `${path}.reasoning: only ours`]
/** A stream that is paid for survives what servers leave out. */
const chunkMayLack = [...[".id", ".object", ".created"].flatMap(softened), number(".created")]
const call = ".choices[].delta.tool_calls[]"
const callMayLack = [".type", ".index", ".function", ".function.arguments"].flatMap((key) => softened(call + key))
/** Some servers tell it, the contract does not. */
const createdIsKept = [".created: only ours"]
/** Without it a body is no validation error; every object would be one. */
const detailMakesIt = [".detail: optional true, ours false"]

/** A file is a part of a form, and no text here. */
const fileIsAPart = ['.file: types ["string"], ours ["map"]']
/** Blocks of types that are not known are kept, as open objects; so the tags of those that are known are closed. */
const otherBlocksAreKept = (tags: ReadonlyArray<string>) => [
  `.content[]: types ${JSON.stringify(tags.map((tag) => `object ${tag}`))}, ours ${JSON.stringify(["map", ...tags.map((tag) => `object ${tag}`)])}`,
  ...tags.map((tag) => `.content[](${tag}).type: open true, ours false`)
]
/** The picture is what is paid for. */
const imageMayLack = (path: string) => [...numberMayLack(`${path}.seed`), ...softened(`${path}.response_format`)]
/** Servers sign no thought that they did not make themselves. */
const signatureMayLack = softened(".content[](thinking).signature")

/** An entry of a catalogue that lacks a field is no reason to lose the catalogue. */
const fieldsMayLack = (path: string, ...names: ReadonlyArray<string>) => names.flatMap((name) => softened(path + name))
const nullToo = (path: string, ...names: ReadonlyArray<string>) =>
  names.map((name) => `${path}${name}: nullable false, ours true`)
const modelMayLack = [
  ...fieldsMayLack(".data[].", "name", "pricing", "functionality", "description", "hugging_face_url", "license"),
  ...fieldsMayLack(".data[].pricing.", "input", "output", "prompt", "completion"),
  ...fieldsMayLack(".data[].functionality.", "tool_call", "builtin_tool", "parallel_tool_call"),
  ...["created", "context_length", "max_completion_tokens"].flatMap((name) => numberMayLack(`.data[].${name}`)),
  ...nullToo(".data[].", "hugging_face_id", "functionality.structured_output"),
  ...["hugging_face_url", "license"].map((name) => `.data[].${name}: minLength 1, ours none`)
]
/** Live servers send them; the contract does not declare them. */
const liveFieldsOfModels = [
  "reasoning",
  "reasoning_options",
  "input_modalities",
  "output_modalities",
  "interleaved",
  "default_params"
].map((name) => `.data[].${name}: only ours`)
const openRouterModelMayLack = [
  ...fieldsMayLack(
    ".data[].",
    "name",
    "input_modalities",
    "output_modalities",
    "pricing",
    "supported_features",
    "supported_sampling_parameters",
    "openrouter.slug",
    "datacenters[].country_code"
  ),
  ...["created", "context_length"].flatMap((name) => numberMayLack(`.data[].${name}`)),
  ...["capacity_tpm", "max_output_length", "pricing.min_context", "pricing[].min_context"].map((name) =>
    number(`.data[].${name}`)
  ),
  ...nullToo(".data[].", "hugging_face_id", "pricing.image", "pricing.request", "pricing[].image", "pricing[].request")
]

const backpressure = newValuesPass(".advanced.queue_backpressure_metric_kind")
/** A page without entries may leave them out: an empty map is filled in. */
const entriesAreFilled = [".data: optional true, ours false"]
/** An endpoint that lacks a field is no reason to lose a list. */
const specMayLack = (path: string) => [
  ...fieldsMayLack(path, "gpuType", "projectId", "creatorId", "teamId"),
  ...fieldsMayLack(path, "tokenizerSkipSpecialTokens", "tokenizerAddSpecialTokens"),
  ...["numGpu", "autoscalingMin", "autoscalingMax", "autoscalingCooldown", "maxBatchSize"].flatMap((name) =>
    numberMayLack(path + name)
  ),
  ...["maxInputLength", "maxContextLength", "currReplicaCnt", "desiredReplicaCnt", "updatedReplicaCnt"].map((name) =>
    number(path + name)
  )
]

// --- streams of messages, and responses ---

/** What is not known is kept, as an open object; so the types of what is known are closed. */
const othersAreKept = (path: string, tags: ReadonlyArray<string>, ...more: ReadonlyArray<string>) => {
  const known = tags.map((tag) => `object ${tag}`)
  return [
    `${path}: types ${JSON.stringify(known.toSorted())}, ours ${JSON.stringify(["map", ...more, ...known].toSorted())}`
  ]
}
const closed = (path: string, ...tags: ReadonlyArray<string>) =>
  tags.map((tag) => `${path}(${tag}).type: open true, ours false`)
/** A list of objects of one type, in which others are kept. */
const othersInList = (path: string) => [
  `${path}: types ["object"], ours ["map","object"]`,
  `${path}.type: open true, ours false`
]

const blocks = ["text", "thinking", "tool_use"]
/** The start of a block is usually empty, and need not say so. */
const startMayLack = (path: string) => [
  ...othersAreKept(path, blocks),
  ...closed(path, ...blocks),
  ...softened(`${path}(text).text`),
  ...softened(`${path}(thinking).thinking`),
  ...softened(`${path}(tool_use).id`),
  ...softened(`${path}(tool_use).input`)
]
/** An error ends the stream as a failure; a ping is no part of the contract, and keeps connections alive all the same. */
const errorFails = [
  `: types ${roles(["content_block_delta", "content_block_start", "content_block_stop", "error", "message_delta", "message_start", "message_stop"])}, ours ${roles(["content_block_delta", "content_block_start", "content_block_stop", "message_delta", "message_start", "message_stop", "ping"])}`
]
/** The text, the calls and the end must be there; nothing else must. */
const messageEventsMayLack = [
  ...closed("", "message_start", "content_block_start", "content_block_delta", "content_block_stop"),
  ...closed("", "message_delta", "message_stop"),
  ...["message", "message.id", "message.type", "message.role", "message.usage"].flatMap((field) =>
    softened(`(message_start).${field}`)
  ),
  "(message_start).message.content: nullable false, ours true",
  ...startMayLack("(message_start).message.content[]"),
  ...softened("(message_start).message.content[](thinking).signature"),
  ...numberMayLack("(message_start).message.usage.input_tokens"),
  ...numberMayLack("(message_start).message.usage.output_tokens"),
  number("(message_start).message.usage.cache_read_input_tokens"),
  ...anyCount("(message_start).message.usage"),
  ...anyCount("(message_delta).usage"),
  ...["start", "delta", "stop"].flatMap((what) => softened(`(content_block_${what}).index`)),
  ...startMayLack("(content_block_start).content_block"),
  ...othersAreKept("(content_block_delta).delta", [
    "input_json_delta",
    "signature_delta",
    "text_delta",
    "thinking_delta"
  ]),
  ...closed("(content_block_delta).delta", "text_delta", "thinking_delta", "signature_delta", "input_json_delta"),
  ...softened("(message_delta).delta"),
  ...["input_tokens", "output_tokens", "cache_read_input_tokens"].map((count) =>
    number(`(message_delta).usage.${count}`)
  )
]
/** A code of any name. The one that is known is that of bodies. */
const codeIsKnown = [`.error.type: values none, ours ["invalid_request_error"]`, ".error.type: open false, ours true"]

/** A message without a type has a schema of its own, so that errors of the union name the wrong field. */
const inputItemsAreOpen = [
  ...othersAreKept(
    ".input[]",
    ["message", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning"],
    "object"
  ),
  ".input[](message).type: optional true, ours false",
  ".input[](message).type: nullable true, ours false",
  ...othersAreKept(".input[](message).content[]", ["input_image", "input_text", "output_text", "refusal"]),
  ...["function_call", "function_call_output", "reasoning"].flatMap((tag) => newValuesPass(`.input[](${tag}).status`))
]
/** Calls of custom tools are in no answer of the contract, though a request can have their tools and sends them back. */
const itemsMayLack = (path: string) => [
  `${path}: types ${roles(["function_call", "message", "reasoning"])}, ours ${JSON.stringify(["map", "object custom_tool_call", "object function_call", "object message", "object reasoning"])}`,
  ...closed(path, "message", "reasoning", "function_call"),
  ...fieldsMayLack(`${path}(message).`, "id", "role", "status"),
  ...softened(`${path}(reasoning).id`),
  ...othersInList(`${path}(message).content[]`),
  ...othersInList(`${path}(reasoning).summary[]`),
  ...othersInList(`${path}(reasoning).content[]`)
]
/** The items are what is paid for. */
const responseMayLack = (path: string) => [
  ...fieldsMayLack(`${path}.`, "id", "object", "error.code", "error.message", "usage.input_tokens_details"),
  ...["created_at", "usage.input_tokens", "usage.output_tokens", "usage.total_tokens"].flatMap((name) =>
    numberMayLack(`${path}.${name}`)
  ),
  ...numberMayLack(`${path}.usage.input_tokens_details.cached_tokens`),
  ...numberMayLack(`${path}.usage.output_tokens_details.reasoning_tokens`),
  ...itemsMayLack(`${path}.output[]`)
]
const responseEvents = ["created", "in_progress", "completed", "incomplete", "failed"].map((it) => `response.${it}`)
const ofItem = ["item_id", "output_index"]
const ofPart = [...ofItem, "content_index"]
/** The deltas must be there, and what is given as a whole; not where they belong. */
const responseEventsMayLack = [
  ...responseEvents.flatMap((type) => [
    ...fieldsMayLack(`(${type}).`, "response", "response.output"),
    ...responseMayLack(`(${type}).response`)
  ]),
  ...["added", "done"].flatMap((what) => [
    ...softened(`(response.output_item.${what}).output_index`),
    ...itemsMayLack(`(response.output_item.${what}).item`),
    ...fieldsMayLack(`(response.content_part.${what}).`, ...ofPart),
    ...othersAreKept(`(response.content_part.${what}).part`, ["output_text", "reasoning_text"]),
    ...closed(`(response.content_part.${what}).part`, "output_text", "reasoning_text")
  ]),
  ...["delta", "done"].flatMap((what) => [
    ...fieldsMayLack(`(response.output_text.${what}).`, ...ofPart),
    ...fieldsMayLack(`(response.reasoning_text.${what}).`, ...ofPart),
    ...fieldsMayLack(`(response.function_call_arguments.${what}).`, ...ofItem)
  ]),
  ...softened("(response.function_call_arguments.done).name"),
  ...[
    ...responseEvents,
    ...["output_item", "content_part"].flatMap((it) => [`response.${it}.added`, `response.${it}.done`]),
    ...["output_text", "reasoning_text", "function_call_arguments"].flatMap((it) => [
      `response.${it}.delta`,
      `response.${it}.done`
    ])
  ].flatMap((type) => [...closed("", type), ...softened(`(${type}).sequence_number`)])
]

/** A dataset that lacks a time is no reason to lose a list. */
const timesMayLack = (path: string) => ["createdAt", "updatedAt"].flatMap((name) => numberMayLack(path + name))
const datasetMayLack = (path: string) => [
  ...timesMayLack(path),
  ...softened(`${path}modality`),
  ...nullToo(path, "modality.input_modals", "modality.output_modals")
]
const versionMayLack = (path: string) => [...softened(`${path}comment`), ...numberMayLack(`${path}createdAt`)]
/** The body is a JSON array, which has no name. */
const isTheBody = [".samples: only ours"]
/** A time may also be a `Date` or a `DateTime`. */
const timesAreRead = ["start_time", "end_time"].map((name) => `.${name}: types ["string"], ours ["map"]`)
/** The bounds and the default depend on the length of a bucket: `x-by-bucket-width` of the contract. */
const limitOfBuckets = [".limit: minimum none, ours 1", ".limit: maximum none, ours 288", ".limit: no default, ours 7"]
/** Servers of mid 2026 sent numbers; they are read by their digits. */
const amount = (name: string) => `.data[].results[].${name}: types ["string"], ours ["number","string"]`
const usedNumbers = [
  "num_model_requests",
  "input_tokens",
  "input_cached_tokens",
  "output_tokens",
  "processed_audio_length_ms"
].map((name) => number(`.data[].results[].${name}`))

/** The Python SDK sends its own default. Here the server decides about a field that is absent. */
const sdkSends = (path: string, value: unknown) => [`${path}: default ${JSON.stringify(value)}, ours none`]
/** The type has one value, which is sent where it is absent. */
const formatTypeIsSent = [".output_config.format.type: default json_schema, ours none"]
const steps = sdkSends(".num_inference_steps", 20)
const guidance = sdkSends(".guidance_scale", 0)

/** The contract gives the catalogue no header for a team. The account's team has a discount, so a team that is set is sent. */
export const noTeamInContract: ReadonlyArray<string> = ["serverless.models.list", "serverless.models.list_openrouter"]

export interface Row {
  /** A schema of the contract, or an operation, for all that a call of it gives: path, query and body. */
  readonly contract: string
  readonly ours: Schema.Schema.All
  readonly side: Side
  /** Every difference there is. */
  readonly differences: ReadonlyArray<string>
}

const requestRows = (deployment: "Serverless" | "Dedicated" | "Container"): ReadonlyArray<Row> => {
  const model = deployment === "Container" ? [] : modelIsTheDeployments
  const middle = deployment === "Container" ? "" : deployment
  const row = (name: string, ours: Schema.Schema.All, ...differences: ReadonlyArray<ReadonlyArray<string>>): Row => ({
    contract: name,
    ours,
    side: "request",
    differences: [...model, ...differences.flat()]
  })
  return ["", "Stream"].flatMap((stream) => [
    row(
      `${deployment}ChatCompletion${stream}Body`,
      ChatRequest,
      someMessage,
      streamIsTheFunctions,
      effort,
      developerToo,
      nameOfAnyLength,
      namedFormat
    ),
    row(
      `${deployment}AudioTranscription${stream}Body`,
      TranscriptionRequest,
      fileIsAPart,
      streamIsTheFunctions,
      strategy
    ),
    row(
      `Completions${stream}${middle}BodyWithPrompt`,
      PromptCompletionRequest,
      notTokens,
      streamIsTheFunctions,
      namedFormat
    ),
    row(
      `Completions${stream}${middle}BodyWithTokens`,
      TokensCompletionRequest,
      notPrompt,
      streamIsTheFunctions,
      namedFormat
    ),
    row(
      `${deployment}Messages${stream}Body`,
      MessagesRequest,
      streamIsTheFunctions,
      effortOfMessages,
      formatTypeIsSent
    ),
    row(
      `${deployment}Responses${stream}Body`,
      ResponsesRequest,
      streamIsTheFunctions,
      newValuesPass(".tool_choice"),
      newValuesPass(".reasoning.effort"),
      inputItemsAreOpen
    ),
    ...(stream === ""
      ? [
          row(`${deployment}TokenizationBody`, TokenizeRequest),
          row(`${deployment}DetokenizationBody`, DetokenizeRequest)
        ]
      : [])
  ])
}

const requestRow = (
  name: string,
  ours: Schema.Schema.All,
  ...differences: ReadonlyArray<ReadonlyArray<string>>
): Row => ({ contract: name, ours, side: "request", differences: differences.flat() })

const responseRow = (
  name: string,
  ours: Schema.Schema.All,
  ...differences: ReadonlyArray<ReadonlyArray<string>>
): Row => ({ contract: name, ours, side: "response", differences: differences.flat() })

const heardMayLack = [
  ...softened(".usage.type"),
  ...counts(
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "input_audio_length_ms",
    "processed_audio_length_ms",
    "input_token_details.audio_tokens",
    "input_token_details.text_tokens"
  )
]

const message = ".choices[].message"
const delta = ".choices[].delta"

export const table: ReadonlyArray<Row> = [
  ...requestRows("Serverless"),
  ...requestRows("Dedicated"),
  ...requestRows("Container"),
  responseRow(
    "ContainerChatCompleteSuccess",
    ChatCompletion,
    objectMayLack,
    headMayLack,
    choicesMayLack,
    chatLogprobsMayLack,
    usageMayLack,
    softened(`${message}.role`),
    roleIsKnown(`${message}.role`),
    thoughts(message)
  ),
  responseRow(
    "StreamedChatData",
    ChatChunk,
    chunkMayLack,
    callMayLack,
    chatLogprobsMayLack,
    usageCounts,
    roleIsKnown(`${delta}.role`),
    thoughts(delta)
  ),
  responseRow(
    "ContainerCompletionsSuccess",
    Completion,
    objectMayLack,
    createdIsKept,
    softened(".id"),
    choicesMayLack,
    numberMayLack(".choices[].seed"),
    softened(".choices[].tokens"),
    completionLogprobsMayLack,
    usageMayLack
  ),
  responseRow("StreamedCompletionData", CompletionChunk, chunkMayLack, completionLogprobsMayLack, usageCounts),
  ...["Serverless", "Dedicated", "Container"].flatMap((deployment) => [
    responseRow(`${deployment}TokenizationSuccess`, Tokenized),
    responseRow(`${deployment}DetokenizationSuccess`, Detokenized)
  ]),
  requestRow("ServerlessChatRenderBody", ChatRenderRequest, modelIsTheDeployments, developerToo, nameOfAnyLength),
  requestRow("DedicatedChatRenderBody", ChatRenderRequest, modelIsTheDeployments, developerToo, nameOfAnyLength),
  requestRow("DedicatedEmbeddingsBody", EmbeddingsRequest, modelIsTheDeployments),
  requestRow("DedicatedImageGenerationBody", GenerateImageRequest, modelIsTheDeployments, steps),
  requestRow("DedicatedImageEditBody", EditImageRequest, modelIsTheDeployments, steps),
  requestRow("ContainerImageGenerationBody", ContainerGenerateImageRequest, steps, guidance),
  requestRow("ContainerImageEditBody", ContainerEditImageRequest, steps, guidance),
  requestRow("DedicatedTextClassificationBody", ClassificationRequest, modelIsTheDeployments),
  requestRow("ContainerTextClassificationBody", ClassificationRequest),
  ...["Serverless", "Dedicated", "Container"].map((deployment) =>
    responseRow(
      `${deployment}MessagesSuccess`,
      MessagesResponse,
      softened(".type"),
      softened(".role"),
      softened(".id"),
      softened(".usage"),
      counts("input_tokens", "output_tokens"),
      [number(".usage.cache_read_input_tokens")],
      anyCount(".usage"),
      otherBlocksAreKept(["text", "thinking", "tool_use"]),
      signatureMayLack
    )
  ),
  responseRow("MessagesStreamEvent", MessagesEvent, errorFails, messageEventsMayLack),
  responseRow("MessagesStreamErrorEvent", MessagesErrorResponse, codeIsKnown),
  ...["Serverless", "Dedicated", "Container"].map((deployment) =>
    responseRow(`${deployment}ResponsesSuccess`, ResponsesResponse, responseMayLack(""))
  ),
  responseRow("ResponsesStreamEvent", ResponsesEvent, responseEventsMayLack),
  responseRow("ServerlessChatRenderSuccess", ChatRendered),
  responseRow("DedicatedChatRenderSuccess", ChatRendered),
  responseRow("ContainerAudioTranscriptionSuccess", Transcription, softened(".usage"), heardMayLack),
  responseRow("StreamedAudioTranscriptionData", TranscriptEvent, heardMayLack),
  responseRow(
    "DedicatedEmbeddingsSuccess",
    EmbeddingList,
    objectMayLack,
    headMayLack,
    usageMayLack,
    softened(".data[].object")
  ),
  responseRow("DedicatedImageGenerateSuccess", DedicatedImages, imageMayLack(".data[]")),
  responseRow("URLImageItem", UrlImage, imageMayLack("")),
  responseRow("B64ImageItem", Base64Image, imageMayLack("")),
  responseRow("ContainerImageGenerateSuccess", ContainerImage),
  responseRow(
    "ContainerTextClassificationSuccess",
    ClassificationList,
    objectMayLack,
    softened(".data[].label"),
    numberMayLack(".data[].num_classes"),
    softened(".usage"),
    counts("prompt_tokens", "total_tokens")
  ),
  ...["", "Stream"].map((stream) =>
    requestRow(
      `ServerlessToolAssistedChatCompletion${stream}Body`,
      ToolAssistedChatRequest,
      modelIsTheDeployments,
      someMessage,
      streamIsTheFunctions,
      effort,
      developerToo,
      [".tools[](function).function.name: maxLength 64, ours none"]
    )
  ),
  responseRow(
    "ToolStatusData",
    ToolStatus,
    ["tool_call_id", "parameters", "timestamp"].flatMap((name) => softened(`.${name}`)),
    ["parameters[].name", "parameters[].value", "files[].name", "files[].url", "error.type", "error.msg"].flatMap(
      (name) => softened(`.${name}`)
    ),
    valuesAreKnown(".error.type", "INVALID_PARAMETER", "UNKNOWN")
  ),
  requestRow("ServerlessKnowledgeRetrievalBody", KnowledgeRequest),
  responseRow(
    "ServerlessKnowledgeRetrievalSuccess",
    KnowledgeParts,
    ["score", "contentChunkId", "contentId"].flatMap((name) => softened(`.results[].${name}`))
  ),
  responseRow("ServerlessModelListSuccess", ModelList, modelMayLack, liveFieldsOfModels),
  responseRow("OpenRouterModelListSuccess", OpenRouterModelList, openRouterModelMayLack),
  ...["get_spec", "delete", "get_status", "sleep", "wake", "terminate", "restart"].map((operation) =>
    requestRow(`dedicated.endpoint.${operation}`, EndpointRequest)
  ),
  requestRow("dedicated.endpoint.list", EndpointListRequest),
  requestRow("dedicated.endpoint.get_version_history", EndpointVersionsRequest),
  requestRow("dedicated.endpoint.update", EndpointUpdateRequest, backpressure),
  responseRow("DedicatedEndpointStatus", EndpointStatus, softened(".createdAt")),
  requestRow("DedicatedEndpointCreateBody", EndpointCreateRequest, backpressure),
  requestRow("DedicatedEndpointUpdateBody", EndpointChanges, backpressure),
  requestRow("DedicatedEndpointWandbArtifactCreateBody", WandbArtifactRequest),
  responseRow("DedicatedEndpointSpec", EndpointSpec, specMayLack(".")),
  responseRow("DedicatedEndpointListResponse", EndpointList, entriesAreFilled, softened(".data[].createdAt")),
  responseRow(
    "DedicatedEndpointVersionHistoryResponse",
    EndpointVersionList,
    entriesAreFilled,
    specMayLack(".data[].")
  ),
  responseRow(
    "DedicatedEndpointWandbArtifactCreateResponse",
    WandbArtifactEndpoint,
    fieldsMayLack(".", "endpointName", "projectId", "projectName", "teamId"),
    [".teamName: optional false, ours true"]
  ),
  requestRow(
    "CreateDatasetRequest",
    CreateDatasetRequest,
    newValuesPass(".modality.input_modals[]"),
    newValuesPass(".modality.output_modals[]")
  ),
  responseRow("DatasetInfo", DatasetInfo, datasetMayLack(".")),
  responseRow("ListDatasetsResponse", DatasetPage, datasetMayLack(".data[].")),
  responseRow("VersionInfo", VersionInfo, versionMayLack(".")),
  responseRow("ListVersionsResponse", VersionList, versionMayLack(".versions[].")),
  responseRow("SplitInfo", SplitInfo, timesMayLack(".")),
  responseRow("ListSplitsResponse", SplitPage, timesMayLack(".data[].")),
  ...["get_dataset", "delete_dataset", "list_versions"].map((operation) =>
    requestRow(`dataset.${operation}`, DatasetRequest)
  ),
  ...["get_version", "delete_version"].map((operation) => requestRow(`dataset.${operation}`, VersionRequest)),
  ...["get_split", "delete_split"].map((operation) => requestRow(`dataset.${operation}`, SplitRequest)),
  requestRow("dataset.list_datasets", ListDatasetsRequest),
  requestRow("dataset.create_version", CreateVersionRequest),
  requestRow("dataset.create_split", CreateSplitRequest),
  requestRow("dataset.list_splits", ListSplitsRequest),
  requestRow("dataset.list_samples", ListSamplesRequest),
  requestRow("dataset.add_samples", AddSamplesRequest, isTheBody),
  requestRow("dataset.delete_samples", DeleteSamplesRequest, isTheBody),
  requestRow("dataset.update_samples", UpdateSamplesRequest, fileIsAPart),
  ...["complete_upload", "get_info", "get_download_url"].map((operation) =>
    requestRow(`file.${operation}`, FileRequest)
  ),
  requestRow("cost.get_cost", CostRequest, timesAreRead, newValuesPass(".group_by")),
  requestRow(
    "team.usage",
    UsageRequest,
    timesAreRead,
    limitOfBuckets,
    newValuesPass(".group_by[]"),
    newValuesPass(".product_types[]")
  ),
  responseRow("AddSamplesResponse", AddedSamples),
  responseRow("ListSamplesResponse", SamplePage),
  responseRow("DeleteSamplesResponse", DeletedSamples),
  requestRow("FileInitUploadRequest", InitUploadRequest, [".size: minimum none, ours 0"]),
  responseRow("FileInitUploadResponse", UploadTicket),
  responseRow(
    "FileInfo",
    FileInfo,
    [number(".size"), ".expiresAt: optional false, ours true"],
    fieldsMayLack(".", "projectId", "creatorId", "createdAt")
  ),
  responseRow("FileGetDownloadURLResponse", FileLocation),
  responseRow(
    "CostResponse",
    CostPage,
    [amount("total"), amount("quantity"), amount("unit_price")],
    nullToo(".data[].results[].", "quantity", "unit_price", "line_item")
  ),
  responseRow("UsageResponse", UsagePage, usedNumbers),
  responseRow("HTTPValidationError", HTTPValidationError, detailMakesIt),
  responseRow("MessagesErrorResponse", MessagesErrorResponse)
]
