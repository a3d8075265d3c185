/**
 * The bytes of a request's body, read up to a limit. In: a request. Out: its bytes in one piece, or that there are too many.
 */

/** The bytes of a body, or `"tooLarge"` as soon as there are more of them than the limit. */
export type Bytes = Uint8Array<ArrayBuffer> | "tooLarge"

/** Reads the bytes of a body in one piece. For a socket, another function does this without web streams. */
export type ReadBytes = (limit: number) => Promise<Bytes>

/** Whether the `content-length` header is larger than the limit. */
export const announcesMoreThan = (limit: number, contentLength: string | null | undefined): boolean =>
  Number(contentLength ?? 0) > limit

/** Reads the body of a `Request`. A body that is too large is cancelled, so that its source stops. */
export const readBytesOf =
  (request: Request): ReadBytes =>
  async (limit) => {
    if (announcesMoreThan(limit, request.headers.get("content-length"))) return "tooLarge"
    const reader = request.body?.getReader()
    const pieces: Array<Uint8Array> = []
    let size = 0
    while (reader !== undefined) {
      const next = await reader.read()
      if (next.done) break
      size += next.value.length
      if (size > limit) {
        await reader.cancel()
        return "tooLarge"
      }
      pieces.push(next.value)
    }
    const whole = new Uint8Array(size)
    let at = 0
    for (const piece of pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }
