/**
 * The CORS headers that a browser needs before a page of another origin may call the emulator. In: a request with the header `origin`, and the
 * origins that the emulator allows. Out: the answer to a preflight, and the headers of every other answer. A request without `origin` does not come
 * from a page, and its answer gets no such headers.
 */
import type { EmulatorOptions } from "../base/types.js"

/** The headers that a page may read in addition to those that browsers always show. */
const exposedHeaders = [
  "x-request-id",
  "retry-after",
  ...["limit", "remaining", "reset"].flatMap((name) => [`x-ratelimit-${name}-requests`, `x-ratelimit-${name}-tokens`])
].join(", ")

/** Seconds for which a browser remembers a preflight. Firefox keeps it for a day at most, Chromium for two hours. */
const maxAge = "7200"

/** The headers that a preflight allows if it names none. */
const usualHeaders = "authorization, content-type"

/** The rule for origins, for a handler. */
export interface Cors {
  /** Whether pages of this origin may call. */
  readonly accepts: (origin: string) => boolean
  /** The answer to a preflight; `undefined` if the request is not a preflight, or its origin is not allowed. */
  readonly preflight: (request: Request) => Response | undefined
  /** Adds the headers that let the page read this answer. */
  readonly allow: (request: Request, response: Response) => Response
}

/** Whether a page of this origin comes from this machine. */
export const isLoopbackOrigin = (origin: string): boolean => {
  try {
    const { hostname } = new URL(origin)
    return isLoopback(hostname.replace(/^\[|\]$/g, "")) || hostname.endsWith(".localhost")
  } catch {
    // `null`, the origin of a file or of a sandboxed frame, is no URL.
    return false
  }
}

/** Whether a host name or an address is a loopback address, which other machines cannot reach. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** Makes the rule for origins: `"*"` allows every page, a list the named origins, `false` none, and a function those it accepts. */
export const makeCors = (origins: NonNullable<EmulatorOptions["cors"]> | ((origin: string) => boolean)): Cors => {
  const accepts = (origin: string): boolean => {
    if (typeof origins === "function") return origins(origin)
    return origins === "*" || (origins !== false && origins.includes(origin))
  }

  /** The value of `access-control-allow-origin`, if the page may read the answer. */
  const allowed = (request: Request): string | undefined => {
    const origin = request.headers.get("origin")
    if (origin === null || origins === false) return undefined
    if (origins === "*") return "*"
    return accepts(origin) ? origin : undefined
  }

  /** Adds the origin, and tells caches if the answer depends on it. */
  const withOrigin = (headers: Headers, origin: string | undefined): void => {
    if (origin !== undefined) headers.set("access-control-allow-origin", origin)
    if (origins !== "*" && origins !== false) headers.append("vary", "origin")
  }

  return {
    accepts,
    preflight: (request) => {
      if (request.method !== "OPTIONS" || !request.headers.has("access-control-request-method")) return undefined
      const origin = allowed(request)
      if (origin === undefined) return undefined
      const headers = new Headers({
        "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? usualHeaders,
        "access-control-max-age": maxAge
      })
      // Chromium asks this before a public page may reach a server on the loopback address.
      if (request.headers.get("access-control-request-private-network") === "true") {
        headers.set("access-control-allow-private-network", "true")
      }
      withOrigin(headers, origin)
      return new Response(null, { status: 204, headers })
    },
    allow: (request, response) => {
      const origin = allowed(request)
      withOrigin(response.headers, origin)
      if (origin !== undefined) response.headers.set("access-control-expose-headers", exposedHeaders)
      return response
    }
  }
}
