/** Formats values as Node prints them, so that the output in a page is the same as in the guides. */
import { format as formatAsNode } from "node-inspect-extracted"

/** The lines of a stack. In a page they are positions in a bundle, which are not useful. */
const frames = /\n *at [^\n]*?(?= \{\n|\n|$)/g

/** A line that is removed later: without a stack, an error would be printed in brackets. */
const frame = "\n    at page"

/** How deep errors are searched: the same depth as for printed values. */
const maxDepth = 3

/**
 * In V8 the stack of an error begins with its text, and Node prints the stack. In other browsers the stack has only positions. There the text
 * replaces the stack before an error is printed.
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

/** The arguments of `console.log` as one text, with the text of errors but without their stacks. */
export const format = (values: ReadonlyArray<unknown>): string => {
  writeTexts(values)
  return formatAsNode(...values).replace(frames, "")
}
