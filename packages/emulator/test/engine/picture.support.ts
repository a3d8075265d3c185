/**
 * What the unit tests and the exhaustive tests of `picture` share.
 */

export const prompt = "A paper boat on a lake"
