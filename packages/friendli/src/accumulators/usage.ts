/**
 * Merges the token counts of all events of a stream, field by field; counts never go down.
 *
 * Servers send previews, running counts, and last events with zeros, null or only some of the fields; the highest count is the billed
 * one.
 */

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether `next` has all fields of `before`, and none of its counts is lower. */
const covers = (next: unknown, before: unknown): boolean => {
  if (before == null) return true
  if (typeof before === "number") return typeof next === "number" && next >= before
  if (!isFields(before)) return next != null
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

/** The total must be the sum of counts that come from different events. */
const withTotal = (usage: Fields): Fields => {
  const { completion_tokens: output, prompt_tokens: input, total_tokens: total } = usage
  const sum = Number(input) + Number(output)
  return typeof total === "number" && total < sum ? { ...usage, total_tokens: sum } : usage
}

/**
 * Merges the counts so far with those of one more event. Returns one of the two unchanged if it contains everything.
 */
export const mergeUsage = <Usage>(before: Usage | undefined, next: Usage | null | undefined): Usage | undefined => {
  if (next == null) return before
  if (covers(next, before)) return next
  if (covers(before, next)) return before
  // The merged value has the type of both: each field is optional or present in one of them.
  return withTotal(merge(before, next) as Fields) as Usage
}
