/**
 * Schemas of many kinds, for tools and response formats.
 */
import * as Schema from "effect/Schema"

export class Trip extends Schema.Class<Trip>("Trip")({
  city: Schema.String,
  from: Schema.Date,
  days: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 30)), { default: () => 1 }),
  id: Schema.propertySignature(Schema.UUID).pipe(Schema.fromKey("trip_id"))
}) {}

export interface Category {
  readonly name: string
  readonly parts: ReadonlyArray<Category>
}
export const Category: Schema.Schema<Category> = Schema.Struct({
  name: Schema.String,
  parts: Schema.Array(Schema.suspend((): Schema.Schema<Category> => Category))
}).annotations({ identifier: "Category" })

/** All of them encode to an object that both rule sets know. */
export const shapes: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  nothing: Schema.Struct({}),
  a_class: Trip,
  a_recursive_struct: Category,
  a_recursive_field: Schema.Struct({ root: Category, other: Schema.NullOr(Category) }),
  a_union: Schema.Union(
    Schema.Struct({ kind: Schema.Literal("circle"), radius: Schema.Int }),
    Schema.Struct({ kind: Schema.Literal("square"), side: Schema.Int })
  ),
  literals: Schema.Struct({ a: Schema.Literal("x", 1, true, null), b: Schema.Literal("y") }),
  nullable: Schema.Struct({ a: Schema.NullOr(Schema.Boolean), b: Schema.optional(Schema.Array(Schema.Int)) }),
  a_template: Schema.Struct({
    a: Schema.TemplateLiteral("v", Schema.Literal("1", "2")),
    b: Schema.NonEmptyArray(Schema.String)
  }),
  suspended: Schema.suspend(() => Category)
}

/** For tools alone. */
export const forToolsAlone: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  a_record: Schema.Record({ key: Schema.String, value: Schema.Int }),
  tuples: Schema.Struct({ pair: Schema.Tuple(Schema.Int, Schema.Int), mixed: Schema.Tuple(Schema.String, Schema.Int) }),
  a_map: Schema.Struct({ it: Schema.Map({ key: Schema.String, value: Schema.Int }) }),
  anything: Schema.Struct({ it: Schema.Unknown }),
  bounds: Schema.Struct({
    text: Schema.String.pipe(Schema.minLength(3), Schema.maxLength(5)),
    ratio: Schema.Number.pipe(Schema.between(0, 1)),
    list: Schema.Array(Schema.Int).pipe(Schema.minItems(2), Schema.maxItems(3))
  })
}
