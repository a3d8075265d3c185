/**
 * The specification of a dedicated endpoint. In: the bodies that create and change it. Out: its specification, and the specification of each version.
 */
import type { JsonRecord } from "../base/json.js"

/** The part of a specification that belongs to a version. */
export interface EndpointSpec {
  readonly name: string
  readonly gpuType: string
  readonly numGpu: number
  readonly instanceId: string
  readonly projectId: string
  readonly teamId: string
  readonly autoscalingMin: number
  readonly autoscalingMax: number
  readonly autoscalingCooldown: number
  readonly maxBatchSize: number
  readonly maxInputLength: number | null
  readonly maxContextLength: number | null
  readonly tokenizerSkipSpecialTokens: boolean
  readonly tokenizerAddSpecialTokens: boolean
  /** The model that it serves. The API does not show it. */
  readonly hfModelRepo: string
}

/** The fields of the bodies that create or change an endpoint. */
export interface EndpointBody {
  readonly projectId?: string
  readonly name?: string | null
  readonly instanceOptionId?: string | null
  readonly advanced?: {
    readonly max_batch_size?: number | null
    readonly tokenizer_skip_special_tokens: boolean
    readonly tokenizer_add_special_tokens: boolean
    readonly max_input_length?: number | null
    readonly max_context_length?: number | null
  } | null
  readonly simplescale?: { readonly replicas: number } | null
  readonly autoscalingPolicy?: {
    readonly minReplica?: number
    readonly maxReplica?: number
    readonly cooldownPeriod?: number
  } | null
  readonly hfModelRepo?: string | null
}

/** GPUs by the part of the id of an instance option that names them. The API does not describe its options. */
const gpus: ReadonlyArray<readonly [pattern: RegExp, type: string]> = [
  [/b200/i, "NVIDIA B200"],
  [/h200/i, "NVIDIA H200"],
  [/a100/i, "NVIDIA A100"],
  [/./, "NVIDIA H100"]
]

/** The GPU of an instance option, from its id; otherwise an H100. */
const gpuOf = (option: string): string => (gpus.find(([pattern]) => pattern.test(option)) ?? gpus.at(-1)!)[1]

/** `2` of `h100-x2`. */
const countOf = (option: string): number => Number(/x(\d{1,2})\b/i.exec(option)?.[1] ?? 1)

/** The default specification of an endpoint. */
export const usualSpec = (name: string, teamId: string): EndpointSpec => ({
  name,
  gpuType: "NVIDIA H100",
  numGpu: 1,
  instanceId: "h100-x1",
  projectId: "project-emulator",
  teamId,
  autoscalingMin: 0,
  autoscalingMax: 1,
  autoscalingCooldown: 300,
  maxBatchSize: 64,
  maxInputLength: null,
  maxContextLength: null,
  tokenizerSkipSpecialTokens: true,
  tokenizerAddSpecialTokens: false,
  hfModelRepo: "meta-llama-3.1-8b-instruct"
})

/** A specification with the fields of a body; all other fields stay. */
export const withBody = (spec: EndpointSpec, body: EndpointBody): EndpointSpec => {
  const { advanced, autoscalingPolicy, hfModelRepo, instanceOptionId, name, projectId, simplescale } = body
  // A fixed number of replicas is a policy whose limits are equal.
  const replicas = simplescale?.replicas
  const fixed = replicas === undefined ? {} : { autoscalingMin: replicas, autoscalingMax: replicas }
  return {
    ...spec,
    name: name ?? spec.name,
    projectId: projectId ?? spec.projectId,
    hfModelRepo: hfModelRepo ?? spec.hfModelRepo,
    ...(instanceOptionId === undefined || instanceOptionId === null
      ? {}
      : { instanceId: instanceOptionId, gpuType: gpuOf(instanceOptionId), numGpu: countOf(instanceOptionId) }),
    ...fixed,
    ...(autoscalingPolicy === undefined || autoscalingPolicy === null
      ? {}
      : {
          autoscalingMin: autoscalingPolicy.minReplica ?? 0,
          autoscalingMax: autoscalingPolicy.maxReplica ?? 1,
          autoscalingCooldown: autoscalingPolicy.cooldownPeriod ?? 300
        }),
    ...(advanced === undefined || advanced === null
      ? {}
      : {
          maxBatchSize: advanced.max_batch_size ?? spec.maxBatchSize,
          maxInputLength: advanced.max_input_length ?? null,
          maxContextLength: advanced.max_context_length ?? null,
          tokenizerSkipSpecialTokens: advanced.tokenizer_skip_special_tokens,
          tokenizerAddSpecialTokens: advanced.tokenizer_add_special_tokens
        })
  }
}

/** The number of replicas of an endpoint that runs. */
export const replicasOf = ({ autoscalingMin }: EndpointSpec): number => Math.max(1, autoscalingMin)

/** Whether a change needs new replicas. A new name does not. */
export const needsNewReplicas = (before: EndpointSpec, after: EndpointSpec): boolean =>
  JSON.stringify({ ...before, name: "" }) !== JSON.stringify({ ...after, name: "" })

/** A specification in wire format, of a version: without its replicas. */
export const versionValue = ({ hfModelRepo: _served, ...spec }: EndpointSpec): JsonRecord => ({
  ...spec,
  creatorId: "user-emulator"
})
