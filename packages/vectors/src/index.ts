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
 * Names that begin with `_` belong to no operation: error bodies, event streams and `Retry-After` headers.
 */
import { readdirSync, readFileSync } from "node:fs"

export const deployments = ["serverless", "dedicated", "container"] as const

export type Deployment = (typeof deployments)[number]

/** Where the paths of each deployment begin, classification and tool-assisted chat excepted. */
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

/** The parsed vector. The type is the caller's claim: a vector that is not of it fails the caller's test. */
export const json = <A = unknown>(name: string): A => JSON.parse(text(name)) as A

/** A request as a vector writes it down. Its body is another vector. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly file: string }
}

export interface WireRequests {
  readonly minimal: WireRequest
  readonly full: WireRequest
}

/** The two requests of an operation, as in `requests("serverless.chat.complete")`. */
export const requests = (operation: string): WireRequests => json(`${operation}.http.json`)

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
