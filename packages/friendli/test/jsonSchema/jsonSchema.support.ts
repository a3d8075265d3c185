/**
 * What the unit tests and the exhaustive tests of `jsonSchema` share.
 */
import * as Schema from "effect/Schema"
import * as JsonSchema from "effect-friendli/JsonSchema"
import * as fc from "fast-check"
import { Category } from "../shapes.js"

export interface Json {
  readonly [keyword: string]: unknown
}

export type Purpose = "tool" | "response"

export const purposes: ReadonlyArray<Purpose> = ["tool", "response"]

/** As it is sent. */
export const jsonOf = (schema: Schema.Schema.AnyNoContext, purpose: Purpose): Json =>
  JSON.parse(JSON.stringify(JsonSchema.make(schema, { for: purpose })))

export const object = (properties: Json, required = Object.keys(properties)): Json => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
  additionalProperties: false
})

export const number = { type: "number" }

export const integer = { type: "integer" }

export enum Level {
  low = "low",
  high = "high"
}

export class Person extends Schema.Class<Person>("Person")(
  {
    name: Schema.String.annotations({ description: "Their full name" }),
    age: Schema.optionalWith(Schema.Int, { default: () => 18 }).annotations({ description: "In years" })
  },
  { description: "Somebody" }
) {}

interface ChainEncoded {
  readonly value: number
  readonly next: ChainEncoded | null
}

export class Chain extends Schema.Class<Chain>("Chain")({
  value: Schema.Int,
  next: Schema.NullOr(Schema.suspend((): Schema.Schema<Chain, ChainEncoded> => Chain))
}) {}

export type Term =
  | { readonly op: "value"; readonly value: number }
  | { readonly op: "sum"; readonly left: Term; readonly right: Term }

const term = Schema.suspend((): Schema.Schema<Term> => Term)

export const Term: Schema.Schema<Term> = Schema.Union(
  Schema.Struct({ op: Schema.Literal("value"), value: Schema.Number.pipe(Schema.finite()) }),
  Schema.Struct({ op: Schema.Literal("sum"), left: term, right: term })
).annotations({ identifier: "calc/Term" })

export const Address = Schema.Struct({ street: Schema.String }).annotations({ identifier: "Address" })

// ---------------------------------------------------------------------------
// schemas of any making
// ---------------------------------------------------------------------------

/** Schemas that can be expressed for both purposes. */
const leaf = fc.constantFrom<Schema.Schema.AnyNoContext>(
  Schema.String,
  Schema.Boolean,
  Schema.Int,
  Schema.Int.pipe(Schema.between(-3, 7)),
  Schema.JsonNumber,
  Schema.JsonNumber.pipe(Schema.between(0, 1)),
  Schema.Number.pipe(Schema.finite(), Schema.greaterThan(2)),
  Schema.NonEmptyString,
  Schema.UUID,
  Schema.String.pipe(Schema.pattern(/^[a-z]{1,4}$/)),
  Schema.TemplateLiteral("a-", Schema.Literal("b", "c")),
  Schema.Literal("x"),
  Schema.Literal("x", 1, true, null),
  Schema.Enums(Level),
  Schema.ValidDateFromSelf.pipe((to) => Schema.compose(Schema.DateFromString, to)),
  Schema.Date,
  Schema.NumberFromString,
  Schema.BigInt,
  Schema.OptionFromNullOr(Schema.Int),
  Schema.Set(Schema.String),
  Schema.Tuple(Schema.Int, Schema.Int),
  Address,
  Person,
  Category
)

const { schema: anySchema } = fc.letrec<{ schema: Schema.Schema.AnyNoContext }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    leaf,
    tie("schema").map((inner) => Schema.NullOr(inner)),
    tie("schema").map((inner) => Schema.Array(inner)),
    tie("schema").map((inner) => Schema.Array(inner).pipe(Schema.minItems(2), Schema.maxItems(3))),
    fc.tuple(tie("schema"), tie("schema")).map(([a, b]) => Schema.Union(a, b)),
    fc.tuple(tie("schema"), tie("schema"), tie("schema")).map(([a, b, c]) =>
      Schema.Struct({
        a: Schema.optional(a),
        b,
        c: Schema.optionalWith(c, { nullable: true }),
        z: Schema.Literal("z")
      })
    )
  )
}))

export const root = fc.oneof(
  fc.tuple(anySchema, anySchema).map(([a, b]) => Schema.Struct({ a, b, c: a })),
  fc
    .tuple(anySchema, anySchema)
    .map(([a, b]) =>
      Schema.Union(Schema.Struct({ a }), Schema.Struct({ b: Schema.optional(b), z: Schema.Literal("z") }))
    ),
  fc.constantFrom<Schema.Schema.AnyNoContext>(Category, Chain, Term, Person)
)
