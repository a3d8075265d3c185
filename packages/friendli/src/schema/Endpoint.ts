/** Dedicated endpoints: requests to manage them, and the answers that describe them. */
import * as Schema from "effect/Schema"
import { SentenceId } from "../internal/annotations.js"
import { EndpointStatus } from "./EndpointStatus.js"
import { finiteNumber, int, nullish, openEnum, Text } from "./primitives.js"

// ---------------------------------------------------------------------------
// requests
// ---------------------------------------------------------------------------

/** The endpoint of an operation. Its id is percent-encoded; an id that is empty, `.` or `..` is rejected before anything is sent. */
export const EndpointRequest = Schema.Struct({ endpoint_id: Schema.String }).annotations({
  identifier: "EndpointRequest"
})

export interface EndpointRequest extends Schema.Schema.Type<typeof EndpointRequest> {
  readonly endpoint_id: string
}

const page = {
  /** The start of the page: `nextCursor` of the previous page. */
  cursor: nullish(Text),
  /** The most entries of a page: 1 to 100. Server default: 20. */
  limit: nullish(int({ minimum: 1, maximum: 100 }))
} as const

/** A request for a page of endpoints. */
export const EndpointListRequest = Schema.Struct({
  ...page,
  /** Only endpoints of this project. Server default: none, so that those of all projects are listed. */
  project_id: nullish(Text)
}).annotations({ identifier: "EndpointListRequest" })

export interface EndpointListRequest extends Schema.Schema.Type<typeof EndpointListRequest> {
  readonly project_id?: string | null | undefined
}

/** A request for a page of the versions of an endpoint. */
export const EndpointVersionsRequest = Schema.Struct({ ...EndpointRequest.fields, ...page }).annotations({
  identifier: "EndpointVersionsRequest"
})

export interface EndpointVersionsRequest extends Schema.Schema.Type<typeof EndpointVersionsRequest> {
  readonly endpoint_id: string
}

/** How many replicas run. Wire: `AutoscalingPolicy`. */
export const AutoscalingPolicy = Schema.Struct({
  /** The fewest replicas: 0 or more. With 0 the endpoint sleeps while there are no requests. Server default: 0. */
  minReplica: Schema.optional(int({ minimum: 0 })),
  /** The most replicas: at most 10. Server default: 1. */
  maxReplica: Schema.optional(int({ maximum: 10 })),
  /** Seconds without requests before a replica stops. Server default: 300. */
  cooldownPeriod: Schema.optional(int())
}).annotations({ identifier: "AutoscalingPolicy" })

export interface AutoscalingPolicy extends Schema.Schema.Type<typeof AutoscalingPolicy> {
  readonly minReplica?: number | undefined
}

/** A fixed number of replicas. Wire: `EndpointSimplescaleConfig`. */
export const EndpointScale = Schema.Struct({
  /** The number of replicas: at least 1. */
  replicas: int({ minimum: 1 })
}).annotations({ identifier: "EndpointScale" })

export interface EndpointScale extends Schema.Schema.Type<typeof EndpointScale> {
  readonly replicas: number
}

/** How the engine runs. Wire: `EndpointAdvancedConfig`, whose names are snake_case. */
export const EndpointAdvanced = Schema.Struct({
  /** How many requests are processed together. */
  max_batch_size: nullish(int()),
  /** Whether special tokens are left out when tokens are decoded to text. */
  tokenizer_skip_special_tokens: Schema.Boolean,
  /** Whether special tokens are added when text is encoded to tokens. */
  tokenizer_add_special_tokens: Schema.Boolean,
  /** How many tokens are processed together. Server default: 2560. */
  max_token_count: Schema.optional(int()),
  /** Whether the server stores prompts and answers. */
  enable_content_logging: nullish(Schema.Boolean),
  /** The most input tokens of a request. */
  max_input_length: nullish(int()),
  /** The most tokens of input and output together: at least 1. */
  max_context_length: nullish(int({ minimum: 1 })),
  /** How long a request may wait in the queue, in milliseconds, before it gets a 429. Absent or 0: without a limit. */
  queue_timeout_ms: nullish(int()),
  /** The metric that decides whether the queue is too long. */
  queue_backpressure_metric_kind: nullish(
    openEnum("TPOT_MS", "TTFT_MS", "REQUEST_COUNT", "WORKSPACE_UTILIZATION", "QUEUED_PREFILL_TOKENS")
  ),
  /** The value of the metric from which the queue is too long. */
  queue_backpressure_metric_threshold: nullish(finiteNumber())
}).annotations({ identifier: "EndpointAdvanced" })

