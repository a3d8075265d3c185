/** Turns exchanges into the model of a cassette: selects headers, redacts secrets, and splits bodies. */
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Predicate from "effect/Predicate"
import { type Captured, concat, fieldValue, formOf, jsonOf, textOf } from "../bodies.js"
import { redacted, redact as redactSecrets, secretName, secretsOf } from "../../../internal/secrets.js"
import { byName } from "../expectations.js"
import { frameEnds } from "../frames.js"
import type { Piece, RequestBody, Rules, TapeRequest } from "./model.js"

/** Headers about the encoding of the body, which is recorded in another form. */
const byteHeaders: ReadonlySet<string> = new Set(["content-length", "content-encoding", "transfer-encoding"])

/** Only the listed headers. The boundary of a form is left out, because each request has another one. */
export const keptHeaders = (
  headers: Readonly<Record<string, string>>,
  allowed: ReadonlyArray<string>,
  secrets: ReadonlyArray<string>
): Readonly<Record<string, string>> => {
  const names = new Set(allowed.map((name) => name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => names.has(name) && !secretName.test(name) && !byteHeaders.has(name))
      .map(([name, value]) => [
        name,
        name === "content-type" ? value.replace(/;\s*boundary=.*$/i, "") : redactSecrets(value, secrets)
      ])
  )
}

/**
 * The values that are redacted in URLs, bodies and kept headers. The value of a kept header is not a secret, unless its
 * name is that of a secret.
 */
export const credentialsOf = (
  headers: Readonly<Record<string, string>>,
  url: URL,
  rules: Rules,
  named: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const kept = new Set(rules.requestHeaders.map((name) => name.toLowerCase()))
  const rest = Object.entries(headers).filter(([name]) => !kept.has(name.toLowerCase()) || secretName.test(name))
  return secretsOf(Object.fromEntries(rest), url, named)
}

/** Redacts every string in a value, and the names of fields. */
const redactValue = (value: unknown, secrets: ReadonlyArray<string>): unknown => {
  if (secrets.length === 0) return value
  if (typeof value === "string") return redactSecrets(value, secrets)
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets))
  if (!Predicate.isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redactSecrets(name, secrets), redactValue(item, secrets)])
  )
}

const encoder = /*#__PURE__*/ new TextEncoder()

const latin1 = (bytes: Uint8Array): string => {
  let text = ""
  // not `TextDecoder`: its encoding "latin1" is windows-1252
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096))
  return text
}

/** Redacts byte by byte, so that chunks keep their lengths. */
const redactBytes = (chunks: ReadonlyArray<Uint8Array>, secrets: ReadonlyArray<string>): ReadonlyArray<Uint8Array> => {
  if (secrets.length === 0 || chunks.length === 0) return chunks
  const whole = concat(chunks)
  let at = 0
  const views = chunks.map((chunk) => {
    at += chunk.length
    return whole.subarray(at - chunk.length, at)
  })
  // one character for each byte, so that offsets are the same
  const text = latin1(whole)
  for (const each of secrets) {
    const secret = latin1(encoder.encode(each))
    for (let found = text.indexOf(secret); found !== -1; found = text.indexOf(secret, found + secret.length)) {
      whole.fill(42, found, found + secret.length)
    }
  }
  return views
}

/** Sorts the fields of a value, at every depth. */
export const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!Predicate.isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])])
  )
}

/** `messages.*.content` and `messages[].content` are the same path. */
const stepsOf = (path: string): ReadonlyArray<string> => path.replaceAll("[]", ".*").split(".")

const redactAt = (value: unknown, steps: ReadonlyArray<string>): unknown => {
  const [step, ...rest] = steps
  if (step === undefined) return value === undefined ? undefined : redacted
  if (Array.isArray(value)) {
    return value.map((item, index) => (step === "*" || step === String(index) ? redactAt(item, rest) : item))
  }
  if (!Predicate.isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, step === "*" || step === name ? redactAt(item, rest) : item])
  )
}

const redact = (value: unknown, paths: ReadonlyArray<string>): unknown =>
  paths.reduce((clean, path) => redactAt(clean, stepsOf(path)), value)

const digest = (bytes: Uint8Array<ArrayBuffer>): Effect.Effect<{ readonly sha256: string; readonly size: number }> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", bytes)),
    (hash) => ({ sha256: Encoding.encodeHex(new Uint8Array(hash)), size: bytes.length })
  )

