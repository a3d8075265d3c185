/**
 * The record of received requests. In: each request as it arrives. Out: the last requests, with what has
 * become of them. Credentials are not recorded.
 */
import type { RecordedRequest } from "../base/types.js"

/** A record that the handler updates while the request is answered. */
export type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }

/** Headers that are left out: a test may print its records. */
const secretHeaders: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie"])

/** The last requests, oldest first. */
export interface Journal {
  /** Adds a request and returns its record. */
  readonly open: (request: Request, requestId: string) => Entry
  readonly entries: ReadonlyArray<RecordedRequest>
  readonly clear: () => void
}

/** Makes a journal that keeps at most `limit` requests. */
export const makeJournal = (limit: number): Journal => {
  const entries: Array<RecordedRequest> = []
  let order = 0
  return {
    entries,
    open: (request, requestId) => {
      const headers: Record<string, string> = {}
      request.headers.forEach((value, name) => {
        if (!secretHeaders.has(name)) headers[name] = value
      })
      const entry: Entry = {
        order: order++,
        requestId,
        method: request.method,
        path: new URL(request.url).pathname,
        headers,
        authorized: false,
        body: undefined,
        status: undefined,
        eventsSent: 0,
        bytesSent: 0,
        tokensGenerated: 0,
        aborted: false,
        finished: false
      }
      entries.push(entry)
      if (entries.length > limit) entries.shift()
      return entry
    },
    clear: () => {
      entries.length = 0
    }
  }
}
