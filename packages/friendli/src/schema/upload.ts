/**
 * Tells files in requests from plain data, apart from what makes uploads: programs without files do not carry that along.
 */
import * as Predicate from "effect/Predicate"
import type { TypeId as UploadTypeId, Upload } from "../Upload.js"

/** A type alone, so that `Upload` can be built on this module. */
export const TypeId: UploadTypeId = Symbol.for("effect-friendli/Upload") as UploadTypeId

export const isUpload = (u: unknown): u is Upload => Predicate.hasProperty(u, TypeId)

export const isFile = (u: unknown): u is File =>
  Object.prototype.toString.call(u) === "[object File]" && Predicate.hasProperty(u, "stream")
