/**
 * Golden requests, answers and streams of the API, and its contract: one copy for the tests of every package.
 *
 * A vector is a file of `golden`, named `<deployment>.<area>.<operation>.<kind>`, as in `serverless.chat.complete.request.json`:
 *
 * - `http.json`: method, URL and headers of two requests, one with few fields and one with all
 * - `request.json`, `request.full.json` and others: bodies of requests
 * - `response.json` and others: bodies of answers
 * - `stream.txt`: the bytes of a stream; `stream.json`: its events
 *
 * Names that begin with `_` do not belong to an operation: error bodies, event streams, `Retry-After` headers, and the index of the others.
 */
import { readdirSync, readFileSync } from "node:fs"

export const deployments = ["serverless", "dedicated", "container"] as const

export type Deployment = (typeof deployments)[number]

/** The path prefix of each deployment, except for classification and tool-assisted chat. */
export const basePaths: Readonly<Record<Deployment, string>> = {
  serverless: "/serverless/v1",
  dedicated: "/dedicated/v1",
  container: "/v1"
}

const folder = new URL("../golden/", import.meta.url)

/** The names of all vectors, sorted. */
export const names: ReadonlyArray<string> = readdirSync(folder).toSorted()

const known = new Set(names)

export const has = (name: string): boolean => known.has(name)

export const text = (name: string): string => readFileSync(new URL(name, folder), "utf8")

/** The parsed vector. The caller states the type: if the vector has another type, the caller's test fails. */
export const json = <A = unknown>(name: string): A => JSON.parse(text(name)) as A

/** The entry of a file in the index. `schema` is the schema of the value, `itemSchema` of each item, `dataSchema` of each event. */
export interface Indexed {
  readonly kind: "json" | "params" | "multipart" | "http" | "sse" | "decoded-data-list" | "decoded-event-list"
  readonly schema?: string
  readonly itemSchema?: string
  readonly dataSchema?: string
}

export interface Index {
  readonly operations: Readonly<Record<string, { readonly files: Readonly<Record<string, Indexed>> }>>
}

/** The kinds and schemas of all vectors that belong to an operation. */
export const index: Index = json("_index.json")

/** A reference to another vector: the body of a request. */
export interface WireBody {
  readonly file: string
}

/** A request in a vector. */
export interface WireRequest<Body = WireBody> {
  readonly method: string
  readonly url: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export interface WireRequests<Body = WireBody> {
  readonly minimal: WireRequest<Body>
  readonly full: WireRequest<Body>
}

/**
 * The two requests of an operation, as in `requests("serverless.chat.complete")`. The caller states the type `Body`: `WireBody`, `null` for an
 * operation without a body, or both.
 */
export const requests = <Body = WireBody>(operation: string): WireRequests<Body> => json(`${operation}.http.json`)

/** A part of an OpenAPI document. */
export interface Json {
  readonly [key: string]: unknown
}

export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

/** The OpenAPI document that the emulator validates requests with. */
export const contract = JSON.parse(
  readFileSync(new URL("../../emulator/contract/friendli-api.json", import.meta.url), "utf8")
) as Contract
