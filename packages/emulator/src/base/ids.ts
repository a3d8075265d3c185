/**
 * A new random id: the prefix and 32 hexadecimal digits. `crypto.randomUUID` does not exist on pages without a secure context
 * (plain http), `crypto.getRandomValues` does.
 */
export const newId = (prefix: string): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** A random seed from 0 to 2^31 - 1, for a request that sets none. */
export const randomSeed = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 1
