/**
 * What the unit tests and the exhaustive tests of `vectors` share.
 */
import { index } from "effect-friendli-vectors"

export const files = Object.values(index.operations).flatMap(({ files: of }) => Object.entries(of))
