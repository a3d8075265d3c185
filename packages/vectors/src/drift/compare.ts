/** Compares two OpenAPI documents by operation: what was added, removed or changed. */
import { type Operation, operationsOf } from "./operations.js"
import type { Facts, JsonObject } from "./schemas.js"

/** One difference at a place of an operation. */
export type Change =
  | { readonly kind: "added"; readonly place: string; readonly facts: Facts; readonly below: number }
  | { readonly kind: "removed"; readonly place: string; readonly facts: Facts; readonly below: number }
  | {
      readonly kind: "changed"
      readonly place: string
      readonly fact: string
      readonly before: unknown
      readonly after: unknown
    }

/** An operation that both documents have, and its differences. */
export interface Changed {
  readonly operation: string
  readonly changes: ReadonlyArray<Change>
}

export interface Drift {
  /** Operations that only the newer document has: operationId, method and path. */
  readonly added: ReadonlyArray<string>
  /** Operations that only the older document has, by the names of this repository. */
  readonly removed: ReadonlyArray<string>
  readonly changed: ReadonlyArray<Changed>
}

export const isEmpty = ({ added, changed, removed }: Drift): boolean =>
  added.length === 0 && removed.length === 0 && changed.length === 0

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Whether a place is below another one. */
const isBelow = (place: string, above: string): boolean =>
  place.startsWith(above) && /^[.[({]/.test(place.slice(above.length))

/** Places that only one side has. Only the topmost places are reported: the places below were added or removed with them. */
const only = (
  kind: "added" | "removed",
  own: Operation["places"],
  other: Operation["places"]
): ReadonlyArray<Change> => {
  const places = [...own.keys()].filter((place) => !other.has(place))
  return places
    .filter((place) => !places.some((above) => isBelow(place, above)))
    .map((place) => ({
      kind,
      place,
      facts: own.get(place)!,
      below: places.filter((one) => isBelow(one, place)).length
    }))
}

const changesOf = (before: Operation, after: Operation): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  const changed = (place: string, fact: string, a: unknown, b: unknown) => {
    if (!same(a, b)) changes.push({ kind: "changed", place, fact, before: a, after: b })
  }
  changed("operation", "place", before.place, after.place)
  changed("operation", "operationId", before.operationId, after.operationId)
  for (const [place, facts] of before.places) {
    const others = after.places.get(place)
    if (others === undefined) continue
    for (const fact of new Set([...Object.keys(facts), ...Object.keys(others)])) {
      changed(place, fact, facts[fact], others[fact])
    }
  }
  return [...changes, ...only("added", after.places, before.places), ...only("removed", before.places, after.places)]
}

/**
 * The differences between an older and a newer document. Operations are the same if they have the same operationId, or else the same method and path.
 */
export const compare = (older: JsonObject, newer: JsonObject): Drift => {
  const before = operationsOf(older)
  const after = operationsOf(newer)
  const twins = new Map<Operation, Operation>()
  const taken = new Set<Operation>()
  for (const matches of [
    (a: Operation, b: Operation) => a.operationId === b.operationId,
    (a: Operation, b: Operation) => a.place === b.place
  ]) {
    for (const operation of before) {
      if (twins.has(operation)) continue
      const twin = after.find((candidate) => !taken.has(candidate) && matches(operation, candidate))
      if (twin === undefined) continue
      twins.set(operation, twin)
      taken.add(twin)
    }
  }
  const nameOf = ({ name, operationId }: Operation): string => name ?? operationId
  return {
    added: after
      .filter((operation) => !taken.has(operation))
      .map(({ operationId, place }) => `${operationId} (${place})`),
    removed: before.filter((operation) => !twins.has(operation)).map(nameOf),
    changed: before.flatMap((operation) => {
      const twin = twins.get(operation)
      const changes = twin === undefined ? [] : changesOf(operation, twin)
      return changes.length === 0 ? [] : [{ operation: nameOf(operation), changes }]
    })
  }
}

/** A change in one line that does not depend on the operation. */
const keyOf = (change: Change): string =>
  change.kind === "changed"
    ? `${change.place}: ${change.fact} ${JSON.stringify(change.before)} -> ${JSON.stringify(change.after)}`
    : `${change.place}: ${change.kind}`

/** Changes that are known, and the operations that have them. */
export interface Accepted {
  readonly [change: string]: ReadonlyArray<string>
}

/** Makes all changes of a drift known. */
export const accept = (drift: Drift): Accepted => {
  const known = new Map<string, Array<string>>()
  for (const { changes, operation } of drift.changed) {
    for (const key of changes.map(keyOf)) known.set(key, [...(known.get(key) ?? []), operation])
  }
  return Object.fromEntries([...known].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The drift without the changes that are known. */
export const without = (drift: Drift, accepted: Accepted): Drift => ({
  ...drift,
  changed: drift.changed.flatMap(({ changes, operation }) => {
    const left = changes.filter((change) => accepted[keyOf(change)]?.includes(operation) !== true)
    return left.length === 0 ? [] : [{ operation, changes: left }]
  })
})
