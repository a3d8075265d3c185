/**
 * Differences between JSON-like values. In: the expected value and the actual one. Out: a list of differences with their paths, and its
 * text for the output of a test. Printing the whole request twice would hide the one field that differs.
 */
import * as Predicate from "effect/Predicate"

/** One difference between a request and the expected one. */
export interface Difference {
  /** For example `json.messages[0].content`, `headers.accept`, `form.file.size`. */
  readonly path: string
  /** JSON, shortened around the first difference; `nothing` for a value that should be absent. */
  readonly expected: string
  readonly actual: string
}

/** Longer texts are shortened around their first difference. */
const clip = 160

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Predicate.isRecord(value) && !(value instanceof Uint8Array)

const show = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value instanceof Uint8Array) {
    const start = Array.from(value.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join(" ")
    return `<${value.length} bytes: ${start}${value.length > 16 ? " …" : ""}>`
  }
  if (typeof value === "number" && !Number.isFinite(value)) return String(value)
  return JSON.stringify(value) ?? String(value)
}

/** The part of a long text around the position of the first difference. */
const excerpt = (text: string, at: number): string => {
  if (text.length <= clip) return text
  const start = Math.max(0, Math.min(at - clip / 4, text.length - clip))
  const end = Math.min(text.length, start + clip)
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`
}

/** One difference, with both values cut at the same position. */
const pair = (path: string, expected: unknown, actual: unknown): Difference => {
  const one = show(expected)
  const other = show(actual)
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return { path, expected: excerpt(one, at), actual: excerpt(other, at) }
}

const equalBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

/** A path and the name of one more field, as JavaScript would write it. */
const key = (path: string, name: string): string =>
  /^[\w-]+$/.test(name) ? (path === "" ? name : `${path}.${name}`) : `${path}[${JSON.stringify(name)}]`

/** With `partial`, additional fields are allowed. An `undefined` field counts as absent. */
export const compare = (
  path: string,
  expected: unknown,
  actual: unknown,
  partial: boolean
): ReadonlyArray<Difference> => {
  if (Object.is(expected, actual) || (expected === 0 && actual === 0)) return []
  if (expected instanceof Uint8Array && actual instanceof Uint8Array) {
    return equalBytes(expected, actual) ? [] : [pair(path, expected, actual)]
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length)
    return Array.from({ length }, (_, index) =>
      compare(`${path}[${index}]`, expected[index], actual[index], partial)
    ).flat()
  }
  if (isPlain(expected) && isPlain(actual)) {
    const names = partial ? Object.keys(expected) : [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    return names.flatMap((name) =>
      compare(
        key(path, name),
        Object.hasOwn(expected, name) ? expected[name] : undefined,
        Object.hasOwn(actual, name) ? actual[name] : undefined,
        partial
      )
    )
  }
  return [pair(path, expected, actual)]
}

/** The maximum number of shown differences. */
const most = 20

/** Three lines for each difference: path, expected value, actual value. */
export const format = (differences: ReadonlyArray<Difference>): string => {
  const shown = differences
    .slice(0, most)
    .map(({ actual, expected, path }) => `  ${path}\n    - ${expected}\n    + ${actual}`)
  return (differences.length > most ? [...shown, `  and ${differences.length - most} more`] : shown).join("\n")
}
