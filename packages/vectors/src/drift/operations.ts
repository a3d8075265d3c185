/** The operations of an OpenAPI document, each as a flat list of places with facts about the request and the answer. */
import { type Facts, follow, isObject, type JsonObject, type Places, readSchema } from "./schemas.js"

/** An operation of a document. */
export interface Operation {
  /** Its name in this repository, such as `serverless.chat.complete`; the vendor's documents have no such names. */
  readonly name: string | undefined
  readonly operationId: string
  /** `POST /serverless/v1/chat/completions` */
  readonly place: string
  readonly places: Places
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

const resolved = (document: JsonObject, value: unknown): JsonObject | undefined => {
  if (!isObject(value)) return undefined
  return typeof value["$ref"] === "string" ? follow(document, value["$ref"]) : value
}

/** The schemas of a content by media type. Some documents put the schema of a stream's data into an envelope `{ data }` or `{ event, data }`. */
const contentsOf = (value: unknown): ReadonlyArray<readonly [type: string, media: JsonObject]> =>
  Object.entries(isObject(value) ? value : {}).flatMap(([type, media]) => (isObject(media) ? [[type, media]] : []))

/** The words for a media type in the names of places. */
const word = (type: string): string => (type === "text/event-stream" ? "event" : "answer")

/** Whether a schema has any content. `{}` has none, and neither has a body of any type. */
const saysSomething = (schema: unknown): schema is JsonObject => isObject(schema) && Object.keys(schema).length > 0

/** The end marker of a stream, under the names of generators and of this repository. */
const sentinelOf = (media: JsonObject): unknown => media["x-end-of-stream"] ?? media["x-speakeasy-sse-sentinel"]

const readParameters = (document: JsonObject, item: JsonObject, operation: JsonObject, into: Places): void => {
  const all = [item["parameters"], operation["parameters"]].flatMap((list): ReadonlyArray<unknown> =>
    Array.isArray(list) ? list : []
  )
  for (const given of all) {
    const parameter = resolved(document, given)
    if (parameter === undefined) continue
    const { name, in: where } = parameter
    const facts: Facts = {
      ...(parameter["required"] === true ? { required: true } : {}),
      ...(parameter["deprecated"] === true ? { deprecated: true } : {})
    }
    const place = `${String(where)} ${String(name)}`
    readSchema(document, resolved(document, parameter["schema"]) ?? {}, place, facts, into)
    // a parameter cannot be null
    const { nullable: _, ...others } = into.get(place)!
    into.set(place, others)
  }
}

const readOperation = (document: JsonObject, item: JsonObject, operation: JsonObject): Places => {
  const into: Places = new Map()
  const responses = isObject(operation["responses"]) ? operation["responses"] : {}
  const statuses = Object.keys(responses).filter((status) => /^\d+$/.test(status))
  const body = resolved(document, operation["requestBody"])
  const requests = contentsOf(body?.["content"])
  into.set("operation", {
    ...(operation["deprecated"] === true ? { deprecated: true } : {}),
    statuses,
    ...(requests.length > 0 ? { body: requests.map(([type]) => type).join(", ") } : {})
  })
  readParameters(document, item, operation, into)
  for (const [, media] of requests) {
    if (isObject(media["schema"])) readSchema(document, media["schema"], "request", {}, into)
  }
  for (const status of statuses) {
    for (const [type, media] of contentsOf(resolved(document, responses[status])?.["content"])) {
      if (!saysSomething(media["schema"])) continue
      const root = status.startsWith("2") ? word(type) : `error ${status}`
      const sentinel = sentinelOf(media)
      readSchema(document, media["schema"], root, typeof sentinel === "string" ? { sentinel } : {}, into)
    }
  }
  return into
}

/** All operations of a document, in its order. */
export const operationsOf = (document: JsonObject): ReadonlyArray<Operation> =>
  Object.entries(isObject(document["paths"]) ? document["paths"] : {}).flatMap(([path, given]) => {
    const item = resolved(document, given) ?? {}
    return methods.flatMap((method): ReadonlyArray<Operation> => {
      const operation = item[method]
      if (!isObject(operation)) return []
      const name = operation["x-operation"]
      const place = `${method.toUpperCase()} ${path}`
      return [
        {
          name: typeof name === "string" ? name : undefined,
          operationId: typeof operation["operationId"] === "string" ? operation["operationId"] : place,
          place,
          places: readOperation(document, item, operation)
        }
      ]
    })
  })
