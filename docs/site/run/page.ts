/** The page in which programs run: the target of their output, and the `fetch` for their requests. One program runs at a time. */
import { format } from "./inspect.js"

/** The stream of a printed text. The guides promise only the output. */
export type Stream = "output" | "error"

interface Page {
  /** Receives the printed text of the program. */
  write: (text: string, stream: Stream) => void
  /** Answers requests. */
  fetch: typeof globalThis.fetch
  /** Called with the outcome of a program that was started as the main program. */
  ended: (exit: unknown) => void
  /** The depth of `console.group`. */
  depth: number
}

const nobody = (): never => {
  throw new Error("no program is running")
}

export const page: Page = { write: () => {}, fetch: nobody, ended: () => {}, depth: 0 }

// oxlint-disable-next-line no-control-regex -- colours are for terminals
const colours = /\u001B\[[\d;]*m/g

const printTo =
  (stream: Stream) =>
  (...values: ReadonlyArray<unknown>): void => {
    const indent = "  ".repeat(page.depth)
    const text = format(values).replace(colours, "")
    page.write(`${indent}${text.replaceAll("\n", `\n${indent}`)}\n`, stream)
  }

const print = printTo("output")
const printError = printTo("error")

const group = (...values: ReadonlyArray<unknown>): void => {
  if (values.length > 0) print(...values)
  page.depth++
}

/** The console of programs and libraries. */
export const console = {
  assert: (condition: unknown, ...values: ReadonlyArray<unknown>): void => {
    if (!condition) printError("Assertion failed", ...values)
  },
  debug: print,
  dir: (value: unknown): void => print(value),
  error: printError,
  group,
  groupCollapsed: group,
  groupEnd: (): void => {
    page.depth = Math.max(0, page.depth - 1)
  },
  info: print,
  log: print,
  trace: printError,
  warn: printError
}

const streamOf = (stream: Stream) => ({
  isTTY: false,
  write: (text: string): boolean => {
    page.write(text.replace(colours, ""), stream)
    return true
  }
})

/** The process of programs and libraries: an environment with the emulator's URL and any token. */
export const process = {
  argv: [],
  env: { FRIENDLI_BASE_URL: "http://localhost:8000", FRIENDLI_TOKEN: "flp_page" },
  exitCode: undefined as number | undefined,
  stderr: streamOf("error"),
  stdout: streamOf("output"),
  versions: {}
}
