/**
 * The defaults of the server, as our docstrings state them. In: the sources of the wire schemas. Out: for a schema and a field, what is said of its default.
 *
 * A schema of Effect cannot say what a server takes for an absent value, and a decoder must not fill it in. The sentence `Server default: 1.` in the docstring of
 * the field does.
 */
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { readdirSync, readFileSync } from "node:fs"

interface Source {
  /** The constants that it exports. */
  readonly exports: ReadonlySet<string>
  /** The files beside it that it imports. */
  readonly imports: ReadonlyArray<string>
  /** The docstrings of the fields, by name. */
  readonly fields: ReadonlyMap<string, ReadonlyArray<string>>
}

const folder = new URL("../../src/schema/", import.meta.url)

const group = <A>(pairs: Iterable<readonly [string, A]>): ReadonlyMap<string, ReadonlyArray<A>> => {
  const groups = new Map<string, Array<A>>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

const textOf = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, ""))
    .join(" ")
    .replace(/\s+/g, " ")

const sourceOf = (text: string): Source => ({
  exports: new Set([...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name!)),
  imports: [...text.matchAll(/from "\.\/(\w+)\.js"/g)].map(([, name]) => name!),
  fields: group(
    [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:readonly )?(\w+)\??:/g)].map(
      ([, comment, name]) => [name!, textOf(comment!)] as const
    )
  )
})

const sources: ReadonlyMap<string, Source> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [file.slice(0, -".ts".length), sourceOf(readFileSync(new URL(file, folder), "utf8"))] as const)
)

/** A file and those that it imports. */
const closure = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(file) || !sources.has(file)) return seen
  seen.add(file)
  for (const next of sources.get(file)!.imports) closure(next, seen)
  return seen
}

const identifierOf = (ast: AST.AST): string | undefined => {
  const identifier = ast.annotations[AST.IdentifierAnnotationId]
  if (typeof identifier === "string") return identifier
  return AST.isRefinement(ast) ? identifierOf(ast.from) : undefined
}

/** The files in which a schema and what it is made of may be, by the schema. */
const homes = new WeakMap<AST.AST, ReadonlyArray<Source>>()

const homesOf = ({ ast }: Schema.Schema.All): ReadonlyArray<Source> => {
  const known = homes.get(ast)
  if (known !== undefined) return known
  const identifier = identifierOf(ast)
  const home = [...sources].find(([, { exports }]) => identifier !== undefined && exports.has(identifier))?.[0]
  const found = home === undefined ? [] : Array.from(closure(home), (file) => sources.get(file)!)
  homes.set(ast, found)
  return found
}

/** All docstrings that a field of this name has where the schema is made. */
const docstringsOf = (schema: Schema.Schema.All, field: string): ReadonlyArray<string> =>
  homesOf(schema).flatMap(({ fields }) => fields.get(field) ?? [])

/** What a docstring calls the default: `Server default: 1.`, or in an answer `Absent: 0.` */
const stated = (docstring: string, words = "Server default|Default of the server|Absent"): ReadonlyArray<string> =>
  [...docstring.matchAll(new RegExp(`(?:${words}): (\`[^\`]*\`|.+?)(?=[.;,] |[.;,]$|$)`, "g"))].map(([, value]) =>
    value!.replaceAll("`", "")
  )

const written = (value: unknown): string => {
  if (value === "" || (typeof value === "object" && Object.keys(value as object).length === 0)) return "none"
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** What we say of the default of a field, once for all contracts that are compared. */
interface Said {
  /** What an absent value stands for, in the words of each docstring. */
  readonly absent: ReadonlyArray<string>
  /** Of each docstring, what it calls the server's default. "Absent" also says what an absent value means where it stands for no other. */
  readonly defaults: ReadonlyArray<ReadonlyArray<string>>
}

const saidOf = new WeakMap<AST.AST, Map<string, Said>>()

const said = (schema: Schema.Schema.All, field: string): Said => {
  const fields = saidOf.get(schema.ast) ?? new Map<string, Said>()
  saidOf.set(schema.ast, fields)
  const known = fields.get(field)
  if (known !== undefined) return known
  const docstrings = docstringsOf(schema, field)
  const read: Said = {
    absent: docstrings.flatMap((docstring) => stated(docstring)),
    defaults: docstrings.map((docstring) => stated(docstring, "Server default|Default of the server"))
  }
  fields.set(field, read)
  return read
}

/** What is wrong with what we say of a default; `undefined` if nothing is. `value` is that of the contract, if it has one. */
export const defaultGap = (schema: Schema.Schema.All, field: string, value: unknown): string | undefined => {
  const { absent, defaults } = said(schema, field)
  if (value === undefined) {
    const always = defaults.length > 0 && defaults.every((values) => values.length > 0)
    return always ? `no default, ours ${defaults.flat().join(" or ")}` : undefined
  }
  const isSaid = absent.some((text) => text === written(value) || text.startsWith(`${written(value)} `))
  return isSaid ? undefined : `default ${written(value)}, ours ${absent.join(" or ") || "none"}`
}