export interface EndpointAdvanced extends Schema.Schema.Type<typeof EndpointAdvanced> {
  readonly tokenizer_skip_special_tokens: boolean
}

/** A new endpoint for a model of Hugging Face. Wire: `DedicatedEndpointCreateBody`. */
export const EndpointCreateRequest = Schema.Struct({
  /** The project that it belongs to. */
  projectId: Text,
  /** A name for people. */
  name: Text,
  /** The kind and the number of GPUs, as Friendli Suite lists them. */
  instanceOptionId: Text,
  /** How the engine runs. */
  advanced: EndpointAdvanced,
  /** A fixed number of replicas. */
  simplescale: nullish(EndpointScale),
  /** A number of replicas that follows the load. */
  autoscalingPolicy: nullish(AutoscalingPolicy),
  /** The model: a repository of Hugging Face, as `meta-llama/Llama-3.1-8B-Instruct`. */
  hfModelRepo: Text,
  /** Its revision. Default: the branch `main`. */
  hfModelRepoRevision: nullish(Text),
  /** A comment on the first version. */
  initialVersionComment: nullish(Text)
}).annotations({ identifier: "EndpointCreateRequest" })

export interface EndpointCreateRequest extends Schema.Schema.Type<typeof EndpointCreateRequest> {
  readonly advanced: EndpointAdvanced
  readonly simplescale?: EndpointScale | null | undefined
  readonly autoscalingPolicy?: AutoscalingPolicy | null | undefined
}

/** The changes to an endpoint. Absent or `null` fields are not changed. Wire: `DedicatedEndpointUpdateBody`. */
export const EndpointChanges = Schema.Struct({
  /** A name for people. */
  name: nullish(Text),
  /** How the engine runs. */
  advanced: nullish(EndpointAdvanced),
  /** A fixed number of replicas. */
  simplescale: nullish(EndpointScale),
  /** A number of replicas that follows the load. */
  autoscalingPolicy: nullish(AutoscalingPolicy),
  /** Another model: a repository of Hugging Face. */
  hfModelRepo: nullish(Text),
  /** Its revision. */
  hfModelRepoRevision: nullish(Text),
  /** A comment on the new version. */
  newVersionComment: nullish(Text),
  /** Other GPUs, as Friendli Suite lists them. */
  instanceOptionId: nullish(Text)
}).annotations({ identifier: "EndpointChanges" })

export interface EndpointChanges extends Schema.Schema.Type<typeof EndpointChanges> {
  readonly advanced?: EndpointAdvanced | null | undefined
  readonly simplescale?: EndpointScale | null | undefined
  readonly autoscalingPolicy?: AutoscalingPolicy | null | undefined
}

/** The changes, with the id of the endpoint. */
export const EndpointUpdateRequest = Schema.Struct({
  ...EndpointRequest.fields,
  ...EndpointChanges.fields
}).annotations({ identifier: "EndpointUpdateRequest" })

export interface EndpointUpdateRequest extends Schema.Schema.Type<typeof EndpointUpdateRequest> {
  readonly endpoint_id: string
  readonly advanced?: EndpointAdvanced | null | undefined
  readonly simplescale?: EndpointScale | null | undefined
  readonly autoscalingPolicy?: AutoscalingPolicy | null | undefined
}

/** The kind and number of GPUs. Wire: `AcceleratorRequirement`. */
export const Accelerator = Schema.Struct({
  /** The kind, as `H100`. */
  type: Text,
  /** The number. */
  count: int()
}).annotations({ identifier: "Accelerator" })

export interface Accelerator extends Schema.Schema.Type<typeof Accelerator> {
  readonly type: string
}

const isKeyInProject = ({
  idempotencyKey,
  projectId
}: {
  readonly idempotencyKey?: string | null | undefined
  readonly projectId?: string | null | undefined
}): boolean => typeof idempotencyKey !== "string" || typeof projectId === "string"

const needsProject = "missing; an idempotencyKey needs the id of its project"

/** A new endpoint for an artifact of Weights & Biases. Wire: `DedicatedEndpointWandbArtifactCreateBody`. */
export const WandbArtifactRequest = Schema.Struct({
  /** The artifact: `entity/project/name:version`. */
  wandbArtifactVersionName: Text,
  /** The kind and number of GPUs. Default: the server chooses. */
  accelerator: nullish(Accelerator),
  /** A name for people. Default: that of the artifact. */
  name: nullish(Text),
  /** The project that it belongs to. Needed with `idempotencyKey`. */
  projectId: nullish(Text),
  /**
   * Requests of one project with the same key create only one endpoint, so a request can be sent again.
   * `Endpoints.createFromWandbArtifact` makes a key if there is a `projectId`.
   */
  idempotencyKey: nullish(Text),
  /** A number of replicas that follows the load. */
  autoscalingPolicy: nullish(AutoscalingPolicy)
})
  .pipe(
    Schema.filter((request) => (isKeyInProject(request) ? undefined : { path: ["projectId"], message: needsProject }), {
      [SentenceId]: needsProject
    })
  )
  .annotations({ identifier: "WandbArtifactRequest" })

