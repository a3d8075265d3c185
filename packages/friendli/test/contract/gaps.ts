/**
 * What the contract has and the SDK has not, and the other way round, as sentences. In: the contract, or a changed copy of it. Out: nothing, if every operation, parameter, header,
 * status, end of a stream, field, bound, default and enum value has its place in the SDK, or its stated reason.
 */
import { type Contract, json, type Json } from "effect-friendli-vectors"
import { readFileSync } from "node:fs"
import { tagOfStatus } from "../../src/errors/table.js"
import { compare, fromAst, fromContract, type Node } from "./compare.js"
import { defaultGap } from "./defaults.js"
import { type Documented, operationsOf, requestOf } from "./documented.js"
import { type Described, notCovered } from "./operations.js"
import { type Place, places } from "./places.js"
import { noTeamInContract, type Row, table } from "./table.js"

// --- operations ----------------------------------------------------------------

/** A request of which every field that is not given is the name of that field in braces. */
const byName = (given: Json = {}): never =>
  new Proxy({}, { get: (_, key) => given[String(key)] ?? `{${String(key)}}` }) as never

/** The path below the deployment's own, with its parameters in braces, as the contract writes it. */
const pathOf = ({ path, prefix }: Described): string =>
  prefix + (typeof path === "string" ? path : `/${path(byName()).join("/")}`)

/** The parameters that are sent for the request of the vectors that has all of them: some are read, as times are. */
const queryOf = (operation: string, { query }: Described): ReadonlyArray<string> => {
  if (query === undefined) return []
  const full = json<Json>(`${operation}.request.full.json`)
  return Object.keys(query(byName(full["query"] as Json | undefined)))
}

const docstrings = new Map<string, string>()

/** The docstring of the function that a program calls. */
const docstringOf = (name: string): string => {
  const docstring = docstrings.get(name) ?? readDocstring(name)
  docstrings.set(name, docstring)
  return docstring
}

const readDocstring = (name: string): string => {
  const [module, accessor] = name.split(".") as [string, string]
  const source = readFileSync(new URL(`../../src/${module}.ts`, import.meta.url), "utf8")
  const at = source.search(new RegExp(`^(?:export )?const ${accessor}_?\\b`, "m"))
  return at === -1 ? "" : source.slice(source.lastIndexOf("/**", at), at)
}

const operationGaps = (documented: Documented, { described, kind, name }: Place): ReadonlyArray<string> => {
  const { isDeprecated, method, parameters, path, request, results, sentinel, statuses, terminal } = documented
  const found: Array<string> = []
  const differ = (what: string, theirs: unknown, ours: unknown) => {
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) {
      found.push(`${documented.name}: ${what} ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}`)
    }
  }
  const named = (where: string) =>
    parameters
      .filter((parameter) => parameter.in === where)
      .map((parameter) => parameter.name)
      .toSorted()

  differ("name", described.name, name)
  differ("method", method, described.method)
  differ("path", path, (described.pathPrefix ?? kind.pathPrefix) + pathOf(described))
  differ("query", named("query"), queryOf(documented.name, described).toSorted())
  const headers = named("header").filter((header) => header !== "X-Friendli-Team")
  differ("headers", headers, [])
  const takesTeam = named("header").includes("X-Friendli-Team") || noTeamInContract.includes(documented.name)
  differ("header X-Friendli-Team", takesTeam, kind.supportsTeams)
  // a JSON array is no object with fields, so it has an encoding of its own
  const isEncoded = request?.contentType === "multipart/form-data" || request?.schema["type"] === "array"
  differ("a body of its own", isEncoded, described.encodeBody !== undefined)
  differ("a body", request !== undefined, described.hasBody)
  const streams = results.some(({ contentType }) => contentType === "text/event-stream")
  differ("a stream", streams, described._tag === "Streaming")
  if (described._tag === "Streaming") {
    if (sentinel !== undefined) differ("end of the stream", sentinel, described.sentinel)
    for (const type of terminal) {
      // an error ends the stream as a failure
      if (type !== "error") {
        differ(`ends with ${type}`, true, described.isTerminal({ name: type, data: { type }, type } as never))
      }
    }
  }
  for (const status of statuses) {
    if (tagOfStatus(status) === "UnexpectedStatusError") found.push(`${documented.name}: status ${status}, ours none`)
  }
  differ("deprecated", isDeprecated, docstringOf(name).includes("@deprecated"))
  return found
}

// --- schemas ---------------------------------------------------------------------

const nameOf = (schema: Json): string | undefined =>
  typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1)! : undefined

