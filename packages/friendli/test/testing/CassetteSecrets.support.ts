/**
 * What the unit tests and the exhaustive tests of `CassetteSecrets` share.
 */
import * as fc from "fast-check"

export const name = fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/)

export const value = fc.stringMatching(/^[\x21-\x7e]{12,24}$/)
