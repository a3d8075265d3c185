import type { Issue } from "./contract.js"

/** A request body, or why it is none. */
export type Parsed = { readonly value: unknown } | { readonly issue: Issue }

export const readForm = async (_bytes: Uint8Array, _contentType: string): Promise<Parsed> => ({
  issue: { loc: ["body"], msg: "not served yet", type: "value_error" }
})
