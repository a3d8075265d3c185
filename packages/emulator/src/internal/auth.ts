import type { DeploymentName } from "./contract.js"

const bearer = /^bearer[ \t]+(\S+)[ \t]*$/i

const tokenOf = (headers: Headers): string | undefined => bearer.exec(headers.get("authorization") ?? "")?.[1]

export type Decision = "authorized" | "anonymous" | "missing" | "wrong"

/**
 * A container asks for a token only when tokens were configured; the two clouds always do.
 */
export const authorize = (
  deployment: DeploymentName | undefined,
  headers: Headers,
  tokens: ReadonlyArray<string> | undefined
): Decision => {
  const token = tokenOf(headers)
  if (tokens === undefined) {
    return token !== undefined ? "authorized" : deployment === "container" ? "anonymous" : "missing"
  }
  return token === undefined ? "missing" : tokens.includes(token) ? "authorized" : "wrong"
}
