/** A drift as text. Changes that several operations have in common are reported once. */
import { type Change, type Drift, isEmpty } from "./compare.js"
import type { Facts } from "./schemas.js"

const written = (value: unknown): string => {
  if (Array.isArray(value) && value.length > 0)
    return value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ")
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** `optional string or null, at most 10 characters …` as words and pairs. */
const described = (facts: Facts): string => {
  const { nullable, required, type, ...others } = facts
  return [
    `${required === true ? "required " : ""}${written(type ?? "any")}${nullable === true ? " or null" : ""}`,
    ...Object.entries(others).map(([fact, value]) => (value === true ? fact : `${fact} ${written(value)}`))
  ].join(", ")
}

/** The items that were added to a list, and the removed items. */
const listed = (before: unknown, after: unknown): string | undefined => {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined
  const added = after.filter((value) => !before.includes(value))
  const removed = before.filter((value) => !after.includes(value))
  return [
    ...(added.length > 0 ? [`added ${written(added)}`] : []),
    ...(removed.length > 0 ? [`removed ${written(removed)}`] : [])
  ].join("; ")
}

const flags: Readonly<Record<string, readonly [set: string, unset: string]>> = {
  required: ["is required now", "is no longer required"],
  nullable: ["can be null now", "can no longer be null"],
  deprecated: ["is deprecated now", "is no longer deprecated"],
  open: ["now also accepts other values", "now accepts only these values"],
  uniqueItems: ["now has no duplicate items", "can now have duplicate items"]
}

const sentence = ({ after, before, fact }: Extract<Change, { readonly kind: "changed" }>): string => {
  const flag = flags[fact]
  if (flag !== undefined) return after === true ? flag[0] : flag[1]
  const list = listed(before, after)
  if (list !== undefined) return `${fact}: ${list}`
  if (before === undefined) return `has the ${fact} ${written(after)} now`
  if (after === undefined) return `no longer has the ${fact} ${written(before)}`
  return `${fact} was ${written(before)}, is ${written(after)}`
}

/** One line for a change. */
export const lineOf = (change: Change): string => {
  if (change.kind === "changed") return `  ~ ${change.place}: ${sentence(change)}`
  const more = change.below === 0 ? "" : `, with ${change.below} ${change.below === 1 ? "place" : "places"} below`
  return change.kind === "added"
    ? `  + ${change.place}: added, ${described(change.facts)}${more}`
    : `  - ${change.place}: removed${more}`
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** The lines that each group of operations has in common, in the order of the first operation of each. */
const groups = (
  drift: Drift
): ReadonlyArray<readonly [operations: ReadonlyArray<string>, lines: ReadonlyArray<string>]> => {
  const operations = new Map<string, Array<string>>()
  for (const { changes, operation } of drift.changed) {
    for (const line of new Set(changes.map(lineOf))) operations.set(line, [...(operations.get(line) ?? []), operation])
  }
  const lines = new Map<string, Array<string>>()
  for (const [line, names] of operations) {
    const key = names.join("\n")
    lines.set(key, [...(lines.get(key) ?? []), line])
  }
  return [...lines].map(([key, ofGroup]) => [key.split("\n"), ofGroup])
}

/** The whole report: added and removed operations, the changes of the others by operation and field, and a summary. */
export const report = (drift: Drift): string => {
  if (isEmpty(drift)) return "No drift: both documents describe every operation in the same way."
  const changes = drift.changed.flatMap((each) => each.changes)
  const count = (kind: Change["kind"]) => new Set(changes.filter((change) => change.kind === kind).map(lineOf)).size
  return [
    ...drift.added.map((operation) => `+ new operation: ${operation}`),
    ...drift.removed.map((operation) => `- operation removed: ${operation}`),
    ...groups(drift).flatMap(([operations, lines]) => [
      "",
      operations.length > 6
        ? `${operations.slice(0, 5).join(", ")} and ${operations.length - 5} more operations`
        : operations.join(", "),
      ...lines
    ]),
    "",
    `${counted(drift.added.length, "operation")} added, ${drift.removed.length} removed, ${drift.changed.length} changed: ` +
      `${counted(count("added"), "place")} added, ${count("removed")} removed, ${counted(count("changed"), "fact")} changed.`
  ]
    .join("\n")
    .trimStart()
}
