/**
 * The store of a rate limit that workers share, for `RateLimiter` of `@effect/experimental`, which has the algorithms. In: a client of PostgreSQL.
 * Out: a store. Each of its operations is one statement.
 *
 * For a token bucket, `amount` is the number of tokens, and `since` the time of the last refill. For a fixed window, `amount` is the number taken,
 * and `since` the end of the window. `result` is the result of the last operation.
 */
import * as RateLimiter from "@effect/experimental/RateLimiter"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

const failed = (cause: SqlError) =>
  new RateLimiter.RateLimitStoreError({ message: "the shared rate limit cannot be read", cause })

/** Makes the limiter of a database. */
export const make = (sql: SqlClient.SqlClient): Effect.Effect<RateLimiter.RateLimiter> => {
  const now = sql.literal("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::float8")
  const store = RateLimiter.RateLimiterStore.of({
    tokenBucket: ({ allowOverflow, key, limit, refillRate, tokens }) => {
      const millis = Duration.toMillis(refillRate)
      const added = sql`FLOOR((${now} - b.since) / ${millis}::float8)`
      const left = sql`LEAST(${limit}::float8, b.amount + ${added}) - ${tokens}::float8`
      const first = limit - tokens
      return sql<{ readonly result: number }>`
        INSERT INTO friendli_batch_limits AS b (key, amount, since, result)
        VALUES (${key}, ${allowOverflow || first >= 0 ? first : limit}::float8, ${now}, ${first}::float8)
        ON CONFLICT (key) DO UPDATE SET
          amount = CASE WHEN ${allowOverflow} OR ${left} >= 0 THEN ${left} ELSE ${left} + ${tokens}::float8 END,
          since = b.since + ${added} * ${millis}::float8,
          result = ${left}
        RETURNING result`.pipe(Effect.mapBoth({ onFailure: failed, onSuccess: ([row]) => row?.result ?? first }))
    },
    fixedWindow: ({ key, limit, refillRate, tokens }) => {
      const millis = Duration.toMillis(refillRate) * tokens
      const most = limit ?? Infinity
      const taken = sql`(CASE WHEN b.since <= ${now} THEN 0 ELSE b.amount END + ${tokens}::float8)`
      const fits = sql`${taken} <= ${Number.isFinite(most) ? most : Number.MAX_VALUE}::float8`
      return sql<{ readonly result: number; readonly ttl: number }>`
        INSERT INTO friendli_batch_limits AS b (key, amount, since, result)
        VALUES (${key}, ${tokens}::float8, ${now} + ${millis}::float8, ${tokens}::float8)
        ON CONFLICT (key) DO UPDATE SET
          amount = CASE WHEN ${fits} THEN ${taken} ELSE b.amount END,
          since = CASE WHEN ${fits} THEN GREATEST(b.since, ${now}) + ${millis}::float8 ELSE b.since END,
          result = ${taken}
        RETURNING result, since - ${now} AS ttl`.pipe(
        Effect.mapBoth({
          onFailure: failed,
          onSuccess: ([row]) => [row?.result ?? tokens, Math.max(0, row?.ttl ?? millis)] as const
        })
      )
    }
  })
  return Effect.provideService(RateLimiter.make, RateLimiter.RateLimiterStore, store)
}
