/** The contract and copies of it that are changed, as the drift command reads them. */
import { contract, type Json } from "effect-friendli-vectors"
import type { Files } from "../src/drift/run.js"

export const text = JSON.stringify(contract)

/** One operation of the contract, with the schemas of all: a hundredth of the work. */
export const only = (path: string): string => JSON.stringify({ ...contract, paths: { [path]: contract.paths[path] } })

/** A copy of a document with changes of the parts at these paths. `undefined` removes a part. */
export const changed = (
  document: string,
  ...changes: ReadonlyArray<readonly [path: string, change: (part: unknown) => unknown]>
): string => {
  const copy: unknown = JSON.parse(document)
  for (const [path, change] of changes) {
    const keys = path.split(" ")
    const parent = keys.slice(0, -1).reduce((part, key) => (part as Json)[key], copy) as { [key: string]: unknown }
    const key = keys.at(-1)!
    const value = change(parent[key])
    if (value === undefined) delete parent[key]
    else parent[key] = value
  }
  return JSON.stringify(copy)
}

export const to = (value: unknown) => () => value

/** What the command reads when it compares the contract with a newer one. */
export const files = (contract: string, newer: string, accepted = "{}"): Files => ({
  contract,
  accepted,
  read: () => newer
})
