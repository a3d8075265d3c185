/**
 * What the unit tests and the exhaustive tests of `multipart` share.
 */
import * as fc from "fast-check"

/** Text that every form can hold: line ends that are alone would be made pairs by some readers. */
export const text = fc.fullUnicodeString().map((value) => value.replace(/[\r\n]/g, "\r\n"))
