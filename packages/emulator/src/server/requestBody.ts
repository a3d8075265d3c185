/**
 * Reads the body of a request.
 *
 * In: the request. Out: its body as JSON or as a form, or the issue that makes it unreadable, and its size. The body is read before anything else, so
 * that the journal has it even when the request is rejected. Reading stops at the limit, so that a large body never takes more memory than an allowed
 * one.
 */
import { type ReadBytes, readBytesOf } from "../base/bytes.js"
import type { JsonRecord } from "../base/json.js"
import type { FormRecord, Issue } from "../base/types.js"

/** A JSON value, the parts of a form, or why neither could be read. */
export type ParsedBody =
  | { readonly value: unknown }
  | { readonly form: FormRecord }
  | { readonly issue: Issue }
  | { readonly tooLarge: true }

/** A body as it was read. */
export interface RequestBody {
  readonly parsed: ParsedBody
  readonly contentType: string | null
  /** As it was sent; empty when the body is too large. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Size in bytes; 0 when the body is too large. */
  readonly size: number
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** Whether a content type is JSON. A missing one counts as JSON. */
export const isJson = (contentType: string | null): boolean =>
  contentType === null || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType.trim())

/** Whether a content type is a form with a boundary. */
export const isForm = (contentType: string | null): boolean =>
  /^multipart\/form-data\s*;/i.test(contentType?.trim() ?? "")

/** The issue of an empty body. */
const missing: ParsedBody = { issue: { loc: ["body"], msg: "Field required", type: "missing" } }

/** The body as JSON. A body in another encoding than UTF-8 is an issue, too. */
const parseJson = (bytes: Uint8Array): ParsedBody => {
  if (bytes.length === 0) return missing
  try {
    return { value: JSON.parse(utf8.decode(bytes)) }
  } catch (error) {
    // The message of the parser quotes the body, so only the position is taken from it.
    const at = /position (\d+)/.exec(error instanceof SyntaxError ? error.message : "")?.[1]
    return { issue: { loc: ["body", Number(at ?? 0)], msg: "JSON decode error", type: "json_invalid" } }
  }
}

/** The body as a form, read by the platform. A field that was sent several times becomes a list. */
const parseForm = async (bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<ParsedBody> => {
  if (bytes.length === 0) return missing
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

/** Reads the whole body, up to the limit. A body that is too large or cannot be parsed becomes an outcome, not an error. */
export const readBody = async (
  request: Request,
  limit: number,
  read: ReadBytes = readBytesOf(request)
): Promise<RequestBody> => {
  const contentType = request.headers.get("content-type")
  const bytes = await read(limit)
  if (bytes === "tooLarge") return { parsed: { tooLarge: true }, contentType, bytes: new Uint8Array(0), size: 0 }
  const parsed = isForm(contentType) ? await parseForm(bytes, contentType!) : parseJson(bytes)
  return { parsed, contentType, bytes, size: bytes.length }
}

/** A field as its text, a file by its name, type and size. */
const describePart = (part: FormDataEntryValue): unknown =>
  typeof part === "string" ? part : { name: part.name, type: part.type, size: part.size }

/** All parts by name. */
const describeForm = (form: FormRecord): JsonRecord =>
  Object.fromEntries(
    Object.entries(form).map(([name, part]) => [
      name,
      typeof part === "object" && "length" in part ? part.map(describePart) : describePart(part)
    ])
  )

/** The size of a recorded body in bytes. The record of a form has the names of its files, not their bytes. */
export const recordedSize = ({ parsed, size }: RequestBody): number =>
  "form" in parsed ? JSON.stringify(describeForm(parsed.form)).length : size

/** The body as the journal records it: JSON values and texts as they were sent, files without their bytes. */
export const describeBody = (parsed: ParsedBody): unknown =>
  "form" in parsed ? describeForm(parsed.form) : "value" in parsed ? parsed.value : undefined
