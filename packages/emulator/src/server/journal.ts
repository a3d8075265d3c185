/**
 * The record of received requests. In: each request as it arrives, and the size of its body. Out: the last requests, with their outcomes. Credentials
 * are not recorded, and the record is limited in number and in bytes.
 */
import { isRecord } from "../base/json.js"
import { scopeHeader } from "../base/scope.js"
import type { RecordedRequest } from "../base/types.js"

/** A record that the handler updates while the request is answered. */
export type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }

/** Headers that are left out, because a test may print its records. */
const secretHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key"
])

/** The last requests, oldest first. */
export interface Journal {
  /** Adds a request and returns its record. */
  readonly open: (request: Request, requestId: string) => Entry
  /** Adds the body to a record. `size` is its size on the wire in bytes, an approximation of its size in memory. */
  readonly addBody: (entry: Entry, body: unknown, size: number) => void
  readonly entries: ReadonlyArray<RecordedRequest>
  /** Removes the records of one scope, or all of them if there is no name. */
  readonly clear: (scope?: string) => void
}

/** The limits of a journal. */
export interface JournalLimits {
  readonly entries: number
  readonly bytes: number
}

/** The approximate size of a record without its path, headers and body. */
const recordBytes = 400

/** Makes an empty journal. */
export const makeJournal = (limits: JournalLimits): Journal => {
  const entries: Array<RecordedRequest> = []
  /** The bytes of each record that is kept: of the record itself, and of its body. */
  const sizes = new Map<RecordedRequest, { readonly head: number; body: number }>()
  let bytes = 0
  /** No record before this position has a body. */
  let firstBody = 0
  let order = 0

  /** Removes the oldest record. */
  const dropOldest = (): void => {
    const oldest = entries.shift()
    if (oldest === undefined) return
    const { body, head } = sizes.get(oldest)!
    bytes -= head + body
    sizes.delete(oldest)
    firstBody = Math.max(0, firstBody - 1)
  }

  /** Drops bodies, then records, until the journal is within its limits. The newest record stays, with its head at least. */
  const trim = (): void => {
    while (entries.length > limits.entries) dropOldest()
    for (; bytes > limits.bytes && firstBody < entries.length; firstBody++) {
      const entry = entries[firstBody] as Entry
      const size = sizes.get(entry)!
      if (size.body === 0) continue
      bytes -= size.body
      size.body = 0
      entry.body = undefined
      entry.bodyDropped = true
    }
    while (bytes > limits.bytes && entries.length > 1) dropOldest()
  }

  return {
    entries,
    open: (request, requestId) => {
      const headers: Record<string, string> = {}
      let head = recordBytes
      request.headers.forEach((value, name) => {
        if (secretHeaders.has(name)) return
        headers[name] = value
        head += name.length + value.length
      })
      const path = new URL(request.url).pathname
      const entry: Entry = {
        order: order++,
        requestId,
        scope: request.headers.get(scopeHeader) ?? undefined,
        method: request.method,
        path,
        headers,
        authorized: false,
        body: undefined,
        unknownFields: [],
        bodyDropped: false,
        model: undefined,
        stream: false,
        status: undefined,
        reason: undefined,
        rule: undefined,
        eventsSent: 0,
        bytesSent: 0,
        tokensGenerated: 0,
        duration: undefined,
        aborted: false,
        finished: false
      }
      entries.push(entry)
      head += path.length
      sizes.set(entry, { head, body: 0 })
      bytes += head
      trim()
      return entry
    },
    addBody: (entry, body, size) => {
      entry.body = body
      const kept = sizes.get(entry)
      // The record may have been dropped while its body was read.
      if (kept === undefined || body === undefined) return
      if (isRecord(body)) {
        if (typeof body["model"] === "string") entry.model = body["model"]
        // In a form it is a text.
        entry.stream = body["stream"] === true || body["stream"] === "true"
      }
      kept.body = size
      bytes += size
      // Records that arrived later may have lost their bodies already.
      firstBody = Math.min(firstBody, entries.indexOf(entry))
      trim()
    },
    clear: (scope) => {
      const kept = scope === undefined ? [] : entries.filter((entry) => entry.scope !== scope)
      entries.splice(0, entries.length, ...kept)
      const left = new Set(kept)
      for (const entry of sizes.keys()) if (!left.has(entry)) sizes.delete(entry)
      bytes = 0
      for (const { body, head } of sizes.values()) bytes += head + body
      firstBody = 0
    }
  }
}
