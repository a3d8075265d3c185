/**
 * Reads the body of a request. In: a request of the platform, with a body of any kind. Out: its bytes, the parts of a form, and a request
 * that can still be sent. The form parser is separate from the one that writes forms: a mistake in one would otherwise be hidden by the
 * other.
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** A part of a form (`multipart/form-data`) as it was sent: a field of text, or a file. */
export type FormPart =
  | {
      readonly _tag: "Field"
      readonly name: string
      readonly contentType: string | undefined
      readonly value: string
    }
  | {
      readonly _tag: "File"
      readonly name: string
      readonly filename: string
      readonly contentType: string | undefined
      readonly bytes: Uint8Array<ArrayBuffer>
    }

/** A request and its body, read once. */
export interface Captured {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string | undefined
  /** The request with a body that can still be sent, even if the original could be read only once. */
  readonly request: HttpClientRequest.HttpClientRequest
}

const none = /*#__PURE__*/ new Uint8Array(0)

export const concat = (chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> => {
  const list = [...chunks]
  const whole = new Uint8Array(list.reduce((size, chunk) => size + chunk.length, 0))
  let at = 0
  for (const chunk of list) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Reads the body. Fails with the error of a stream in it. */
export const capture = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<Captured, unknown> => {
  const { body } = request
  const contentType = request.headers["content-type"] ?? body.contentType
  const read = (source: () => unknown): Effect.Effect<Captured, unknown> =>
    Effect.map(
      Effect.tryPromise({
        try: async () => {
          const response = new Response(source() as BodyInit)
          const found = response.headers.get("content-type")
          const bytes = new Uint8Array(await response.arrayBuffer())
          // only here is the boundary of a form known
          return { bytes, found: body._tag === "FormData" ? (found ?? contentType) : contentType }
        },
        catch: (cause) => cause
      }),
      ({ bytes, found }) => ({ bytes, contentType: found, request })
    )
  switch (body._tag) {
    case "Empty":
      return Effect.succeed({ bytes: none, contentType, request })
    case "Uint8Array":
      return Effect.succeed({ bytes: Uint8Array.from(body.body), contentType, request })
    case "FormData":
      return read(() => body.formData)
    case "Raw":
      return typeof body.body === "string"
        ? Effect.succeed({ bytes: new TextEncoder().encode(body.body), contentType, request })
        : read(() => body.body)
    case "Stream":
      return Effect.map(Stream.runCollect(body.stream), (chunks) => {
        const bytes = concat(Chunk.toReadonlyArray(chunks))
        return {
          bytes,
          contentType,
          request: HttpClientRequest.setBody(request, HttpBody.uint8Array(bytes, contentType))
        }
      })
  }
}

const LF = 10
const CR = 13
const DASH = 45

/** The boundary of a form, from its content type. */
const boundaryOf = (contentType: string | undefined): string | undefined => {
  if (contentType === undefined || !/^multipart\/form-data\b/i.test(contentType)) return undefined
  const found = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  return found?.[1] ?? found?.[2]
}

/** The index of some bytes in others; -1 if they are absent. */
const indexOf = (bytes: Uint8Array, wanted: Uint8Array, from: number): number => {
  for (let at = bytes.indexOf(wanted[0]!, from); at !== -1; at = bytes.indexOf(wanted[0]!, at + 1)) {
    let matched = 1
    while (matched < wanted.length && bytes[at + matched] === wanted[matched]) matched++
    if (matched === wanted.length) return at
  }
  return -1
}

/** The name of a field or a file, with the escapes of browsers resolved. */
const unquoted = (name: string): string => name.replace(/%0D/g, "\r").replace(/%0A/g, "\n").replace(/%22/g, '"')

/** The parts of a `multipart/form-data` body; `undefined` if it is not one. */
export const formOf = (
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string | undefined
): ReadonlyArray<FormPart> | undefined => {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) return undefined
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  const mark = encoder.encode(`--${boundary}`)
  const blank = Uint8Array.of(CR, LF, CR, LF)
  const parts: Array<FormPart> = []
  let at = indexOf(bytes, mark, 0)
  while (at !== -1) {
    const start = at + mark.length
    if (bytes[start] === DASH && bytes[start + 1] === DASH) return parts
    // a boundary is valid only at the beginning of a line
    const end = indexOf(bytes, encoder.encode(`\r\n--${boundary}`), start)
    const headEnd = indexOf(bytes, blank, start)
    if (end === -1 || headEnd === -1 || headEnd > end) return undefined
    const head = decoder.decode(bytes.subarray(start, headEnd))
    const name = /;\s*name="([^"]*)"/i.exec(head)?.[1]
    if (name === undefined) return undefined
    const filename = /;\s*filename="([^"]*)"/i.exec(head)?.[1]
    const type = /^content-type:\s*(.*?)\s*$/im.exec(head)?.[1]
    const content = bytes.slice(headEnd + blank.length, Math.max(end, headEnd + blank.length))
    parts.push(
      filename === undefined
        ? { _tag: "Field", name: unquoted(name), contentType: type, value: decoder.decode(content) }
        : { _tag: "File", name: unquoted(name), filename: unquoted(filename), contentType: type, bytes: content }
    )
    at = end + 2
  }
  return undefined
}

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The value of JSON text; `undefined` if it is not JSON. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The value of a field: JSON is parsed. */
export const fieldValue = (part: Extract<FormPart, { readonly _tag: "Field" }>): unknown =>
  /^application\/json\b/i.test(part.contentType ?? "") ? (jsonOf(part.value) ?? part.value) : part.value
