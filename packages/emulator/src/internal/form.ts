import type { Issue } from "./contract.js"
import type { JsonRecord } from "./json.js"

/** A request body, or why it is none. */
export type Parsed = { readonly value: unknown } | { readonly issue: Issue }

/** The parts of a form by name: a text, a file, or the list of them where a name came more than once. */
export type FormRecord = Readonly<Record<string, FormDataEntryValue | ReadonlyArray<FormDataEntryValue>>>

/** A form, or why it is none. */
export type ParsedForm = { readonly form: FormRecord } | { readonly issue: Issue }

/** Reads a `multipart/form-data` body. */
export const readForm = async (bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<ParsedForm> => {
  if (bytes.length === 0) return { issue: { loc: ["body"], msg: "Field required", type: "missing" } }
  let data: FormData
  try {
    data = await new Response(bytes, { headers: { "content-type": contentType } }).formData()
  } catch {
    return { issue: { loc: ["body"], msg: "Form decode error", type: "form_invalid" } }
  }
  const names = [...new Set(data.keys())]
  return {
    form: Object.fromEntries(
      names.map((name) => {
        const parts = data.getAll(name)
        return [name, parts.length === 1 ? parts[0]! : parts]
      })
    )
  }
}

const described = (part: FormDataEntryValue): unknown =>
  typeof part === "string" ? part : { name: part.name, type: part.type, size: part.size }

/** The form as a journal keeps it: texts as they were sent, files without their bytes. */
export const describeForm = (form: FormRecord): JsonRecord =>
  Object.fromEntries(
    Object.entries(form).map(([name, part]) => [
      name,
      typeof part === "object" && "length" in part ? part.map(described) : described(part)
    ])
  )
