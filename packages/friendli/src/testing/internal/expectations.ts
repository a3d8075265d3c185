/** Compares a request with the expected one. */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { fieldValue, type FormPart, textOf } from "./bodies.js"
import { compare, type Difference } from "./diff.js"

/** A request in the form in which it would have been sent. */
export interface RecordedRequest {
  /** When it was sent, in milliseconds of the `Clock`. With `TestClock` the delays between attempts are exact. */
  readonly at: number
  readonly method: string
  /** With query and fragment. */
  readonly url: string
  /** Names in lower case, without `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** The `authorization` header. Redacted, so that a recording can be printed. */
  readonly authorization: Redacted.Redacted | undefined
  /** The body as text; `""` if there is none. */
  readonly body: string
  /** The parsed body; `undefined` if it is not JSON. */
  readonly json: unknown
  /** The parts of a form in the order in which they were sent; `undefined` if the body is not a form. */
  readonly form: ReadonlyArray<FormPart> | undefined
  /** The bytes of the body. Not enumerable, so they are not printed. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The expected request. Properties that are left out are not checked. */
export interface Expected {
  readonly method?: string | undefined
  /** The whole URL, with query and fragment. */
  readonly url?: string | undefined
  /** Only the path of the URL, for tests that run with several deployments and hosts. */
  readonly path?: string | undefined
  /** By name, in upper or lower case; `undefined` for a header that must be absent. Other headers are allowed. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** The bearer token. A failure does not contain it. */
  readonly token?: string | undefined
  /** The whole JSON body. */
  readonly json?: unknown
  /** Some fields of the JSON body, at any depth. Arrays must be complete. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  /** The body as text. */
  readonly body?: string | undefined
  /**
   * The whole form, by the names of its parts: a string, number or boolean for a field, a value for a JSON field, an
   * `ExpectedFile` for a file, and a list for a name that comes more than once.
   */
  readonly form?: Readonly<Record<string, unknown>> | undefined
}

/** The expected file of a form. Properties that are left out are not checked. */
export interface ExpectedFile {
  readonly filename?: string | undefined
  readonly type?: string | undefined
  /** The size in bytes. */
  readonly size?: number | undefined
  readonly content?: string | Uint8Array | undefined
}

type File = Extract<FormPart, { readonly _tag: "File" }>

const described = ({ bytes, contentType, filename }: File) => ({ filename, type: contentType, size: bytes.length })

/** The parts of a form by name; a list for a name that comes more than once. */
export const byName = (
  parts: ReadonlyArray<FormPart>,
  of: (part: FormPart, index: number) => unknown
): Readonly<Record<string, unknown>> => {
  const values = new Map<string, Array<unknown>>()
  for (const part of parts) {
    const list = values.get(part.name) ?? []
    list.push(of(part, list.length))
    values.set(part.name, list)
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]))
}

/** The body as a value. */
export const valueOf = ({ body, form, json }: RecordedRequest): unknown => {
  if (form !== undefined) return byName(form, (part) => (part._tag === "File" ? described(part) : fieldValue(part)))
  return json === undefined ? body : json
}

/** Converts a part to the type of the expected value, since forms send numbers and booleans as text. */
const inTermsOf = (expected: unknown, part: FormPart): unknown => {
  if (part._tag === "File") {
    const whole: Readonly<Record<string, unknown>> = {
      ...described(part),
      content: Predicate.isRecord(expected) && typeof expected["content"] === "string" ? textOf(part.bytes) : part.bytes
    }
    return Predicate.isRecord(expected)
      ? Object.fromEntries(Object.keys(expected).map((name) => [name, whole[name]]))
      : described(part)
  }
  const value = fieldValue(part)
  return (typeof expected === "number" || typeof expected === "boolean") && String(expected) === value
    ? expected
    : value
}

const formDifferences = (
  expected: Readonly<Record<string, unknown>>,
  sent: RecordedRequest
): ReadonlyArray<Difference> => {
  if (sent.form === undefined) return compare("form", expected, undefined, false)
  const counts = new Map<string, number>()
  for (const { name } of sent.form) counts.set(name, (counts.get(name) ?? 0) + 1)
  const actual = byName(sent.form, (part, index) => {
    const wanted = expected[part.name]
    if (counts.get(part.name) === 1) return inTermsOf(wanted, part)
    return inTermsOf(Array.isArray(wanted) ? wanted[index] : undefined, part)
  })
  return compare("form", expected, actual, false)
}

/** Shown instead of a secret. */
const hidden = "<redacted>"

const headerDifferences = (name: string, expected: string | undefined, sent: RecordedRequest) => {
  const secret = name === "authorization"
  const actual = secret
    ? sent.authorization === undefined
      ? undefined
      : Redacted.value(sent.authorization)
    : sent.headers[name]
  if (expected === actual) return []
  const shown = (value: string | undefined, other: string) => (value === undefined || !secret ? value : other)
  return compare(`headers.${name}`, shown(expected, hidden), shown(actual, `${hidden} (another one)`), false)
}

const pathOf = (url: string): string => {
  try {
    return new URL(url).pathname
  } catch {
    return url
  }
}

/** All differences between the request and the expected one. */
export const differencesOf = (sent: RecordedRequest, expected: Expected): ReadonlyArray<Difference> => {
  const headers = Object.entries(expected.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const json = sent.json === undefined && sent.body !== "" ? sent.body : sent.json
  return [
    ...(expected.method === undefined ? [] : compare("method", expected.method.toUpperCase(), sent.method, false)),
    ...(expected.url === undefined ? [] : compare("url", expected.url, sent.url, false)),
    ...(expected.path === undefined ? [] : compare("path", expected.path, pathOf(sent.url), false)),
    ...headers.flatMap(([name, value]) => headerDifferences(name, value, sent)),
    ...(expected.token === undefined ? [] : headerDifferences("authorization", `Bearer ${expected.token}`, sent)),
    ...(expected.json === undefined ? [] : compare("json", expected.json, json, false)),
    ...(expected.fields === undefined ? [] : compare("json", expected.fields, json, true)),
    ...(expected.body === undefined ? [] : compare("body", expected.body, sent.body, false)),
    ...(expected.form === undefined ? [] : formDifferences(expected.form, sent))
  ]
}
