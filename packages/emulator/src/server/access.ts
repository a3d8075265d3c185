import { type Route, routes } from "../contract/routes.js"
import type { Authorization } from "./auth.js"
import { type ControlCall, controlCallAt } from "./control.js"
import type { Exchange } from "./exchange.js"

/** What a path leads to: an operation of the API, or the management of an endpoint. */
export type Target = Route | ControlCall

/** What a path leads to; `undefined` when nothing is there. */
export const targetAt = (path: string): Target | undefined => routes.get(path) ?? controlCallAt(path)

export const isControlCall = (target: Target): target is ControlCall => "action" in target

/**
 * Stage: checks path, method and token.
 *
 * In: what the path leads to, and the result of the token check. Out: the target, or a 404, 405 or 401. The path comes first: one
 * that does not exist is a 404, with or without a token.
 */
export const checkAccess = (
  { fail, request }: Exchange,
  target: Target | undefined,
  authorization: Authorization,
  headers: Readonly<Record<string, string>>
): Target | Response => {
  if (target === undefined) return fail(404, "There is no such path", headers)
  const method = isControlCall(target) ? target.method : "POST"
  if (request.method !== method) return fail(405, `This path takes ${method}`, { ...headers, allow: method })
  const challenge = { ...headers, "www-authenticate": "Bearer" }
  if (authorization === "missing") {
    return fail(401, "A bearer token is needed: send 'Authorization: Bearer <token>'", challenge)
  }
  return authorization === "wrong" ? fail(401, "The bearer token is not valid", challenge) : target
}
