/** Wire values of dedicated endpoints. Public as a part of `Wire`. */
import type { EndpointList, EndpointSpec } from "../../schema/Endpoint.js"
import type { EndpointStatus } from "../../schema/EndpointStatus.js"

/** The same moment as `created`, in the form of endpoints. */
const createdAt = "2026-01-01T00:00:00Z"

/**
 * The status of an endpoint. Pass an object for other fields, such as the `phase` of its start.
 *
 * @example
 * ```ts
 * import { Wire } from "effect-friendli/testing"
 *
 * console.log(Wire.endpointStatus("INITIALIZING", { phase: "DOWNLOADING_MODEL" }).phase)
 * // => DOWNLOADING_MODEL
 * ```
 * @category constructors
 */
export const endpointStatus = (
  status: EndpointStatus["status"] = "RUNNING",
  fields?: Partial<EndpointStatus>
): EndpointStatus => ({ status, errorCode: null, createdAt, updatedAt: null, phase: null, ...fields })

/**
 * The configuration of an endpoint: one replica with one GPU.
 * @category constructors
 */
export const endpointSpec = (fields?: Partial<EndpointSpec>): EndpointSpec => ({
  name: "test-endpoint",
  gpuType: "NVIDIA H100",
  numGpu: 1,
  projectId: "project-test",
  creatorId: "user-test",
  teamId: "team-test",
  autoscalingMin: 0,
  autoscalingMax: 1,
  autoscalingCooldown: 300,
  maxBatchSize: 64,
  tokenizerSkipSpecialTokens: true,
  tokenizerAddSpecialTokens: false,
  currReplicaCnt: 1,
  desiredReplicaCnt: 1,
  updatedReplicaCnt: 1,
  ...fields
})

/**
 * A page of endpoints by their ids, with the cursor of the next page if there is one.
 * @category constructors
 */
export const endpoints = (
  statuses: Readonly<Record<string, EndpointStatus["status"] | EndpointStatus>>,
  nextCursor: string | null = null
): EndpointList => ({
  data: Object.fromEntries(
    Object.entries(statuses).map(([id, status]) => [id, typeof status === "string" ? endpointStatus(status) : status])
  ),
  nextCursor
})
