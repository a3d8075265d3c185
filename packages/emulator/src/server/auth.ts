/**
 * Authorization. In: the headers of a request, and the accepted tokens. Out: whether the caller is authorized. Without configured tokens any token is
 * accepted, but a request without a token is still rejected if the API requires one, so that a test finds a missing token.
 */
import type { DeploymentName } from "../base/types.js"

/** The header as servers read it: the scheme in any case, then one word. */
const bearer = /^bearer[ \t]+(\S+)[ \t]*$/i

/** The token of a request, if there is one. */
const tokenOf = (headers: Headers): string | undefined => bearer.exec(headers.get("authorization") ?? "")?.[1]

/** `anonymous`: no token was sent, and none is required. */
export type Authorization = "authorized" | "anonymous" | "missing" | "wrong"

/** Checks the bearer token. Serverless and dedicated paths always require one, container paths only when tokens are configured. */
export const authorize = (
  deployment: DeploymentName | undefined,
  headers: Headers,
  tokens: ReadonlyArray<string> | undefined
): Authorization => {
  const token = tokenOf(headers)
  if (tokens === undefined) {
    return token !== undefined ? "authorized" : deployment === "container" ? "anonymous" : "missing"
  }
  return token === undefined ? "missing" : tokens.includes(token) ? "authorized" : "wrong"
}
