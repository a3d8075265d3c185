/** What a request should be, against what it was. */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { fieldValue, type FormPart, textOf } from "./bodies.js"
import { compare, type Difference } from "./diff.js"

/**
 * A request as it would have gone out.
 * @category models
 */
export interface RecordedRequest {
  /** When it was sent, in milliseconds of the `Clock`: under `TestClock` the waits between attempts, exactly. */
  readonly at: number
  readonly method: string
  /** With query and fragment. */
  readonly url: string
  /** Names in lower case, all but `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** The `authorization` header. Redacted, so that a recording can be printed. */
  readonly authorization: Redacted.Redacted | undefined
  /** The body as text, `""` when there is none. */
  readonly body: string
  /** The body as JSON, `undefined` when it is none. */
  readonly json: unknown
  /** The parts of a form in the order in which they were sent, `undefined` when the body is none. */
  readonly form: ReadonlyArray<FormPart> | undefined
  /** The body as it is. Left out of what is printed. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/**
 * What a request should be; what is left out may be anything.
 * @category models
 */
export interface Expected {
  readonly method?: string | undefined
  /** The whole URL, with query and fragment. */
  readonly url?: string | undefined
  /** The URL's path alone, for tests that run on several deployments and hosts. */
  readonly path?: string | undefined
  /** By name, in any case; `undefined` for a header that must not be there. Others may be there. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined
  /** The bearer token; a failure does not repeat it. */
  readonly token?: string | undefined
  /** The JSON body, whole: every field that is there is in here. */
  readonly json?: unknown
  /** Some fields of the JSON body, at any depth. Lists are compared whole. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  /** The body as text. */
  readonly body?: string | undefined
  /**
   * A form, whole, by the names of its parts: a text, number or boolean for a field, a value for one that is sent as JSON, an
   * `ExpectedFile` for a file, and a list where a name comes more than once.
   */
  readonly form?: Readonly<Record<string, unknown>> | undefined
}

/**
 * What a file in a form should be; what is left out may be anything.
 * @category models
 */
export interface ExpectedFile {
  readonly filename?: string | undefined
  readonly type?: string | undefined
  /** In bytes. */
  readonly size?: number | undefined
  readonly content?: string | Uint8Array | undefined
}

type File = Extract<FormPart, { readonly _tag: "File" }>

const described = ({ bytes, contentType, filename }: File) => ({ filename, type: contentType, size: bytes.length })

/** The parts of a form by name, a list where a name comes more than once. */
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

/** The body as a value to look at. */
export const valueOf = ({ body, form, json }: RecordedRequest): unknown => {
  if (form !== undefined) return byName(form, (part) => (part._tag === "File" ? described(part) : fieldValue(part)))
  return json === undefined ? body : json
}

/** A part in the terms of what is expected of it: a number that is sent as text is a number again. */
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

/** As it is written where a secret would be shown. */
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

/** Everything in which the request is not what was expected. */
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
