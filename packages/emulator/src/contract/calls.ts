/**
 * The operations of the API that manage or list something: models, endpoints, datasets, files, usage and cost. In: the list below, under the names of
 * the contract. Out: for a path, the operation of each method, and the values of its parameters. An operation that is added here needs a function in
 * `server/management.ts`, which the compiler requires.
 */
import type { DeploymentName } from "../base/types.js"

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/** An operation: its method, its path, the type of its body if it has one, and `open` when it needs no token. */
interface Definition {
  readonly method: Method
  readonly path: string
  readonly body?: "application/json" | "multipart/form-data"
  readonly open?: true
}

const definitions = {
  "serverless.models.list": { method: "GET", path: "/serverless/v1/models", open: true },
  "serverless.models.list_openrouter": { method: "GET", path: "/serverless/v1/openrouter/models", open: true },
  "serverless.knowledge.retrieve": {
    method: "POST",
    path: "/serverless/v1/knowledge/retrieve",
    body: "application/json"
  },
  "dedicated.endpoint.wandb_artifact_create": {
    method: "POST",
    path: "/dedicated/endpoint/wandb-artifact-create",
    body: "application/json"
  },
  "dedicated.endpoint.create": { method: "POST", path: "/dedicated/beta/endpoint", body: "application/json" },
  "dedicated.endpoint.list": { method: "GET", path: "/dedicated/beta/endpoint" },
  "dedicated.endpoint.get_spec": { method: "GET", path: "/dedicated/beta/endpoint/{endpoint_id}" },
  "dedicated.endpoint.update": {
    method: "PUT",
    path: "/dedicated/beta/endpoint/{endpoint_id}",
    body: "application/json"
  },
  "dedicated.endpoint.delete": { method: "DELETE", path: "/dedicated/beta/endpoint/{endpoint_id}" },
  "dedicated.endpoint.get_version_history": {
    method: "GET",
    path: "/dedicated/beta/endpoint/{endpoint_id}/version"
  },
  "dedicated.endpoint.get_status": { method: "GET", path: "/dedicated/beta/endpoint/{endpoint_id}/status" },
  "dedicated.endpoint.sleep": { method: "PUT", path: "/dedicated/beta/endpoint/{endpoint_id}/sleep" },
  "dedicated.endpoint.wake": { method: "PUT", path: "/dedicated/beta/endpoint/{endpoint_id}/wake" },
  "dedicated.endpoint.terminate": { method: "PUT", path: "/dedicated/beta/endpoint/{endpoint_id}/terminate" },
  "dedicated.endpoint.restart": { method: "PUT", path: "/dedicated/beta/endpoint/{endpoint_id}/restart" },
  "dataset.create_dataset": { method: "POST", path: "/beta/dataset", body: "application/json" },
  "dataset.list_datasets": { method: "GET", path: "/beta/dataset" },
  "dataset.get_dataset": { method: "GET", path: "/beta/dataset/{dataset_id}" },
  "dataset.delete_dataset": { method: "DELETE", path: "/beta/dataset/{dataset_id}" },
  "dataset.create_version": { method: "POST", path: "/beta/dataset/{dataset_id}/version" },
  "dataset.list_versions": { method: "GET", path: "/beta/dataset/{dataset_id}/version" },
  "dataset.get_version": { method: "GET", path: "/beta/dataset/{dataset_id}/version/{version_id}" },
  "dataset.delete_version": { method: "DELETE", path: "/beta/dataset/{dataset_id}/version/{version_id}" },
  "dataset.create_split": { method: "POST", path: "/beta/dataset/{dataset_id}/split" },
  "dataset.list_splits": { method: "GET", path: "/beta/dataset/{dataset_id}/split" },
  "dataset.get_split": { method: "GET", path: "/beta/dataset/{dataset_id}/split/{split_id}" },
  "dataset.delete_split": { method: "DELETE", path: "/beta/dataset/{dataset_id}/split/{split_id}" },
  "dataset.add_samples": {
    method: "POST",
    path: "/beta/dataset/{dataset_id}/split/{split_id}/sample",
    body: "application/json"
  },
  "dataset.list_samples": { method: "GET", path: "/beta/dataset/{dataset_id}/split/{split_id}/sample" },
  "dataset.update_samples": {
    method: "PUT",
    path: "/beta/dataset/{dataset_id}/split/{split_id}/sample",
    body: "multipart/form-data"
  },
  "dataset.delete_samples": {
    method: "POST",
    path: "/beta/dataset/{dataset_id}/split/{split_id}/sample/delete",
    body: "application/json"
  },
  "file.init_upload": { method: "POST", path: "/beta/file", body: "application/json" },
  "file.complete_upload": { method: "PATCH", path: "/beta/file/{file_id}" },
  "file.get_info": { method: "GET", path: "/beta/file/{file_id}" },
  "file.get_download_url": { method: "GET", path: "/beta/file/{file_id}/download_url" },
  "cost.get_cost": { method: "GET", path: "/v1/team/cost" },
  "team.usage": { method: "GET", path: "/v1/team/usage" }
} as const satisfies Record<string, Definition>

/** The name of an operation, as in the contract. */
export type CallName = keyof typeof definitions

/** One operation on its path. */
export interface Call extends Definition {
  readonly name: CallName
}

/** The target of a path: its operations by method, and the parameters in the path. */
export interface CallTarget {
  readonly deployment: DeploymentName
  readonly methods: ReadonlyMap<string, Call>
  readonly parameters: Readonly<Record<string, string>>
}

/** All operations of this list. */
export const calls: ReadonlyArray<Call> = Object.entries(definitions).map(([name, definition]) => ({
  ...(definition as Definition),
  name: name as CallName
}))

/** The operations of each path, with the parts of the path. */
const paths: ReadonlyArray<{ readonly parts: ReadonlyArray<string>; readonly methods: ReadonlyMap<string, Call> }> = [
  ...new Set(calls.map(({ path }) => path))
].map((path) => ({
  parts: path.split("/"),
  methods: new Map(calls.filter((call) => call.path === path).map((call) => [call.method, call]))
}))

/** A part such as `{endpoint_id}` matches any text, percent-encoded. */
const parameter = /^\{(\w+)\}$/

/** The values of the parameters if the path has these parts, or `undefined` if it has others. */
const match = (
  parts: ReadonlyArray<string>,
  actual: ReadonlyArray<string>
): Readonly<Record<string, string>> | undefined => {
  if (parts.length !== actual.length) return undefined
  const found: Record<string, string> = {}
  for (const [at, part] of parts.entries()) {
    const name = parameter.exec(part)?.[1]
    const text = actual[at] ?? ""
    if (name === undefined) {
      if (part !== text) return undefined
      continue
    }
    try {
      found[name] = decodeURIComponent(text)
    } catch {
      return undefined
    }
    if (text === "") return undefined
  }
  return found
}

/** The target of a path; `undefined` if it is not the path of an operation in this list. */
export const callsAt = (path: string): CallTarget | undefined => {
  const actual = path.split("/")
  for (const { methods, parts } of paths) {
    const parameters = match(parts, actual)
    if (parameters !== undefined) {
      return { deployment: parts[1] === "serverless" ? "serverless" : "dedicated", methods, parameters }
    }
  }
  return undefined
}
