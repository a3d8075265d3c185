/** Values as Node prints them, so that the output in a page is the output that the guides show. */
import { format as formatAsNode } from "node-inspect-extracted"

/** The lines of a stack. In a page they name places of a bundle, which help nobody. */
const frames = /\n *at [^\n]*?(?= \{\n|\n|$)/g

/** A line that is taken away again: without a stack, an error is printed in brackets. */
const frame = "\n    at page"

/** How deep errors are looked for: as deep as values are printed. */
const maxDepth = 3

/**
 * The stack of an error begins with its text in V8, and Node prints the stack. Other browsers write places alone: there the text takes
 * their place before an error is printed.
 */
const writeTexts = (value: unknown, depth = 0): void => {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || depth > maxDepth) return
  if (value instanceof Error) {
    const { message, name, stack } = value
    const hasText = message === "" ? stack?.startsWith(name) : stack?.includes(message)
    if (hasText !== true) {
      Object.defineProperty(value, "stack", { value: `${String(value)}${frame}`, configurable: true, writable: true })
    }
  }
  for (const { value: child } of Object.values(Object.getOwnPropertyDescriptors(value))) writeTexts(child, depth + 1)
}

/** The arguments of `console.log` as one text, with errors that say what they are, and not where they come from. */
export const format = (values: ReadonlyArray<unknown>): string => {
  writeTexts(values)
  return formatAsNode(...values).replace(frames, "")
}
