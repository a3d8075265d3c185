/** The state of a dedicated endpoint. */
import * as Schema from "effect/Schema"
import { nullish, openLiteral, Text } from "./primitives.js"

/**
 * The state of a dedicated endpoint. Wire: `DedicatedEndpointStatus`, whose names are camelCase.
 *
 * **When to use**: as the answer of `Endpoints.wakeOperation`.
 *
 * **Details**: unknown fields are kept, and enums accept unknown values.
 */
export const EndpointStatus = Schema.Struct({
  /** `RUNNING` serves requests; `SLEEPING` must be woken; `AWAKING` and `INITIALIZING` will be running. */
  status: openLiteral(
    "UNKNOWN",
    "INITIALIZING",
    "RUNNING",
    "UPDATING",
    "SLEEPING",
    "AWAKING",
    "FAILED",
    "STOPPING",
    "TERMINATING",
    "TERMINATED",
    "READY"
  ),
  /** The reason of the failure, if it failed. */
  errorCode: nullish(
    openLiteral(
      "WORKLOAD_INIT_UNKNOWN_ERROR",
      "WORKLOAD_INIT_SETTINGS_ERROR",
      "WORKLOAD_INIT_GRPC_ERROR",
      "WORKLOAD_INIT_MANIFEST_NOT_FOUND_ERROR",
      "WORKLOAD_INIT_MANIFEST_TYPE_ERROR",
      "WORKLOAD_INIT_DOWNLOAD_ERROR",
      "WORKLOAD_INIT_INVALID_TOKEN_ERROR",
      "WORKLOAD_INIT_CANNOT_ACCESS_REPO_ERROR",
      "WORKLOAD_INIT_HF_WANDB_API_ERROR",
      "WORKLOAD_INIT_INSUFFICIENT_DISK_ERROR",
      "INFERENCE_ENGINE_UNKNOWN_ERROR",
      "INFERENCE_ENGINE_INVALID_ARGUMENT_ERROR",
      "INFERENCE_ENGINE_MEMORY_ERROR",
      "INFERENCE_ENGINE_METERING_CLIENT_CONFIG_ERROR"
    )
  ),
  /** When it was created, as an RFC 3339 string, if the server reports it. */
  createdAt: nullish(Text),
  /** When it last changed, as an RFC 3339 string. */
  updatedAt: nullish(Text),
  /** The current step of its start. */
  phase: nullish(openLiteral("REQUESTING_VIRTUAL_MACHINE", "DOWNLOADING_MODEL", "ENGINE_INITIALIZING"))
}).annotations({ identifier: "EndpointStatus" })

export interface EndpointStatus extends Schema.Schema.Type<typeof EndpointStatus> {}
