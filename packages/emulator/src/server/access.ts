import { type Call, callsAt, type CallTarget } from "../contract/calls.js"
import { type Route, routes } from "../contract/routes.js"
import type { Authorization } from "./auth.js"
import type { Exchange } from "./exchange.js"

/** The target of a path: an operation of inference, or the management operations of the path. */
export type Target = Route | CallTarget

/** The target of a path; `undefined` if there is none. */
export const targetAt = (path: string): Target | undefined => routes.get(path) ?? callsAt(path)

/** The requested operation: of inference, or of management. */
export type Requested =
  | { readonly route: Route; readonly call?: undefined }
  | { readonly call: Call; readonly target: CallTarget }

/**
 * Stage: checks path, method and token.
 *
 * In: the target of the path, and the result of the token check. Out: the requested operation, or a 404, 405 or 401. The path is checked first: a
 * path that does not exist gets a 404, with or without a token.
 */
export const checkAccess = (
  { fail, request }: Exchange,
  target: Target | undefined,
  authorization: Authorization,
  headers: Readonly<Record<string, string>>
): Requested | Response => {
  if (target === undefined) return fail(404, "There is no such path", headers)
  const wrongMethod = (allowed: ReadonlyArray<string>): Response =>
    fail(405, `This path takes ${allowed.join(", ")}`, { ...headers, allow: allowed.join(", ") })
  let asked: Requested
  if ("methods" in target) {
    const call = target.methods.get(request.method)
    if (call === undefined) return wrongMethod([...target.methods.keys()])
    asked = { call, target }
    if (call.open === true) return asked
  } else if (request.method === "POST") asked = { route: target }
  else return wrongMethod(["POST"])

  const challenge = { ...headers, "www-authenticate": "Bearer" }
  if (authorization === "missing") {
    return fail(401, "A bearer token is needed: send 'Authorization: Bearer <token>'", challenge)
  }
  return authorization === "wrong" ? fail(401, "The bearer token is not valid", challenge) : asked
}
