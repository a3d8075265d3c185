/**
 * Answers calls to the control paths. In: a request below `/_emulator`, and the emulator. Out: a JSON response. These calls get no faults and are not
 * recorded: they belong to the test, not to the client under test.
 */
import { type ReadBytes, readBytesOf } from "../base/bytes.js"
import { errorBody } from "../base/errors.js"
import { scopeHeader } from "../base/scope.js"
import type { Controlled } from "./controlled.js"
import { documentPath, openApiDocument } from "./openapi.js"
import { ControlError, controlPrefix, type ControlRoute, controlRoutes } from "./routes.js"

/** Whether a path is a control path. */
export const isControlPath = (path: string): boolean => path === controlPrefix || path.startsWith(`${controlPrefix}/`)

/** Decides whether a call is executed. */
export interface ControlAccess {
  /** Whether the token of the request is accepted. */
  readonly isAuthorized: (headers: Headers) => boolean
  /** Whether a page of this origin may call. */
  readonly allowsOrigin: (origin: string) => boolean
  readonly maxBodyBytes: number
}

const respond = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers }
  })

const fail = (status: number, message: string, headers?: Readonly<Record<string, string>>): Response =>
  respond(status, errorBody(status, message), headers)

/** Runs a route. */
const run = async (
  route: ControlRoute,
  emulator: Controlled,
  request: Request,
  url: URL,
  maxBodyBytes: number,
  read: ReadBytes
): Promise<Response> => {
  const bytes = await read(maxBodyBytes)
  if (bytes === "tooLarge") return fail(413, "The request body is too large")
  const scope = request.headers.get(scopeHeader) ?? url.searchParams.get("scope") ?? undefined
  try {
    return respond(
      200,
      await route.run(emulator, { query: url.searchParams, scope, body: new TextDecoder().decode(bytes) })
    )
  } catch (error) {
    if (error instanceof ControlError) return fail(error.status, error.message)
    throw error
  }
}

/** Answers one call. */
export const controlAnswer = async (
  emulator: Controlled,
  request: Request,
  { allowsOrigin, isAuthorized, maxBodyBytes }: ControlAccess,
  read: ReadBytes = readBytesOf(request)
): Promise<Response> => {
  const url = new URL(request.url)
  // A page can send some calls without a preflight. Its browser would only hide the answer.
  const origin = request.headers.get("origin")
  if (origin !== null && origin !== url.origin && !allowsOrigin(origin)) {
    return fail(403, "Pages of this origin may not control the emulator; see its option 'cors'")
  }
  if (url.pathname === documentPath) {
    return request.method === "GET"
      ? respond(200, openApiDocument(url.origin))
      : fail(405, "This path takes GET", { allow: "GET" })
  }
  const path = url.pathname.slice(controlPrefix.length)
  const atPath = controlRoutes.filter((route) => route.path === path)
  if (atPath.length === 0) return fail(404, `There is no such path; ${documentPath} lists all of them`)
  const route = atPath.find(({ method }) => method === request.method)
  if (route === undefined) {
    const methods = atPath.map(({ method }) => method).join(", ")
    return fail(405, `This path takes ${methods}`, { allow: methods })
  }
  if (route.open !== true && !isAuthorized(request.headers)) {
    return fail(401, "A bearer token that the emulator accepts is needed", { "www-authenticate": "Bearer" })
  }
  return run(route, emulator, request, url, maxBodyBytes, read)
}
