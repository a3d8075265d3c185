/**
 * The body of any `HttpClientResponse` by callbacks. In: a response. Out: its body at its source, if the response is certainly the
 * platform's own and its body is unread; `"touched"` if the body has been read, so that only the text that the response keeps is
 * available; `undefined` for every other response, which is read by its `Stream`.
 *
 * "Certainly": its prototype is that of a platform response made here, and no property of the object overrides it. A response that
 * middleware copied, wrapped in a proxy or gave another body is another object, or has already been read.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import type { Body } from "./transport.js"
import { UndiciBody, type UndiciReadable } from "./undiciBody.js"
import { WebBody } from "./webBody.js"

/** The result of `HttpClient.make`: the response, and the controller that aborts its request. */
interface Interruptible {
  readonly original: object
  readonly controller: AbortController
}

/**
 * The platform's list of unread responses: it aborts their requests when they are garbage-collected, or after five seconds if it cannot
 * detect that. Code that reads a body removes its response from the list.
 */
interface Unread {
  readonly unregister: (response: object) => void
}

/** Parts of the platform that it does not export. */
interface Platform {
  readonly web: object
  readonly interruptible: object | undefined
  readonly unread: Unread | undefined
}

let platform: Platform | undefined

/** Makes a response as the platform's fetch layer does, without sending anything. */
const inspectPlatform = (): Platform => {
  const request = HttpClientRequest.get("http://localhost")
  const web = HttpClientResponse.fromWeb(request, new Response("{}"))
  const client = HttpClient.make(() => Effect.succeed(web))
  const response = Effect.runSync(Effect.option(Effect.withTracerEnabled(client.execute(request), false)))
  return {
    web: Object.getPrototypeOf(web) as object,
    interruptible: response._tag === "Some" ? (Object.getPrototypeOf(response.value) as object) : undefined,
    unread: globalValue("@effect/platform/HttpClient/responseRegistry", (): Unread | undefined => undefined)
  }
}

const isReplaced = (response: object): boolean =>
  Object.hasOwn(response, "stream") || Object.hasOwn(response, "text") || Object.hasOwn(response, "json")

/** The result of undici's `request`. */
interface UndiciData {
  readonly statusCode: number
  readonly body: UndiciReadable & {
    readonly bodyUsed: boolean
    readonly readableDidRead: boolean
    readonly readableFlowing: boolean | null
    readonly destroyed: boolean
  }
}

/** The platform's undici layer is an optional package, so its response is recognized by its name and by its data from undici. */
const isUndici = (response: object): response is { readonly source: UndiciData } => {
  if (response.constructor?.name !== "ClientResponseImpl" || !Object.hasOwn(response, "source")) return false
  const { source } = response as { readonly source: UndiciData | null }
  return (
    typeof source === "object" &&
    source !== null &&
    typeof source.statusCode === "number" &&
    "trailers" in source &&
    "opaque" in source &&
    typeof source.body?.on === "function" &&
    typeof source.body.read === "function" &&
    typeof source.body.text === "function"
  )
}

/** The body of a response of a platform layer, before `HttpClient.make` wrapped it. */
const sourceOf = (response: object, { web }: Platform, abort: () => void): Body | "touched" | undefined => {
  if (isReplaced(response)) return undefined
  if (Object.getPrototypeOf(response) === web) {
    const { source } = response as { readonly source: Response }
    return source.bodyUsed || source.body?.locked === true ? "touched" : new WebBody(source, abort)
  }
  if (!isUndici(response)) return undefined
  const { body } = response.source
  const isTouched = body.bodyUsed || body.readableDidRead || body.readableFlowing !== null || body.destroyed
  return isTouched ? "touched" : new UndiciBody(body, abort)
}

export const bodyOf = (response: HttpClientResponse.HttpClientResponse): Body | "touched" | undefined => {
  const known = (platform ??= inspectPlatform())
  if (Object.getPrototypeOf(response) !== known.interruptible || isReplaced(response)) {
    return sourceOf(response, known, () => {})
  }
  if (known.unread === undefined) return undefined
  const { controller, original } = response as unknown as Interruptible
  const body = sourceOf(original, known, () => controller.abort())
  if (typeof body === "object") known.unread.unregister(original)
  return body
}
