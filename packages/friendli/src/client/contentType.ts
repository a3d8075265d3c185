/**
 * Whether a body is an event stream. In: its content type and, if that is not specific, its first bytes. Out: yes, no, or not known yet.
 */
export const isEventStream = (contentType: string): boolean => /\btext\/event-stream\b/i.test(contentType)

/** Content types that do not tell the format: a missing one, and those that servers use for anything. */
export const isVague = (contentType: string): boolean =>
  /^\s*(?:(?:text\/plain|(?:application|binary)\/octet-stream)\s*)?(?:;|$)/i.test(contentType)

/** What a line of an event stream begins with. */
const lineStarts = ["data:", "event:", "id:", "retry:", ":"]

/** Servers send line ends to keep a connection alive, but only a limited number. */
const longestBeginning = 65_536

/** Looks at the first bytes of a body as they arrive; `undefined` until it is certain. */
export const makeDetector = (): ((bytes: Uint8Array) => boolean | undefined) => {
  const decoder = new TextDecoder()
  let start = ""
  let size = 0
  return (bytes) => {
    size += bytes.length
    start = (start + decoder.decode(bytes, { stream: true })).trimStart()
    if (lineStarts.some((begin) => start.startsWith(begin))) return true
    return lineStarts.some((begin) => begin.startsWith(start)) && size < longestBeginning ? undefined : false
  }
}
