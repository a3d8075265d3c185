/**
 * Calls the operations of management by their names in the contract, and checks each answer against it.
 */
import { contract, index, json, requests, type WireBody } from "effect-friendli-vectors"
import { expect } from "vitest"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { calls } from "../../src/contract/calls.js"
import { mismatch } from "../support.js"

export const origin = "http://emulator.test"

export interface Ask {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | ReadonlyArray<string>>>
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The schema of the answer with status 200, or `undefined` where it can be any JSON. */
const schemaOf = (name: string): string | undefined => {
  const operation = Object.values(contract.paths)
    .flatMap((item) => Object.values(item))
    .find((candidate) => candidate["x-operation"] === name)!
  const responses = operation["responses"] as Record<
    string,
    { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> }
  >
  return responses["200"]?.content["application/json"]?.schema.$ref?.split("/").at(-1)
}

export const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const ask = (name: string, { body, headers, path = {}, query = {} }: Ask = {}): Promise<Response> => {
    const call = calls.find((candidate) => candidate.name === name)!
    const url = new URL(
      call.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(path[key] ?? "")),
      origin
    )
    for (const [key, value] of Object.entries(query)) {
      for (const one of [value].flat()) url.searchParams.append(key, String(one))
    }
    return emulator.fetch(url, {
      method: call.method,
      headers: {
        authorization: "Bearer test-token",
        ...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) })
    })
  }
  /** The value of a successful answer, which the contract allows. */
  const call = async <A = unknown>(name: string, with_?: Ask): Promise<A> => {
    const response = await ask(name, with_)
    const value = (await response.json()) as A
    expect([response.status, value]).toEqual([200, value])
    const schema = schemaOf(name)
    if (schema !== undefined) expect(mismatch(schema, value)).toBeUndefined()
    return value
  }
  /** The status of an answer that fails, and what it names: the locations of a 422, or the type of the error. */
  const failure = async (name: string, with_?: Ask): Promise<readonly [status: number, what: string]> => {
    const response = await ask(name, with_)
    const value = (await response.json()) as {
      readonly detail?: ReadonlyArray<{ readonly loc: ReadonlyArray<string | number> }>
      readonly error?: { readonly type: string }
    }
    if (response.status === 422) expect(mismatch("HTTPValidationError", value)).toBeUndefined()
    return [response.status, value.detail?.map(({ loc }) => loc.join(".")).join(" ") ?? value.error?.type ?? ""]
  }
  return { ...emulator, ask, call, failure }
}

/** The requests of an operation in the vectors, as `fetch` sends them to the emulator. */
export const vectorRequests = (name: string): ReadonlyArray<{ readonly url: string; readonly init: RequestInit }> => {
  const { full, minimal } = requests<WireBody | null>(name)
  return [minimal, full].map(({ body, headers, method, query, url }) => {
    const { pathname } = new URL(url)
    const target = new URL(pathname, origin)
    for (const [key, value] of query) target.searchParams.append(key, value)
    const kind = body === null ? undefined : index.operations[name]!.files[body.file]?.kind
    if (body === null || kind === undefined) return { url: target.href, init: { method, headers } }
    if (kind === "json") {
      return { url: target.href, init: { method, headers, body: JSON.stringify(json(body.file)) } }
    }
    const form = new FormData()
    const { multipart } = json<{
      multipart: ReadonlyArray<{ name: string; filename: string; contentType?: string; base64: string }>
    }>(body.file)
    for (const part of multipart) {
      const type = part.contentType === undefined ? {} : { type: part.contentType }
      form.set(part.name, new File([Buffer.from(part.base64, "base64")], part.filename, type))
    }
    const { "content-type": _type, ...others } = headers
    return { url: target.href, init: { method, headers: others, body: form } }
  })
}
