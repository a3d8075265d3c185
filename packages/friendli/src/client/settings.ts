/**
 * The options of a call. In: options of the call, its region, the layer and the defaults. Out: the options, merged, checked and in the
 * form that the later stages read.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Deployment } from "../core/Deployment.js"
import { optionIssues } from "../core/optionIssues.js"
import { defaults, merge, type RequestOptions } from "../core/RequestOptions.js"
import type { Issue } from "../errors/FriendliError.js"
import * as secrets from "../internal/secrets.js"
import type { TimeoutKind } from "../internal/watchdog.js"
import { version } from "../internal/version.js"
import { jsonIssues } from "../schema/primitives.js"
import type { Resolved, Settings } from "./types.js"

/** The same issues, with their paths below a root. */
export const under = (root: string, issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map((issue) => ({ path: [root, ...issue.path], message: issue.message }))

/** The limit as a `Duration`; infinite if there is none. */
const decodeDuration = (input: Duration.DurationInput | undefined): Duration.Duration =>
  input === undefined ? Duration.infinity : Duration.decode(input)

/** The options that control an attempt, with durations decoded once for all attempts. */
const settingsOf = (options: RequestOptions): Settings => ({
  retry: options.retry ?? defaults.retry!,
  headersTimeout: decodeDuration(options.headersTimeout),
  idleTimeout: decodeDuration(options.idleTimeout),
  idleReset: options.idleReset ?? "bytes",
  timeout: decodeDuration(options.timeout)
})

/** The value of the option for a timeout. */
export const limitOf = ({ headersTimeout, idleTimeout, timeout }: Settings, kind: TimeoutKind): Duration.Duration =>
  ({ headers: headersTimeout, idle: idleTimeout, total: timeout })[kind]

/**
 * The headers of a request. Options win over the headers that the SDK sets. Merging has put names in lower case; a header with the value
 * `undefined` removes a default header.
 */
const headersOf = (deployment: Deployment, options: RequestOptions): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = { "user-agent": `effect-friendli/${version}` }
  if (Option.isSome(deployment.token)) headers["authorization"] = `Bearer ${Redacted.value(deployment.token.value)}`
  if (deployment.supportsTeams && options.team !== undefined) headers["x-friendli-team"] = options.team.trim()
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) delete headers[name]
    else headers[name] = value
  }
  return headers
}

/**
 * Merges the options of a call. The credentials are computed only when an error needs them: a successful call never does.
 */
export const resolve = (
  deployment: Deployment,
  base: RequestOptions,
  ...more: ReadonlyArray<RequestOptions | undefined>
): Resolved => {
  const options = merge(base, deployment.options, ...more)
  const extra = options.body ?? {}
  const wrong = optionIssues(options)
  const headers = wrong.length === 0 ? headersOf(deployment, options) : {}
  let credentials: ReadonlyArray<string> | undefined
  return {
    extra,
    issues: under("options", [...wrong, ...under("body", jsonIssues(extra))]),
    // an invalid option cannot be decoded, and the call fails before any option is used
    settings: settingsOf(wrong.length === 0 ? options : base),
    headers,
    credentials: () => (credentials ??= secrets.secretsOf(headers, undefined, secrets.keysOf(deployment.baseUrl))),
    accepts: !Object.hasOwn(options.headers ?? {}, "accept") || options.headers?.["accept"] !== undefined
  }
}
