import { type Call, callsAt, type CallTarget } from "../contract/calls.js"
import { type Route, routes } from "../contract/routes.js"
import type { Authorization } from "./auth.js"
import type { Exchange } from "./exchange.js"

/** What a path leads to: an operation of inference, or the operations that manage something there. */
export type Target = Route | CallTarget

/** What a path leads to; `undefined` when nothing is there. */
export const targetAt = (path: string): Target | undefined => routes.get(path) ?? callsAt(path)

/** What a request asks for: an operation of inference, or one that manages something. */
export type Asked =
  | { readonly route: Route; readonly call?: undefined }
  | { readonly call: Call; readonly target: CallTarget }

/**
 * Stage: checks path, method and token.
 *
 * In: what the path leads to, and the result of the token check. Out: what the request asks for, or a 404, 405 or 401. The path comes
 * first: one that does not exist is a 404, with or without a token.
 */
export const checkAccess = (
  { fail, request }: Exchange,
  target: Target | undefined,
  authorization: Authorization,
  headers: Readonly<Record<string, string>>
): Asked | Response => {
  if (target === undefined) return fail(404, "There is no such path", headers)
  const wrongMethod = (allowed: ReadonlyArray<string>): Response =>
    fail(405, `This path takes ${allowed.join(", ")}`, { ...headers, allow: allowed.join(", ") })
  let asked: Asked
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
