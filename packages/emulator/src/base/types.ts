import type { ModelPrice } from "./knownModels.js"
import type { Pacing } from "./pacing.js"
import type { ScriptRule } from "./script.js"

export type { DeploymentName } from "./deployment.js"
export type { ModelPrice } from "./knownModels.js"

/** A serverless model as the catalogue lists it. */
export interface ListedModel {
  readonly id: string
  readonly reasoning: Reasoning
  readonly contextLength: number
  readonly price: ModelPrice
}

/** One entry of a 422 body in FastAPI's style: where the problem is, what is expected there, and its kind. */
export interface Issue {
  readonly loc: ReadonlyArray<string | number>
  readonly msg: string
  readonly type: string
}

/** The parts of a form by name: a text or a file, or a list when the name occurs more than once. */
export type FormRecord = Readonly<Record<string, FormDataEntryValue | ReadonlyArray<FormDataEntryValue>>>

/**
 * Dedicated endpoints at the start, and how long they take to run.
 *
 * **When to use** in tests and examples of cold starts, and of programs that manage endpoints. While the emulator runs, the paths below
 * `/dedicated/beta/endpoint` create, change, put to sleep, wake and delete them.
 *
 * @category models
 */
export interface EndpointOptions {
  /**
   * The ids of endpoints that exist and run; other ids get a 404 until such an endpoint is created. The ids in `asleep` exist, too. Default: `"any"`.
   */
  readonly existing?: "any" | ReadonlyArray<string>
  /** Ids of the endpoints that sleep at the start. They answer inference requests with 503 until they are awake. Default: none. */
  readonly asleep?: ReadonlyArray<string>
  /** Milliseconds until an endpoint runs after it was created, woken, changed or restarted, and until it has terminated. Default: 100. */
  readonly wakeTime?: number
  /** Seconds in the `Retry-After` header of these 503 answers. Default: the header is not sent. */
  readonly retryAfter?: number
}

/**
 * A dataset that exists at the start.
 *
 * @category models
 */
export interface DatasetOptions {
  /** Default: a new id. */
  readonly id?: string
  readonly name: string
  /** Default: `"project-emulator"`. */
  readonly projectId?: string
  /** The samples of each split, by the name of the split: JSON text, or values that become JSON. */
  readonly splits?: Readonly<Record<string, ReadonlyArray<string | object>>>
}

/**
 * A document of a knowledge base.
 *
 * @category models
 */
export interface KnowledgeDocument {
  /** Default: the id of the knowledge plus the number of the document. */
  readonly id?: string
  /** Each paragraph is a part that retrieval can find. */
  readonly text: string
}

/**
 * When a model reasons before its answer.
 *
 * - `"none"`: never. Fields about reasoning have no effect.
 * - `"onRequest"`: with `enable_thinking: true` in `chat_template_kwargs`, with a `reasoning_effort`, with a `reasoning_budget`
 *   other than 0, or with `thinking` of a message.
 * - `"byDefault"`: unless `enable_thinking` is false, `reasoning_budget` is 0, or `thinking` of a message is `disabled`.
 * - `"always"`: `enable_thinking` has no effect; the other two switch reasoning off.
 *
 * @category models
 */
export type Reasoning = "none" | "onRequest" | "byDefault" | "always"

/**
 * A model and its properties.
 *
 * **When to use** to have a model that reasons, or has a short context, with any name.
 *
 * @category models
 */
export interface ModelOptions extends Pacing {
  /** The name in the field `model` of requests; on dedicated paths the id of an endpoint. */
  readonly id: string
  /** When it reasons. Default: the option of the emulator, or else by its name. */
  readonly reasoning?: Reasoning
  /** Maximum number of tokens of prompt and answer together. Default: `contextLength` of the emulator. */
  readonly contextLength?: number
  /** USD per million tokens, in the catalogue and in costs. Default: the price of a well-known model, or else 0.2 for input and 0.8 for output. */
  readonly price?: ModelPrice
}

/**
 * How an emulator behaves. Every option has a default.
 *
 * @category models
 */
