/**
 * What the unit tests and the exhaustive tests of `random` share.
 */
import { makeRandom } from "../../src/engine/random.js"

export const first = (seed: number, count = 20) => {
  const random = makeRandom(seed)
  return Array.from({ length: count }, random.next)
}
