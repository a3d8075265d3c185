/**
 * Repeatable random numbers. In: a seed. Out: numbers that are the same on every machine. `Math.random`
 * cannot be given a seed, and a test must get the same text twice.
 */

/** A random number generator with its own state. */
export interface Random {
  /** The next number: at least 0, less than 1, with 53 random bits. */
  readonly next: () => number
  /** The next integer from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  /** A random item of a list that is not empty. */
  readonly pick: <A>(items: ReadonlyArray<A>) => A
}

/**
 * Makes a generator (xoshiro128**, with a state that splitmix32 makes from the seed). The same seed gives the same numbers on
 * every machine; different seeds, including fractions, give unrelated numbers.
 */
export const makeRandom = (seed: number): Random => {
  const view = new DataView(new ArrayBuffer(8))
  // The bits of the double distinguish all seeds, small integers and those beyond 32 bits.
  view.setFloat64(0, seed === 0 || Number.isNaN(seed) ? 0 : seed)
  let mix = Math.imul(view.getUint32(0) ^ 0x5bd1e995, 0x9e3779b1) ^ view.getUint32(4)
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let d = splitmix() | 1
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))
  const word = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result >>> 0
  }
  const next = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  return { next, int, pick: (items) => items[int(0, items.length - 1)]! }
}
