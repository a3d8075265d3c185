/**
 * The tools that the API runs itself. In: the name of a tool and its arguments. Out: its result, or an error. Arithmetic, statistics and the calendar
 * are computed, and text files are read. There is no network and no code is executed, so searches, pages and programs return an error that says so.
 */
import type { JsonRecord } from "../base/json.js"
import { valueOf } from "./planner/arithmetic.js"
import type { FunctionTool } from "./planner/choose.js"

/** The environment of a tool, in addition to its arguments. */
export interface ToolEnvironment {
  /** The text of an uploaded file, or why it cannot be read. */
  readonly readFile: (id: string) => { readonly text: string } | { readonly problem: string }
  /** The ids of the files that the request attaches to the tool. */
  readonly files: ReadonlyArray<string>
}

/** The result of a tool as JSON text, or its error. */
export type ToolResult =
  | { readonly result: string }
  | { readonly error: { readonly type: "INVALID_PARAMETER" | "UNKNOWN"; readonly msg: string } }

/** A tool: its definition for the planner, and its function. */
interface BuiltInTool {
  readonly tool: FunctionTool
  readonly run: (args: JsonRecord, environment: ToolEnvironment) => ToolResult
}

const failed = (type: "INVALID_PARAMETER" | "UNKNOWN", msg: string): ToolResult => ({ error: { type, msg } })

const succeeded = (value: unknown): ToolResult => ({ result: JSON.stringify({ result: value }) })

/** A function whose parameters are all required. */
const tool = (name: string, description: string, properties: JsonRecord): FunctionTool => ({
  name,
  description,
  parameters: { type: "object", properties, required: Object.keys(properties) }
})

const text = { type: "string" }

const calculate: BuiltInTool["run"] = ({ expression }) => {
  const value = valueOf(String(expression))
  return value === undefined
    ? failed("INVALID_PARAMETER", "'expression' is no arithmetic expression")
    : succeeded(String(value))
}

/** The figures that describe a list of numbers. */
const describeNumbers: BuiltInTool["run"] = ({ numbers }) => {
  const values = Array.isArray(numbers) ? numbers.map(Number).filter(Number.isFinite) : []
  if (values.length === 0) return failed("INVALID_PARAMETER", "'numbers' has no number")
  const sorted = values.toSorted((a, b) => a - b)
  const sum = values.reduce((all, value) => all + value, 0)
  const mean = sum / values.length
  const middle = sorted.length >> 1
  const variance = values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length
  const rounded = (value: number): number => Number(value.toPrecision(12))
  return succeeded({
    count: values.length,
    sum: rounded(sum),
    mean: rounded(mean),
    median: sorted.length % 2 === 1 ? sorted[middle]! : rounded((sorted[middle - 1]! + sorted[middle]!) / 2),
    minimum: sorted[0]!,
    maximum: sorted.at(-1)!,
    standardDeviation: rounded(Math.sqrt(variance))
  })
}

const describeDay: BuiltInTool["run"] = ({ date }) => {
  const day = /^\d{4}-\d\d-\d\d/.exec(String(date))?.[0]
  const time = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`)
  if (Number.isNaN(time)) return failed("INVALID_PARAMETER", "'date' is no date such as 2026-01-31")
  const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(time)
  return succeeded({ date: day, weekday })
}

const readFiles: BuiltInTool["run"] = (_args, { files, readFile }) => {
  const [id] = files
  if (id === undefined) return failed("INVALID_PARAMETER", "no file is attached")
  const read = readFile(id)
  return "problem" in read ? failed("INVALID_PARAMETER", read.problem) : succeeded(read.text)
}

const withoutNetwork = (): ToolResult => failed("UNKNOWN", "The emulator has no network")

/** The tools by their type in a request. */
export const builtInTools: ReadonlyMap<string, BuiltInTool> = new Map<string, BuiltInTool>([
  [
    "math:calculator",
    { tool: tool("math_calculator", "Calculates an arithmetic expression", { expression: text }), run: calculate }
  ],
  [
    "math:statistics",
    {
      tool: tool("math_statistics", "Computes statistics of numbers: mean, average, median, sum, deviation", {
        numbers: { type: "array", items: { type: "number" } }
      }),
      run: describeNumbers
    }
  ],
  [
    "math:calendar",
    {
      tool: tool("math_calendar", "Tells the weekday of a date in the calendar", {
        date: { type: "string", format: "date" }
      }),
      run: describeDay
    }
  ],
  ["web:search", { tool: tool("web_search", "Searches the web", { query: text }), run: withoutNetwork }],
  ["linkup:search", { tool: tool("linkup_search", "Searches the web", { query: text }), run: withoutNetwork }],
  [
    "web:url",
    {
      tool: tool("web_url", "Reads the page at a URL", { url: { type: "string", format: "uri" } }),
      run: withoutNetwork
    }
  ],
  [
    "code:python-interpreter",
    {
      tool: tool("code_python_interpreter", "Runs Python code", { code: text }),
      run: () => failed("UNKNOWN", "The emulator runs no code")
    }
  ],
  ["file:text", { tool: tool("file_text", "Reads the text of the attached file or document", {}), run: readFiles }]
])