const utf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const requestBody = (
  { bytes, contentType }: Captured,
  rules: Rules,
  secrets: ReadonlyArray<string>
): Effect.Effect<RequestBody | undefined> => {
  if (bytes.length === 0) return Effect.succeed(undefined)
  const clean = (value: unknown): unknown => sorted(redactValue(redact(value, rules.redactRequest), secrets))
  const form = formOf(bytes, contentType)
  if (form !== undefined) {
    return Effect.map(
      Effect.forEach(form, (part) =>
        part._tag === "Field"
          ? Effect.succeed(fieldValue(part))
          : Effect.map(digest(part.bytes), (hash) => ({ filename: part.filename, type: part.contentType, ...hash }))
      ),
      (values) => {
        const parts = new Map(form.map((part, index) => [part, values[index]]))
        return { form: clean(byName(form, (part) => parts.get(part))) as { readonly [name: string]: unknown } }
      }
    )
  }
  const text = utf8(bytes)
  if (text === undefined) return digest(bytes)
  const json = jsonOf(text)
  return Effect.succeed(json === undefined ? { text: redactSecrets(text, secrets) } : { json: clean(json) })
}

const keptUrl = (url: URL, rules: Rules, secrets: ReadonlyArray<string>): string => {
  const kept = new URL(url)
  kept.username = ""
  kept.password = ""
  kept.hash = ""
  const allowed = new Set(rules.query)
  for (const name of new Set(url.searchParams.keys())) if (!allowed.has(name)) kept.searchParams.delete(name)
  kept.searchParams.sort()
  return redactSecrets(kept.toString(), secrets)
}

/** A request in the form of the cassette. */
export const describe = (
  captured: Captured,
  url: URL,
  rules: Rules,
  secrets: ReadonlyArray<string>
): Effect.Effect<TapeRequest> => {
  const { headers, method } = captured.request
  return Effect.map(requestBody(captured, rules, secrets), (body) => ({
    method,
    url: keptUrl(url, rules, secrets),
    headers: keptHeaders(headers, rules.requestHeaders, secrets),
    ...(body === undefined ? {} : { body })
  }))
}

/** Bytes, and their time of arrival in milliseconds since the response headers. */
export interface Arrival {
  readonly at: number
  readonly bytes: Uint8Array
}

/** The events of a stream, each with the arrival time of its last byte. */
const byFrames = (arrivals: ReadonlyArray<Arrival>): ReadonlyArray<Arrival> => {
  const whole = concat(arrivals.map(({ bytes }) => bytes))
  const times: Array<{ readonly end: number; readonly at: number }> = []
  let size = 0
  for (const { at, bytes } of arrivals) {
    size += bytes.length
    times.push({ end: size, at })
  }
  let from = 0
  return [...new Set([...frameEnds(whole), size])].map((end) => {
    const bytes = whole.subarray(from, end)
    from = end
    return { at: times.find((time) => time.end >= end)?.at ?? 0, bytes }
  })
}

/** Redacts fields in `data:` lines. Data that is not JSON is redacted completely. */
const redactFrame = (text: string, paths: ReadonlyArray<string>): string =>
  // not the flag m, whose lines also end at U+2028, which may be in JSON
  text.replace(/(^|[\r\n])(data: ?)([^\r\n]*)/g, (line, before: string, mark: string, data: string) => {
    if (data === "" || data === "[DONE]") return line
    const json = jsonOf(data)
    return `${before}${mark}${json === undefined ? redacted : JSON.stringify(redact(json, paths))}`
  })

/** The chunks of a body, each with the milliseconds since the one before. */
export const piecesOf = (
  arrivals: ReadonlyArray<Arrival>,
  contentType: string | undefined,
  isWhole: boolean,
  timing: boolean,
  rules: Rules,
  secrets: ReadonlyArray<string>
): ReadonlyArray<Piece> => {
  if (arrivals.length === 0) return []
  const last = arrivals.at(-1)!.at
  const redacts = rules.redactResponse.length > 0
  const isJson = /\bjson\b/i.test(contentType ?? "")
  const isEvents = /\btext\/event-stream\b/i.test(contentType ?? "")
  const text = isJson || redacts ? textOf(concat(arrivals.map((arrival) => arrival.bytes))) : ""
  if (isWhole && !isEvents && (isJson || redacts)) {
    const json = jsonOf(text)
    if (isJson ? json !== undefined : Predicate.isObject(json)) {
      return [{ after: last, json: sorted(redactValue(redact(json, rules.redactResponse), secrets)) }]
    }
  }
  const looksInto = redacts && (isEvents || /(?:^|[\r\n])data:/.test(text))
  const chunks = redactBytes(
    arrivals.map((arrival) => arrival.bytes),
    secrets
  ).map((bytes, index) => ({
    at: arrivals[index]!.at,
    // incomplete JSON cannot be redacted by field
    bytes: redacts && isJson && !looksInto ? new Uint8Array(bytes.length).fill(42) : bytes
  }))
  let before = 0
  // the chunk boundaries of events depend on timing too
  return (looksInto || (isEvents && !timing) ? byFrames(chunks) : chunks).map(({ at, bytes }): Piece => {
    const after = at - before
    before = at
    const text = utf8(bytes)
    if (text === undefined) return { after, base64: Encoding.encodeBase64(bytes) }
    return { after, text: looksInto ? redactFrame(text, rules.redactResponse) : text }
  })
}
