/**
 * The paths of the API. In: the list of operations below. Out: a route for each path, with its operation and its deployment. An operation that is
 * added here needs a function in the handler, which the compiler requires.
 */
import type { DeploymentName } from "../base/types.js"

/** An operation of the API: its path below the deployment's prefix, the deployments that have it, and the type of its body. */
interface Operation {
  readonly path: string
  readonly deployments: ReadonlyArray<DeploymentName>
  readonly contentType?: "multipart/form-data"
}

/** Operations that all deployments have. */
const everywhere: ReadonlyArray<DeploymentName> = ["serverless", "dedicated", "container"]

/** The operations by name. */
const operations = {
  chat: { path: "/v1/chat/completions", deployments: everywhere },
  toolAssisted: { path: "/tools/v1/chat/completions", deployments: ["serverless"] },
  completions: { path: "/v1/completions", deployments: everywhere },
  messages: { path: "/v1/messages", deployments: everywhere },
  responses: { path: "/v1/responses", deployments: everywhere },
  tokenize: { path: "/v1/tokenize", deployments: everywhere },
  detokenize: { path: "/v1/detokenize", deployments: everywhere },
  transcribe: { path: "/v1/audio/transcriptions", deployments: everywhere, contentType: "multipart/form-data" },
  renderChat: { path: "/v1/chat/render", deployments: ["serverless", "dedicated"] },
  embed: { path: "/v1/embeddings", deployments: ["dedicated"] },
  generateImage: { path: "/v1/images/generations", deployments: ["dedicated", "container"] },
  editImage: { path: "/v1/images/edits", deployments: ["dedicated", "container"] },
  classify: { path: "/classify", deployments: ["dedicated", "container"] }
} as const satisfies Record<string, Operation>

/** The name of an operation. The handler has one function for each name. */
export type OperationName = keyof typeof operations

/** The names of all operations. */
export const operationNames = Object.keys(operations) as ReadonlyArray<OperationName>

/** One operation on one deployment. */
export interface Route {
  readonly deployment: DeploymentName
  readonly operation: OperationName
  readonly path: string
  readonly contentType: "application/json" | "multipart/form-data"
}

/** The path prefix of a deployment. */
const prefixes: Readonly<Record<DeploymentName, string>> = {
  serverless: "/serverless",
  dedicated: "/dedicated",
  container: ""
}

/** Every route by its path. */
export const routes: ReadonlyMap<string, Route> = new Map(
  (Object.entries(operations) as ReadonlyArray<[OperationName, Operation]>).flatMap(([operation, details]) =>
    details.deployments.map((deployment): [string, Route] => {
      const path = prefixes[deployment] + details.path
      return [path, { deployment, operation, path, contentType: details.contentType ?? "application/json" }]
    })
  )
)

/** The path prefix of all versioned operations of a deployment. */
export const basePath = (deployment: DeploymentName): string => `${prefixes[deployment]}/v1`
