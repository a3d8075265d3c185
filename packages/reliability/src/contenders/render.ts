import { inspect } from "node:util"

const json = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ""
  } catch {
    return ""
  }
}

/** The renderings of an error of a client that throws. */
export const render = (error: unknown): ReadonlyArray<string> => [
  json(error),
  inspect(error, { depth: Infinity }),
  String(error),
  error instanceof Error ? (error.stack ?? "") : ""
]

/** The name of the error's class, and its first sentence. */
export const nameOf = (error: unknown): string =>
  error instanceof Error ? (error.name === "Error" ? error.constructor.name : error.name) : typeof error

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!.slice(0, 120)