/** Names of a schema, or of its branches, that no row of the table compares with ours. */
const notCompared = (contract: Contract, schema: Json): ReadonlyArray<string> => {
  if (schema["type"] === "array") return notCompared(contract, schema["items"] as Json)
  const name = nameOf(schema)
  if (name !== undefined && table.some((row) => row.contract === name)) return []
  const target = name === undefined ? schema : contract.components.schemas[name]!
  const branches = (target["anyOf"] ?? target["oneOf"]) as ReadonlyArray<Json> | undefined
  if (branches !== undefined) return branches.flatMap((branch) => notCompared(contract, branch))
  return [name ?? JSON.stringify(schema)]
}

/** The contract's side of a row: a schema by its name, or what a call of an operation gives, by the name of the operation. */
export const theirsOf = (contract: Contract, name: string): Json | undefined => {
  const schema = contract.components.schemas[name]
  if (schema !== undefined) return schema
  const documented = operationsOf(contract).find((operation) => operation.name === name)
  return documented === undefined ? undefined : requestOf(contract, documented)
}

/** Where the contract has a default and we say nothing of it, or something else. */
const defaultGaps = (row: Pick<Row, "ours">, theirs: Node, ours: Node, path: string): ReadonlyArray<string> =>
  [...theirs.kinds].flatMap(([name, kind]) => {
    const own = ours.kinds.get(name)
    if (own === undefined) return []
    const at = name.startsWith("object ") ? `${path}(${name.slice("object ".length)})` : path
    return [
      ...(kind.items && own.items ? defaultGaps(row, kind.items, own.items, `${path}[]`) : []),
      ...[...(kind.properties ?? [])].flatMap(([field, { node }]) => {
        const property = own.properties?.get(field)
        if (property === undefined) return []
        const gap = defaultGap(row.ours, field, node.default)
        return [
          ...(gap === undefined ? [] : [`${at}.${field}: ${gap}`]),
          ...defaultGaps(row, node, property.node, `${at}.${field}`)
        ]
      })
    ]
  })

/** Parameters of an operation that may be absent. `null` is as good: a query has no `null`, so the client leaves it out. */
const optionalParameters = (contract: Contract, operation: string): ReadonlyArray<string> =>
  operationsOf(contract)
    .filter(({ name }) => name === operation)
    .flatMap(({ parameters }) => parameters.filter(({ required }) => !required).map(({ name }) => name))

/** What differs between the two sides of a row, without what the row says. */
export const rowGaps = (contract: Contract, row: Row): ReadonlyArray<string> => {
  const schema = theirsOf(contract, row.contract)
  if (schema === undefined) return [`${row.contract}: only ours`]
  const theirs = fromContract(schema, contract.components.schemas)
  const ours = fromAst(row.ours.ast)
  const nulls = optionalParameters(contract, row.contract).map((name) => `.${name}: nullable false, ours true`)
  const found = [...compare(theirs, ours, "", row.side), ...defaultGaps(row, theirs, ours, "")].filter(
    (line) => !nulls.includes(line)
  )
  return [
    ...found.filter((line) => !row.differences.includes(line)).map((line) => `${row.contract}${line}`),
    ...row.differences.filter((line) => !found.includes(line)).map((line) => `${row.contract}${line}: no longer so`)
  ]
}

// --- all of it -------------------------------------------------------------------

/** Every gap between a contract and the SDK. */
export const gaps = (contract: Contract): ReadonlyArray<string> => {
  const documented = operationsOf(contract)
  const names = documented.map(({ name }) => name)
  return [
    ...names
      .filter((name) => !places.has(name) && !notCovered.includes(name))
      .map((name) => `${name}: has no place in the SDK`),
    ...[...places.keys(), ...notCovered].filter((name) => !names.includes(name)).map((name) => `${name}: only ours`),
    ...documented.flatMap((operation) => {
      const place = places.get(operation.name)
      if (place === undefined) return []
      const { failures, name, parameters, request, results } = operation
      const takesParameters = parameters.some((parameter) => parameter.in !== "header")
      const schemas = [...(request === undefined || takesParameters ? [] : [request]), ...results, ...failures]
      return [
        ...operationGaps(operation, place),
        ...(takesParameters && !table.some((row) => row.contract === name)
          ? [`${name}: its request is not compared`]
          : []),
        ...schemas
          .flatMap(({ schema }) => notCompared(contract, schema))
          .map((schema) => `${name}: ${schema} is not compared`)
      ]
    }),
    ...table.flatMap((row) => rowGaps(contract, row))
  ]
}
