/**
 * Turns the parts of a form into the values that a schema expects. In: texts and files by name. Out: values,
 * files and issues. All fields of a form are texts, so `"true"` becomes true where the schema expects a
 * boolean.
 */
import { type JsonRecord, own } from "../base/json.js"
import type { FormRecord, Issue } from "../base/types.js"
import type { SchemaNode } from "./document.js"
import type { Schemas } from "./schemas.js"

/** The fields that could be read, the files among them, and the issues of the fields that could not. */
export interface FormValues {
  readonly values: JsonRecord
  readonly files: Readonly<Record<string, Blob>>
  readonly issues: ReadonlyArray<Issue>
}

/** A number as JSON writes it. `Number` would also read "", "0x10" and " 1 ". */
const numeral = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Reads a text as one of the types. A text that matches no type stays a text, which the schema then rejects. */
export const fromText = (types: ReadonlyArray<string>, text: string): unknown => {
  if (types.includes("string")) return text
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true"
  return (types.includes("number") || types.includes("integer")) && numeral.test(text) ? Number(text) : text
}

/** Reads the fields that the schema names; other parts of the form are ignored. */
export const formValues = (node: SchemaNode, form: FormRecord, schemas: Schemas): FormValues => {
  const values: JsonRecord = {}
  const files: Record<string, Blob> = {}
  const issues: Array<Issue> = []
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const part = own(form, name)
    // Whether a part is a file, a text or JSON is part of the contract, because a form does not contain it.
    const kind = node["x-multipart"]?.[name] ?? "field"
    const reject = (msg: string, type = "value_error"): void => void issues.push({ loc: ["body", name], msg, type })
    if (part === undefined) continue
    if (Array.isArray(part)) reject("Field can be given only once")
    else if (kind === "file") {
      if (part instanceof Blob) files[name] = part
      else reject("Input should be a file")
    } else if (typeof part !== "string") reject("Input should be a text, not a file")
    else if (kind === "field") values[name] = fromText(schemas.typesOf(child), part)
    else {
      try {
        values[name] = JSON.parse(part)
      } catch {
        // A single word such as `auto` is read as a string, because forms seldom contain the quotes of JSON.
        if (/^[a-z_]+$/iu.test(part)) values[name] = part
        else reject("JSON decode error", "json_invalid")
      }
    }
  }
  return { values, files, issues }
}
