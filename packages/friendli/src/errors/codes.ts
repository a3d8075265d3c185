/**
 * The words by which servers name errors, and what they mean. In: a code in any spelling. Out: the status
 * that it stands for, and whether waiting can help. No Effect in here. The words are those of several servers
 * and gateways, which name the same errors differently.
 */

/**
 * The letters and digits of a code. Servers write the same word as `rate_limit_exceeded`, `RateLimitExceeded`
 * and `RATE_LIMIT_EXCEEDED`.
 */
const plain = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, "")

/**
 * What is used up, and does not come back by waiting: quotas and credits of OpenAI and its compatible servers, of gateways and their budgets.
 * Words that some servers use for limits of a minute too (`quota_exceeded`, `RESOURCE_EXHAUSTED`) are not among them.
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

/** The same, of servers that answer with 402. */
const unpaid: ReadonlySet<string> = /*#__PURE__*/ new Set([
  "billingerror",
  "creditlimit",
  "creditsexhausted",
  "insufficientbalance",
  "insufficientcredits",
  "insufficientfunds",
  "paymentrequired"
])

/** Whether a rate limit of this code lasts, however long one waits. */
export const isFinal = (code: string | undefined): boolean =>
  code !== undefined && (final.has(plain(code)) || unpaid.has(plain(code)))

/** A map and not an object, in which `"constructor"` would be a code. */
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

/** The status that the same server would have answered with, had it not answered with 200 already. */
export const statusOf = (code: string): number | undefined => {
  const name = plain(code)
  return final.has(name) ? 429 : unpaid.has(name) ? 402 : statuses.get(name)
}
