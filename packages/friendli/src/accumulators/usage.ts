/**
 * Token counts of a stream, merged from all the events that have some: field by field, and no count ever goes down.
 *
 * Servers send previews, running counts, and last events with zeros, null or half of the fields; the highest count is the one that is
 * paid.
 */

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether `next` says all that `before` said, and no count of it is lower. */
const covers = (next: unknown, before: unknown): boolean => {
  if (before === undefined || before === null) return true
  if (typeof before === "number") return typeof next === "number" && next >= before
  if (!isFields(before)) return next !== undefined && next !== null
  return (
    isFields(next) &&
    Object.keys(before).every((name) => covers(Object.hasOwn(next, name) ? next[name] : undefined, before[name]))
  )
}

const merge = (before: unknown, next: unknown): unknown => {
  if (covers(next, before)) return next ?? before
  if (!isFields(before) || !isFields(next)) return before
  const merged = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(next)) merged.set(name, merge(merged.get(name), value))
  return Object.fromEntries(merged)
}

/** A sum of counts that come from different events. */
const withTotal = (usage: Fields): Fields => {
  const { completion_tokens: output, prompt_tokens: input, total_tokens: total } = usage
  return typeof input === "number" && typeof output === "number" && typeof total === "number" && total < input + output
    ? { ...usage, total_tokens: input + output }
    : usage
}

/** The counts so far and those of one more event. One of the two is handed on as it is where it says everything. */
export const mergeUsage = <Usage>(before: Usage | undefined, next: Usage | null | undefined): Usage | undefined => {
  if (next === null || next === undefined) return before
  if (covers(next, before)) return next
  if (covers(before, next)) return before
  // Merged of two values of the type, of which every field is optional or in one of them.
  return withTotal(merge(before, next) as Fields) as Usage
}
