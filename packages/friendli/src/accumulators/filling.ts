/** Adds fields that a server left out to a copy of a value. Decision 0026 has the reasons. */
import * as Predicate from "effect/Predicate"

/** Servers write null for fields that they do not use. */
export const isMissing = (value: unknown): value is null | undefined => value === undefined || value === null

/** The same value, or a copy in which `change` has replaced one field. */
export const withField = (value: unknown, key: string, change: (field: unknown) => unknown): unknown => {
  if (!Predicate.isRecord(value)) return value
  const before = value[key]
  const after = change(before)
  return after === before ? value : { ...value, [key]: after }
}

/** The same value, or a copy in which a missing field has this value. */
export const withDefault = (value: unknown, key: string, missing: unknown): unknown =>
  withField(value, key, (field) => (isMissing(field) ? missing : field))

/** The same list if nothing was added to an item, so that the caller can tell. */
export const withItems = (list: unknown, fill: (item: unknown) => unknown): unknown => {
  if (!Array.isArray(list)) return list
  const filled = list.map(fill)
  return filled.some((item, index) => item !== list[index]) ? filled : list
}
