/**
 * Rate limits. In: a limit of requests and of tokens per minute. Out: whether a request may begin, and the headers with the remaining amounts. Both
 * limits refill evenly, so that no burst at the change of a minute is possible.
 */
import type { EmulatorOptions } from "../base/types.js"
import type { Exchange } from "./exchange.js"

/** The limits of one scope. */
export interface Limits {
  /** Counts a request. Returns why it may not begin, and how long to wait; a rejected request is not counted. */
  readonly admit: () => { readonly reason: string; readonly retryAfter: number } | undefined
  /** Counts tokens of a prompt or of an answer. The answer that exceeds the limit continues, and later requests wait. */
  readonly spend: (tokens: number) => void
  /** The `x-ratelimit-…` headers of an answer; none without limits. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Makes both limits full. */
  readonly reset: () => void
}

const minute = 60_000

/** A time in the format of the headers: `120ms`, `8.5s`, `1m12s`. */
export const durationText = (milliseconds: number): string => {
  const whole = Math.ceil(milliseconds)
  if (whole < 1000) return `${whole}ms`
  if (whole < minute) return `${whole / 1000}s`
  return `${Math.floor(whole / minute)}m${Math.ceil((whole % minute) / 1000)}s`
}

/** One limit, which refills with time. */
interface Bucket {
  readonly limit: number
  readonly left: () => number
  readonly take: (amount: number) => void
  /** Milliseconds until this amount is available. */
  readonly wait: (amount: number) => number
  readonly reset: () => void
}

const makeBucket = (limit: number, now: () => number): Bucket => {
  let level = limit
  let at = now()
  const left = (): number => {
    const time = now()
    level = Math.min(limit, level + ((time - at) * limit) / minute)
    at = time
    return level
  }
  return {
    limit,
    left,
    take: (amount) => {
      level = left() - amount
    },
    wait: (amount) => Math.max(0, ((amount - left()) * minute) / limit),
    reset: () => {
      level = limit
      at = now()
    }
  }
}

/** The headers of one limit. */
const headersOf = (name: string, bucket: Bucket | undefined): Readonly<Record<string, string>> =>
  bucket === undefined
    ? {}
    : {
        [`x-ratelimit-limit-${name}`]: String(bucket.limit),
        [`x-ratelimit-remaining-${name}`]: String(Math.max(0, Math.floor(bucket.left()))),
        [`x-ratelimit-reset-${name}`]: durationText(bucket.wait(bucket.limit))
      }

/** Makes full limits. `now` is the time in milliseconds. */
export const makeLimits = (
  { requestsPerMinute, tokensPerMinute }: Pick<EmulatorOptions, "requestsPerMinute" | "tokensPerMinute">,
  now: () => number = () => performance.now()
): Limits => {
  const requests = requestsPerMinute === undefined ? undefined : makeBucket(requestsPerMinute, now)
  const tokens = tokensPerMinute === undefined ? undefined : makeBucket(tokensPerMinute, now)
  const missing = (bucket: Bucket | undefined, unit: string) => {
    // A rounding error of the time must not make a client that waited long enough wait again.
    const wait = bucket?.wait(1) ?? 0
    return bucket === undefined || wait < 0.001
      ? undefined
      : {
          reason: `Rate limit reached: ${bucket.limit} ${unit} per minute`,
          retryAfter: Math.ceil(wait / 1000)
        }
  }
  return {
    admit: () => {
      const rejected = missing(requests, "requests") ?? missing(tokens, "tokens")
      if (rejected === undefined) requests?.take(1)
      return rejected
    },
    spend: (count) => tokens?.take(count),
    headers: () => ({ ...headersOf("requests", requests), ...headersOf("tokens", tokens) }),
    reset: () => {
      requests?.reset()
      tokens?.reset()
    }
  }
}

/**
 * Stage: applies the limits.
 *
 * In: a request with an accepted token. Out: nothing, or a 429 with `Retry-After`. It comes before the check of the body: invalid requests count,
 * too.
 */
export const limitAnswer = (
  { fail }: Exchange,
  limits: Limits,
  headers: Readonly<Record<string, string>>
): Response | undefined => {
  const rejected = limits.admit()
  if (rejected === undefined) return undefined
  return fail(429, rejected.reason, {
    "retry-after": String(rejected.retryAfter),
    ...limits.headers(),
    ...headers
  })
}
