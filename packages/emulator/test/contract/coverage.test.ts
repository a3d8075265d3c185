/**
 * The emulator cannot lag the contract in silence: every operation is served, or stands in the list of those that are not.
 */
import { contract } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { calls } from "../../src/contract/calls.js"
import { routes } from "../../src/contract/routes.js"

/** The operations of the contract that the emulator does not serve. One that it serves must leave this list. */
const notServed: ReadonlyArray<string> = []

const documented = Object.values(contract.paths).flatMap((item) =>
  Object.entries(item).map(([method, operation]) => ({
    name: String(operation["x-operation"]),
    method: method.toUpperCase(),
    path: String(operation["x-wire-path"]),
    body: Object.keys(
      ((operation["requestBody"] ?? {}) as { readonly content?: Readonly<Record<string, unknown>> }).content ?? {}
    )[0],
    // An empty requirement among others is a request without a token.
    isOpen: ((operation["security"] ?? []) as ReadonlyArray<object>).some((one) => Object.keys(one).length === 0)
  }))
)

describe("the operations of the contract", () => {
  it("are 84, and each is served or listed as not served", () => {
    expect(documented).toHaveLength(84)
    const served = documented.filter(
      ({ method, name, path }) => calls.some((call) => call.name === name) || (method === "POST" && routes.has(path))
    )
    expect([...served.map(({ name }) => name), ...notServed].toSorted()).toEqual(
      documented.map(({ name }) => name).toSorted()
    )
  })

  it.each(calls)("$name has its method, path, body and access", ({ body, method, name, open, path }) => {
    expect({ name, method, path, body, isOpen: open === true }).toEqual(
      documented.find((operation) => operation.name === name)
    )
  })
})
