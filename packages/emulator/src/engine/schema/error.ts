/** The kinds of constraints. */
export type ConstraintKind = "json_object" | "json_schema" | "regex"

/**
 * A constraint that is invalid, or for which no text was found. The message contains the reason. It names keywords and places of the schema, but
 * never a value.
 */
export class ConstraintError extends Error {
  /** Discriminates the error in a union. */
  readonly _tag = "ConstraintError"
  override readonly name = "ConstraintError"
  readonly kind: ConstraintKind
  constructor(kind: ConstraintKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** A part of a schema that no value satisfies, and where it is. */
export class Impossible extends Error {
  constructor(reason: string, path: string) {
    super(path === "" ? reason : `${reason}, at ${path}`)
  }
}
