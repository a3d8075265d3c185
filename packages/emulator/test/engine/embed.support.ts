/**
 * What the unit tests and the exhaustive tests of `embed` share.
 */

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, at) => sum + x * b[at]!, 0)
