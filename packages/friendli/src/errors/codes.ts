/**
 * The codes with which servers name errors, and their meaning. In: a code in any spelling. Out: the status that it means, and whether
 * waiting can help. No Effect in here. The codes are those of several servers and gateways, which name the same errors differently.
 */

/**
 * The letters and digits of a code. Servers write the same code as `rate_limit_exceeded`, `RateLimitExceeded` and `RATE_LIMIT_EXCEEDED`.
 */
const plain = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, "")

/**
 * Codes for exhausted quotas and credits, for which waiting does not help: those of OpenAI and compatible servers, and of gateways with
 * budgets. Codes that some servers also use for limits per minute (`quota_exceeded`, `RESOURCE_EXHAUSTED`) are not among them.
 */
const final: ReadonlySet<string> = /*#__PURE__*/ new Set([
  "accessterminated",
  "accountdeactivated",
  "billinghardlimitreached",
  "billinglimitexceeded",
  "billinglimitreached",
  "billingnotactive",
  "budgetexceeded",
  "budgetlimitexceeded",
  "exceededcurrentquotaerror",
  "insufficientquota",
  "organizationspendlimitexceeded",
  "organizationusagelimitexceeded",
  "projectspendlimitexceeded",
  "usagelimitreached"
])

/** The same, for servers that answer with 402. */
const unpaid: ReadonlySet<string> = /*#__PURE__*/ new Set([
  "billingerror",
  "creditlimit",
  "creditsexhausted",
  "insufficientbalance",
  "insufficientcredits",
  "insufficientfunds",
  "paymentrequired"
])

/** Whether waiting cannot resolve a rate limit with this code. */
export const isFinal = (code: string | undefined): boolean =>
  code !== undefined && (final.has(plain(code)) || unpaid.has(plain(code)))

/** A map, because in an object `"constructor"` would be a code. */
const statuses: ReadonlyMap<string, number> = /*#__PURE__*/ new Map([
  ["badrequest", 400],
  ["badrequesterror", 400],
  ["contextlengthexceeded", 400],
  ["invalidargument", 400],
  ["invalidparameter", 400],
  ["invalidrequest", 400],
  ["invalidrequesterror", 400],
  ["validation", 400],
  ["validationerror", 400],
  ["authenticationerror", 401],
  ["invalidapikey", 401],
  ["invalidauthenticationerror", 401],
  ["unauthenticated", 401],
  ["unauthorized", 401],
  ["forbidden", 403],
  ["permissiondenied", 403],
  ["permissiondeniederror", 403],
  ["permissionerror", 403],
  ["modelnotfound", 404],
  ["notfound", 404],
  ["notfounderror", 404],
  ["requesttimeout", 408],
  ["requesttoolarge", 413],
  ["unprocessableentity", 422],
  ["unprocessableentityerror", 422],
  ["ratelimit", 429],
  ["ratelimiterror", 429],
  ["ratelimitexceeded", 429],
  ["ratelimitreached", 429],
  ["ratelimitreachederror", 429],
  ["resourceexhausted", 429],
  ["toomanyrequests", 429],
  ["apierror", 500],
  ["internal", 500],
  ["internalerror", 500],
  ["internalservererror", 500],
  ["servererror", 500],
  ["badgateway", 502],
  ["engineoverloaded", 503],
  ["engineoverloadederror", 503],
  ["modeloverloaded", 503],
  ["overloaded", 503],
  ["overloadederror", 503],
  ["serviceunavailable", 503],
  ["serviceunavailableerror", 503],
  ["unavailable", 503],
  ["deadlineexceeded", 504],
  ["gatewaytimeout", 504],
  ["timeouterror", 504]
])

/** The status with which the server would have answered if it had not sent a 200 before. */
export const statusOf = (code: string): number | undefined => {
  const name = plain(code)
  return final.has(name) ? 429 : unpaid.has(name) ? 402 : statuses.get(name)
}
