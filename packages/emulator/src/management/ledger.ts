/**
 * The record of answers, for usage and cost. In: each request that a model answered, with its tokens as they are generated. Out: sums for every five
 * minutes, product and model, so that memory stays limited in a long run.
 */

/** Sums of five minutes. */
export interface LedgerRow {
  /** Unix milliseconds. */
  readonly start: number
  readonly product: "model_apis" | "dedicated_endpoints"
  /** A model, or the id of an endpoint. */
  readonly model: string
  requests: number
  inputTokens: number
  outputTokens: number
  audioMilliseconds: number
}

/** The size of a request: the tokens of its prompt, or the length of its audio. */
export type Amount = { readonly tokens: number } | { readonly audioMilliseconds: number }

/** Counts for one request. */
export interface Meter {
  readonly received: (amount: Amount) => void
  readonly generated: () => void
  /** Marks the request as valid: its earlier and later counts are added to the sums. */
  readonly keep: () => void
}

/** The sums of an emulator. */
export interface Ledger {
  readonly open: (product: LedgerRow["product"], model: string) => Meter
  readonly rows: () => ReadonlyArray<LedgerRow>
  readonly reset: () => void
}

/** The shortest time range of usage, in milliseconds. */
export const shortestBucket = 5 * 60_000

/** Makes a ledger without sums. */
export const makeLedger = (): Ledger => {
  const rows = new Map<string, LedgerRow>()

  return {
    open: (product, model) => {
      const start = Math.floor(Date.now() / shortestBucket) * shortestBucket
      let row: LedgerRow = { start, product, model, requests: 1, inputTokens: 0, outputTokens: 0, audioMilliseconds: 0 }
      return {
        received: (amount) => {
          if ("tokens" in amount) row.inputTokens += amount.tokens
          else row.audioMilliseconds += amount.audioMilliseconds
        },
        generated: () => {
          row.outputTokens++
        },
        keep: () => {
          const key = JSON.stringify([start, product, model])
          const sum = rows.get(key)
          if (sum === undefined) {
            rows.set(key, row)
            return
          }
          sum.requests += row.requests
          sum.inputTokens += row.inputTokens
          sum.outputTokens += row.outputTokens
          sum.audioMilliseconds += row.audioMilliseconds
          row = sum
        }
      }
    },
    rows: () => [...rows.values()],
    reset: () => rows.clear()
  }
}
