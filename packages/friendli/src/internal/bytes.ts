/** Several pieces of bytes as one. A single one is not copied. */
export const concatenate = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  if (parts.length === 1) return parts[0]!
  let size = 0
  for (const part of parts) size += part.length
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Collects bytes as text. */
export interface TextReader {
  readonly add: (bytes: Uint8Array) => void
  readonly text: () => string
}

export const makeTextReader = (): TextReader => {
  const decoder = new TextDecoder()
  const parts: Array<string> = []
  return {
    add: (bytes) => {
      parts.push(decoder.decode(bytes, { stream: true }))
    },
    text: () => parts.join("") + decoder.decode()
  }
}
