/**
 * SHA-256 (FIPS 180-4) of bytes that arrive in pieces. The platform's digest takes all bytes at once, so it cannot digest a file that
 * does not fit into memory. Imperative, since it visits every byte.
 */

/** A digest that is being computed. */
export interface Sha256 {
  readonly update: (bytes: Uint8Array) => void
  /** Ends the computation: 64 hexadecimal digits. Call it once. */
  readonly hex: () => string
}

/** The first 32 bits of the fraction. */
const fraction = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) | 0

const isPrime = (n: number): boolean => {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false
  return true
}

interface Constants {
  /** From the square roots of the first 8 primes. */
  readonly initial: Int32Array
  /** From the cube roots of the first 64 primes. */
  readonly rounds: Int32Array
}

let constants: Constants | undefined

/** Computed on first use, as the standard defines them. */
const makeConstants = (): Constants => {
  const primes: Array<number> = []
  for (let n = 2; primes.length < 64; n++) if (isPrime(n)) primes.push(n)
  return {
    initial: Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime))),
    rounds: Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)))
  }
}

const blockSize = 64

/** Begins a digest. */
export const makeSha256 = (): Sha256 => {
  const { initial, rounds } = (constants ??= makeConstants())
  const state = initial.slice()
  const words = new Int32Array(64)
  /** Bytes that are not a whole block yet. */
  const rest = new Uint8Array(blockSize)
  let filled = 0
  let size = 0

  /** Names of the variables are those of the standard. */
  const compress = (bytes: Uint8Array, from: number): void => {
    for (let t = 0, at = from; t < 16; t++, at += 4) {
      words[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
    }
    for (let t = 16; t < 64; t++) {
      const x = words[t - 15]!
      const y = words[t - 2]!
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      words[t] = (words[t - 16]! + s0 + words[t - 7]! + s1) | 0
    }
    let a = state[0]!
    let b = state[1]!
    let c = state[2]!
    let d = state[3]!
    let e = state[4]!
    let f = state[5]!
    let g = state[6]!
    let h = state[7]!
    for (let t = 0; t < 64; t++) {
      const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const choice = (e & f) ^ (~e & g)
      const t1 = (h + sum1 + choice + rounds[t]! + words[t]!) | 0
      const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const majority = (a & b) ^ (a & c) ^ (b & c)
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + sum0 + majority) | 0
    }
    state[0]! += a
    state[1]! += b
    state[2]! += c
    state[3]! += d
    state[4]! += e
    state[5]! += f
    state[6]! += g
    state[7]! += h
  }

  const update = (bytes: Uint8Array): void => {
    size += bytes.length
    let at = 0
    if (filled > 0) {
      at = Math.min(blockSize - filled, bytes.length)
      rest.set(bytes.subarray(0, at), filled)
      filled += at
      if (filled < blockSize) return
      compress(rest, 0)
    }
    for (; at + blockSize <= bytes.length; at += blockSize) compress(bytes, at)
    rest.set(bytes.subarray(at))
    filled = bytes.length - at
  }

  return {
    update,
    hex: () => {
      const bits = size * 8
      // a one, zeros, and the number of bits, to the end of a block
      const end = new Uint8Array((filled < blockSize - 8 ? blockSize : 2 * blockSize) - filled)
      end[0] = 0x80
      const view = new DataView(end.buffer)
      view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32))
      view.setUint32(end.length - 4, bits >>> 0)
      update(end)
      return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
    }
  }
}
