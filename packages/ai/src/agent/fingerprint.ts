/**
 * A short text that identifies the definition of a tool. In: a JSON value. Out: its SHA-256, so that nobody can make another definition with the same
 * fingerprint. The order of fields does not matter.
 */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Predicate from "effect/Predicate"

/** The same value, with the fields of its objects in the order of their names. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!Predicate.isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)])
  )
}

/** The fingerprint of a definition. */
export const fingerprint = (definition: unknown): Effect.Effect<string> =>
  Effect.promise(async () => {
    const json: unknown = JSON.parse(JSON.stringify(definition) ?? "null")
    const text = JSON.stringify(sorted(json))
    // pages without https have no `crypto.subtle`: there the text itself identifies the definition, only longer
    const subtle = crypto.subtle as SubtleCrypto | undefined
    if (subtle === undefined) return text
    return Encoding.encodeHex(new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(text))))
  })

/** The result of an effect that is the same each time, computed once. */
export const once = <A>(effect: Effect.Effect<A>): Effect.Effect<A> => {
  let known: { readonly value: A } | undefined
  return Effect.suspend(() =>
    known === undefined
      ? Effect.tap(effect, (value) =>
          Effect.sync(() => {
            known = { value }
          })
        )
      : Effect.succeed(known.value)
  )
}
