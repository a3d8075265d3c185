/** Changes of a copy of the contract, one at a time, each of which the coverage test must notice. */
import { type Contract, contract, type Json } from "effect-friendli-vectors"

type Mutable = { [key: string]: unknown }

export interface Mutation {
  /** `StreamOptions.include_usage: removed` */
  readonly title: string
  /** The schema that is changed. */
  readonly schema: string
  readonly apply: (copy: Contract) => void
}

const bounds = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "pattern"
]

/** The part of a copy at a path. */
const at = (copy: Contract, schema: string, path: ReadonlyArray<string | number>): Mutable =>
  path.reduce<unknown>((part, key) => (part as Mutable)[key], copy.components.schemas[schema]) as Mutable

/** All changes of what a schema says of a value: its bounds, default, values and type. `path` leads to it. */
const ofValue = (
  schema: string,
  value: Json,
  path: ReadonlyArray<string | number>,
  title: string
): ReadonlyArray<Mutation> => {
  const mutation = (what: string, change: (part: Mutable) => void): Mutation => ({
    title: `${title}: ${what}`,
    schema,
    apply: (copy) => change(at(copy, schema, path))
  })
  const values = value["enum"] as ReadonlyArray<unknown> | undefined
  const known = value["x-known-values"] as ReadonlyArray<unknown> | undefined
  const branches = (value["anyOf"] ?? value["oneOf"]) as ReadonlyArray<Json> | undefined
  const key = value["anyOf"] === undefined ? "oneOf" : "anyOf"
  return [
    ...bounds
      .filter((bound) => value[bound] !== undefined)
      .flatMap((bound) => [
        mutation(`without ${bound}`, (part) => delete part[bound]),
        mutation(`another ${bound}`, (part) => (part[bound] = bound === "pattern" ? "^x$" : Number(part[bound]) + 7))
      ]),
    ...(value["default"] === undefined || value["default"] === null
      ? []
      : [mutation("another default", (part) => (part["default"] = "something else"))]),
    ...(values ?? [])
      .filter((one) => one !== null)
      .map((one) =>
        mutation(
          `without the value ${String(one)}`,
          (part) => (part["enum"] = values!.filter((other) => other !== one))
        )
      ),
    ...(values === undefined ? [] : [mutation("a new value", (part) => (part["enum"] = [...values, "brand-new"]))]),
    ...(known === undefined
      ? []
      : [mutation("a new known value", (part) => (part["x-known-values"] = [...known, "brand-new"]))]),
    ...(typeof value["const"] === "string"
      ? [mutation("another constant", (part) => (part["const"] = "brand-new"))]
      : []),
    ...(value["type"] === "string" || value["type"] === "integer" || value["type"] === "number"
      ? [mutation("another type", (part) => (part["type"] = "boolean"))]
      : []),
    ...(typeof value["items"] === "object"
      ? ofValue(schema, value["items"] as Json, [...path, "items"], `${title}[]`)
      : []),
    ...(branches ?? []).flatMap((branch, index) =>
      branch["$ref"] === undefined ? ofValue(schema, branch, [...path, key, index], `${title}|${index}`) : []
    )
  ]
}

/** All changes of a named schema. */
export const mutationsOf = (schema: string): ReadonlyArray<Mutation> => {
  const whole = contract.components.schemas[schema]!
  const properties = Object.entries((whole["properties"] ?? {}) as Record<string, Json>)
  const required = (whole["required"] ?? []) as ReadonlyArray<string>
  return [
    ...(properties.length > 0
      ? [
          {
            title: `${schema}: a new field`,
            schema,
            apply: (copy: Contract) => {
              at(copy, schema, ["properties"])["brand_new"] = { type: "string" }
            }
          }
        ]
      : ofValue(schema, whole, [], schema)),
    ...properties.flatMap(([name, property]): ReadonlyArray<Mutation> => [
      {
        title: `${schema}.${name}: removed`,
        schema,
        apply: (copy) => {
          delete at(copy, schema, ["properties"])[name]
          at(copy, schema, [])["required"] = required.filter((other) => other !== name)
        }
      },
      {
        title: `${schema}.${name}: ${required.includes(name) ? "no longer required" : "required"}`,
        schema,
        apply: (copy) => {
          at(copy, schema, [])["required"] = required.includes(name)
            ? required.filter((other) => other !== name)
            : [...required, name]
        }
      },
      ...ofValue(schema, property, ["properties", name], `${schema}.${name}`)
    ])
  ]
}

/** Changes the part of a copy at a path. `undefined` removes it. */
export const edit =
  (path: ReadonlyArray<string>, change: (part: unknown) => unknown) =>
  (copy: Contract): void => {
    const parent = path.slice(0, -1).reduce<unknown>((part, key) => (part as Mutable)[key], copy) as Mutable
    const key = path.at(-1)!
    const changed = change(parent[key])
    if (changed === undefined) delete parent[key]
    else parent[key] = changed
  }

/** A copy of the contract with one change. Where the change is in one schema, the others are not copied. */
export const mutated = ({ apply, schema }: Pick<Mutation, "apply"> & Partial<Mutation>): Contract => {
  const { schemas } = contract.components
  const copy =
    schema === undefined
      ? structuredClone(contract)
      : {
          ...contract,
          components: { ...contract.components, schemas: { ...schemas, [schema]: structuredClone(schemas[schema]!) } }
        }
  apply(copy)
  return copy
}

/** The named schemas that a part of the contract refers to, itself and through others. */
export const reachable = (part: unknown, seen = new Set<string>()): ReadonlySet<string> => {
  if (Array.isArray(part)) for (const item of part) reachable(item, seen)
  else if (typeof part === "object" && part !== null) {
    for (const [key, value] of Object.entries(part)) {
      // names of branches are in the branches too
      if (key === "mapping" || key.startsWith("x-")) continue
      if (key !== "$ref") reachable(value, seen)
      else if (typeof value === "string" && value.startsWith("#/components/schemas/")) {
        const name = value.split("/").at(-1)!
        if (seen.has(name)) continue
        seen.add(name)
        reachable(contract.components.schemas[name], seen)
      }
    }
  }
  return seen
}