export interface WandbArtifactRequest extends Schema.Schema.Type<typeof WandbArtifactRequest> {
  readonly accelerator?: Accelerator | null | undefined
  readonly autoscalingPolicy?: AutoscalingPolicy | null | undefined
}

// ---------------------------------------------------------------------------
// answers
// ---------------------------------------------------------------------------

/**
 * The configuration of an endpoint. Wire: `DedicatedEndpointSpec`.
 *
 * **Details**: only the name is always present, and unknown fields are kept.
 */
export const EndpointSpec = Schema.Struct({
  /** Its name for people. */
  name: Text,
  /** The kind of its GPUs, as `NVIDIA H100`. */
  gpuType: nullish(Text),
  /** GPUs of a replica. */
  numGpu: nullish(Schema.Number),
  /** Its kind of machine. */
  instanceId: nullish(Text),
  /** The project that it belongs to. */
  projectId: nullish(Text),
  /** The id of the user who created it. */
  creatorId: nullish(Text),
  /** The team that pays for it. */
  teamId: nullish(Text),
  /** The fewest replicas. */
  autoscalingMin: nullish(Schema.Number),
  /** The most replicas. */
  autoscalingMax: nullish(Schema.Number),
  /** Seconds without requests before a replica stops. */
  autoscalingCooldown: nullish(Schema.Number),
  /** How many requests are processed together. */
  maxBatchSize: nullish(Schema.Number),
  /** The most input tokens of a request. */
  maxInputLength: nullish(Schema.Number),
  /** The most tokens of input and output together. */
  maxContextLength: nullish(Schema.Number),
  /** Whether special tokens are left out when tokens are decoded to text. */
  tokenizerSkipSpecialTokens: nullish(Schema.Boolean),
  /** Whether special tokens are added when text is encoded to tokens. */
  tokenizerAddSpecialTokens: nullish(Schema.Boolean),
  /** Replicas that run. */
  currReplicaCnt: nullish(Schema.Number),
  /** Replicas that should run. */
  desiredReplicaCnt: nullish(Schema.Number),
  /** Replicas of the newest version. */
  updatedReplicaCnt: nullish(Schema.Number)
}).annotations({ identifier: "EndpointSpec" })

export interface EndpointSpec extends Schema.Schema.Type<typeof EndpointSpec> {
  readonly name: string
}

/** A page of endpoints. Wire: `DedicatedEndpointListResponse`. */
export const EndpointList = Schema.Struct({
  /** The statuses, by the ids of the endpoints. Absent: none. */
  data: Schema.Record({ key: Schema.String, value: EndpointStatus }),
  /** The cursor of the next page; absent, `null` or empty on the last page. */
  nextCursor: nullish(Text)
}).annotations({ identifier: "EndpointList" })

export interface EndpointList extends Schema.Schema.Type<typeof EndpointList> {
  readonly data: { readonly [id: string]: EndpointStatus }
}

/** A page of the versions of an endpoint. Wire: `DedicatedEndpointVersionHistoryResponse`. */
export const EndpointVersionList = Schema.Struct({
  /** The configurations, by the numbers of the versions as strings. Absent: none. */
  data: Schema.Record({ key: Schema.String, value: EndpointSpec }),
  /** The cursor of the next page; absent, `null` or empty on the last page. */
  nextCursor: nullish(Text)
}).annotations({ identifier: "EndpointVersionList" })

export interface EndpointVersionList extends Schema.Schema.Type<typeof EndpointVersionList> {
  readonly data: { readonly [version: string]: EndpointSpec }
}

/** An endpoint that was created. Wire: `DedicatedEndpointWandbArtifactCreateResponse`. */
export const WandbArtifactEndpoint = Schema.Struct({
  /** Its id. */
  endpointId: Text,
  /** Its name for people. */
  endpointName: nullish(Text),
  /** The project that it belongs to. */
  projectId: nullish(Text),
  /** The name of the project. */
  projectName: nullish(Text),
  /** The team that pays for it. */
  teamId: nullish(Text),
  /** The name of the team. */
  teamName: nullish(Text)
}).annotations({ identifier: "WandbArtifactEndpoint" })

export interface WandbArtifactEndpoint extends Schema.Schema.Type<typeof WandbArtifactEndpoint> {
  readonly endpointId: string
}
