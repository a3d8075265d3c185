/**
 * What the unit tests and the exhaustive tests of `echoes` share.
 */
import { assert } from "vitest"
import { type Echoes, make } from "../../src/internal/echoes.js"

/** Looks for a whole text of the request, part by part. */
export const look = (found: Echoes, text: string): void => {
  for (let from = 0; from < text.length;) from = found.look(text, from)
}

/** The text with a dot in the place of each hidden character. */
export const dotted = (text: string, hidden: Uint8Array): string =>
  Array.from({ length: text.length }, (_, at) => (hidden[at] === 0 ? text[at] : "·")).join("")

/** What is left of a server's text after texts of the request were looked for. */
export const shown = (said: string, ...request: ReadonlyArray<string>): string => {
  const found = make([said])
  for (const text of request) look(found, text)
  assert.strictEqual(found.hidden.length, said.length + 1)
  assert.strictEqual(found.hidden[said.length], 0)
  return dotted(said, found.hidden)
}

export const dots = (text: string): string => "·".repeat(text.length)

export const run = "The7zebra ya"