export interface EmulatorOptions extends Pacing {
  /**
   * The accepted bearer tokens, for container paths too. Default: serverless and dedicated paths accept any token that is not
   * empty, and container paths require none.
   */
  readonly tokens?: ReadonlyArray<string>
  /**
   * The models that exist on serverless paths, by name or with options; other names get a 404. Default: `"any"`. On dedicated
   * and container paths every name exists, and the options of an entry apply. A container whose request names no model runs the
   * first entry. See `serverlessModels`.
   */
  readonly models?: "any" | ReadonlyArray<string | ModelOptions>
  /**
   * When models reason that have no such option themselves. Default: well-known models reason by their names (DeepSeek-R1, Qwen3, GLM-4.5, gpt-oss
   * and others), and all others do not.
   */
  readonly reasoning?: Reasoning
  /** Dedicated endpoints that sleep. Default: every endpoint id exists and runs. */
  readonly endpoints?: EndpointOptions
  /**
   * Whether a request with fields that the API does not have gets a 422. Default: false, and the fields are in `unknownFields` of the
   * recorded request.
   */
  readonly strict?: boolean
  /** The documents of each knowledge that can be retrieved, by its id. Default: none. */
  readonly knowledge?: Readonly<Record<string, ReadonlyArray<string | KnowledgeDocument>>>
  /** Datasets that exist at the start. Default: none. */
  readonly datasets?: ReadonlyArray<DatasetOptions>
  /** Seed of the random times of the emulator, see `jitter`. Default: 0. */
  readonly seed?: number
  /**
   * Rate limit of requests, for each scope. More requests get a 429 with `Retry-After`, and every answer has `x-ratelimit-…` headers.
   * Default: no limit.
   */
  readonly requestsPerMinute?: number
  /** Rate limit of the tokens of prompts and answers together, for each scope. Default: no limit. */
  readonly tokensPerMinute?: number
  /** Maximum number of generated tokens when the request sets no limit. Default: 512. */
  readonly defaultMaxTokens?: number
  /**
   * Maximum number of tokens of prompt and answer together, for models without this option. Default: the length of a well-known model, or else
   * 131072.
   */
  readonly contextLength?: number
  /** Maximum size of a request body in bytes; a larger one gets a 413. Default: 32 MiB, which is 17 minutes of speech at 16 kHz and 16 bits. */
  readonly maxBodyBytes?: number
  /** Maximum number of requests in `requests`; older requests are dropped. Default: 1000. */
  readonly journalLimit?: number
  /**
   * Maximum number of bytes of all recorded requests together. Above this, the bodies of the oldest ones are dropped first (`bodyDropped`), then the
   * oldest requests. Default: 64 MiB.
   */
  readonly journalBytes?: number
  /**
   * The origins whose pages may call the emulator from a browser: `"*"` for all, a list of origins such as
   * `["http://localhost:5173"]`, or `false` for none. Default: `"*"`, but `false` for a server that other machines can reach.
   */
  readonly cors?: false | "*" | ReadonlyArray<string>
  /** Rules that decide how certain requests are answered. `emulator.script` sets rules that come before them. Default: none. */
  readonly script?: ReadonlyArray<ScriptRule>
  /**
   * Whether a chat, completion, message or response without a matching rule is rejected with a 400 that describes what a rule would need. Default:
   * false, so the model answers it.
   */
  readonly strictScript?: boolean
  /** Called once for each request, after its answer has ended or its client has disconnected. */
  readonly onRequest?: (request: RecordedRequest) => void
}

/**
 * A received request, and its answer. The object changes while the answer is being sent.
 *
 * **When to use** in tests: to check what the client sent, whether it closed the connection, and whether generation stopped.
 *
 * @category models
 */
export interface RecordedRequest {
  /** Position in the order of arrival, from 0. */
  readonly order: number
  /** The `x-request-id` header of the answer. */
  readonly requestId: string
  /** The scope that the header `x-emulator-scope` names; `undefined` without the header. */
  readonly scope: string | undefined
  readonly method: string
  readonly path: string
  /** Headers with names in lower case, without those that carry secrets (`authorization`, `cookie`, `x-api-key` and the like). */
  readonly headers: Readonly<Record<string, string>>
  /** Whether the request had an accepted bearer token. */
  readonly authorized: boolean
  /**
   * The JSON body, or the parts of a form by name: a text as it was sent, a file as `{ name, type, size }`, and a list when a
   * name occurs more than once. `undefined` when there was no body or it could not be parsed.
   */
  readonly body: unknown
  /**
   * The fields of the request that the API does not have, such as `max_completion_tokens` or `tools.0.function.strict`: at most 10.
   * The API ignores them, and so does the emulator.
   */
  readonly unknownFields: ReadonlyArray<string>
  /** Whether the body was dropped to keep the record within `journalBytes`; `body` is then `undefined`. */
  readonly bodyDropped: boolean
  /** The model that the request names, if it names one. */
  readonly model: string | undefined
  /** Whether the request asks for a stream. */
  readonly stream: boolean
  /** Status of the answer; `undefined` before it begins, and when it never begins. */
  readonly status: number | undefined
  /** Why the answer is an error, if the emulator found the reason: as in the answer, without values of the request. */
  readonly reason: string | undefined
  /** The name of the rule of a script that answered. */
  readonly rule: string | undefined
  /** Number of `data:` events sent, without `[DONE]` and error frames. */
  readonly eventsSent: number
  /** Number of body bytes given to the connection. */
  readonly bytesSent: number
  /** Number of tokens generated so far, over all choices. */
  readonly tokensGenerated: number
  /** Milliseconds from the arrival of the request to the end of its answer; `undefined` while it is being sent. */
  readonly duration: number | undefined
  /** Whether the client disconnected before the answer had ended. */
  readonly aborted: boolean
  /** Whether the answer has ended: completely, early because of a fault, or because the client disconnected. */
  readonly finished: boolean
}
