import { type Route, routes } from "../contract/routes.js"
import type { Authorization } from "./auth.js"
import { type ControlCall, controlCallAt } from "./control.js"
import type { Exchange } from "./exchange.js"

/** What a path leads to: an operation of the API, or the management of an endpoint. */
export type Target = Route | ControlCall

export const targetAt = (path: string): Target | undefined => routes.get(path) ?? controlCallAt(path)

export const isControlCall = (target: Target): target is ControlCall => "action" in target

/**
 * Stage: checks path, method and token.
 *
 * In: what the path leads to, and what the bearer token is worth. Out: the target, or a 404, 405 or 401. This order is the
 * servers': a path that does not exist is a 404 without a token too.
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
