/**
 * The body of any `HttpClientResponse` by callbacks. In: a response. Out: its body at its source, where the response is certainly the
 * platform's own and nobody has touched its body; `"touched"` where somebody has, so that only the text that the response keeps is left;
 * `undefined` for every other response, which is read by the `Stream` that it offers.
 *
 * "Certainly": the prototype is one that the platform gave to a response made here, and no property of the object stands before it. A
 * response that middleware copied, wrapped in a proxy or gave another body is another object, or has been read already.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import type { Body } from "./transport.js"
import { UndiciBody, type UndiciReadable } from "./undiciBody.js"
import { WebBody } from "./webBody.js"

/** What `HttpClient.make` gives out: the response, and the controller that aborts its request. */
interface Interruptible {
  readonly original: object
  readonly controller: AbortController
}

/**
 * The platform's list of the responses that nobody has read yet: it aborts their requests when they are garbage-collected, or after five
 * seconds where it cannot know that. Whoever reads a body takes its response off the list.
 */
interface Unread {
  readonly unregister: (response: object) => void
}

/** What the platform has and does not export. */
interface Platform {
  readonly web: object
  readonly interruptible: object | undefined
  readonly unread: Unread | undefined
}

let platform: Platform | undefined

/** Makes a response as the platform's fetch layer does, without sending anything. */
const learn = (): Platform => {
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

/** What undici's `request` answers with. */
interface UndiciData {
  readonly statusCode: number
  readonly body: UndiciReadable & {
    readonly bodyUsed: boolean
    readonly readableDidRead: boolean
    readonly readableFlowing: boolean | null
    readonly destroyed: boolean
  }
}

/** The platform's undici layer is an optional package, so its response is known by its name and by what undici puts into it. */
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

/** The body of a response as a layer of the platform made it, before `HttpClient.make` wrapped it. */
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
  const known = (platform ??= learn())
  if (Object.getPrototypeOf(response) !== known.interruptible || isReplaced(response)) {
    return sourceOf(response, known, () => {})
  }
  if (known.unread === undefined) return undefined
  const { controller, original } = response as unknown as Interruptible
  const body = sourceOf(original, known, () => controller.abort())
  if (typeof body === "object") known.unread.unregister(original)
  return body
}
