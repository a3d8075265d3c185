/** The operations of the contract, or of a changed copy of it, as the coverage test reads them. */
import type { Contract, Json } from "effect-friendli-vectors"

/** A place for a value outside of the body. */
export interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly required: boolean
  readonly schema: Json
}

export interface Content {
  readonly contentType: string
  /** The schema of the value; of a stream, that of the data of an event. */
  readonly schema: Json
}

export interface Documented {
  /** `serverless.chat.complete` */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly request: Content | undefined
  /** What is answered with 200. */
  readonly results: ReadonlyArray<Content>
  /** What is answered with another status, where that has a schema. */
  readonly failures: ReadonlyArray<Content>
  /** The statuses of failures. */
  readonly statuses: ReadonlyArray<number>
  /** The data that ends a stream. */
  readonly sentinel: string | undefined
  /** The types of event that end a stream. */
  readonly terminal: ReadonlyArray<string>
  readonly isDeprecated: boolean
}

const record = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {})

const contents = (response: unknown): ReadonlyArray<Content> =>
  Object.entries(record(record(response)["content"])).flatMap(([contentType, media]) => {
    const schema = record(record(media)["x-event-data"] ?? record(media)["schema"])
    // `{}` is any JSON
    return Object.keys(schema).length === 0 ? [] : [{ contentType, schema }]
  })

/** The target of a reference to a shared parameter. */
const parameterOf = (contract: Contract, given: Json): Json => {
  if (typeof given["$ref"] !== "string") return given
  const shared = record((contract.components as unknown as Json)["parameters"])
  return record(shared[given["$ref"].split("/").at(-1)!])
}

const read = new WeakMap<Contract, ReadonlyArray<Documented>>()

/** The operations of a contract. A copy is changed before it is read, so each is read once. */
export const operationsOf = (contract: Contract): ReadonlyArray<Documented> => {
  const operations = read.get(contract) ?? readOperations(contract)
  read.set(contract, operations)
  return operations
}

const readOperations = (contract: Contract): ReadonlyArray<Documented> =>
  Object.values(contract.paths).flatMap((item) =>
    Object.entries(item).map(([method, operation]): Documented => {
      const responses = record(operation["responses"])
      const failures = Object.entries(responses).filter(([status]) => !status.startsWith("2"))
      const [media = {}] = Object.values(record(record(responses["200"])["content"])).map(record)
      return {
        name: String(operation["x-operation"]),
        method: method.toUpperCase(),
        path: String(operation["x-wire-path"]),
        parameters: ((operation["parameters"] ?? []) as ReadonlyArray<Json>).map((given) => {
          const parameter = parameterOf(contract, given)
          return {
            name: String(parameter["name"]),
            in: parameter["in"] as Parameter["in"],
            required: parameter["required"] === true,
            schema: record(parameter["schema"])
          }
        }),
        request: contents(operation["requestBody"])[0],
        results: contents(responses["200"]),
        failures: failures.flatMap(([, response]) => contents(response)),
        statuses: failures.map(([status]) => Number(status)).filter(Number.isInteger),
        sentinel: typeof media["x-end-of-stream"] === "string" ? media["x-end-of-stream"] : undefined,
        terminal: (media["x-terminal-events"] ?? []) as ReadonlyArray<string>,
        isDeprecated: operation["deprecated"] === true
      }
    })
  )

/** What a call of an operation gives besides headers: its path and query parameters, and the fields of its body, as one object. */
export const requestOf = (contract: Contract, { parameters, request }: Documented): Json => {
  const given = parameters.filter((parameter) => parameter.in !== "header")
  const reference = request?.schema["$ref"]
  const body =
    typeof reference === "string" ? contract.components.schemas[reference.split("/").at(-1)!]! : request?.schema
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(given.map(({ name, schema }) => [name, schema])),
      ...record(body?.["properties"])
    },
    required: [
      ...given.filter(({ required }) => required).map(({ name }) => name),
      ...((body?.["required"] ?? []) as ReadonlyArray<string>)
    ]
  }
}
