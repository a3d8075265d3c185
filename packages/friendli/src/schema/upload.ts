/**
 * Files in requests: the type of an upload. It is separate from the functions that make uploads, so that programs without files do not
 * bundle those.
 */
import type * as Effect from "effect/Effect"
import type { Pipeable } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import type * as Stream from "effect/Stream"

/**
 * Marks a value as an upload.
 *
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("effect-friendli/Upload")

/**
 * The type of the mark.
 *
 * @category type ids
 */
export type TypeId = typeof TypeId

/** The progress of an upload. */
export interface Progress {
  /** The number of bytes of the file that were passed to the transport in this attempt. */
  readonly sent: number
  /** The size of the whole file in bytes, if known. */
  readonly total: number | undefined
}

/** A file with its name. Made by the functions of this module. */
export interface Upload extends Pipeable {
  readonly [TypeId]: TypeId
  /** The file name that the server sees. The extension tells some formats. */
  readonly name: string
  /** The media type that the server sees. `undefined`: none is sent. */
  readonly type: string | undefined
  /** The size in bytes, if known. */
  readonly size: number | undefined
  /** Whether a retry can read the bytes again. */
  readonly repeatable: boolean
  /** The bytes; each run begins at the start of the file. */
  readonly stream: Stream.Stream<Uint8Array, unknown>
  /** The bytes in a form that the platform can send without a stream, if there is one. */
  readonly blob: Blob | undefined
  readonly onProgress: ((progress: Progress) => Effect.Effect<void>) | undefined
}

/**
 * Whether a value is an `Upload`.
 * @category guards
 */
export const isUpload = (u: unknown): u is Upload => Predicate.hasProperty(u, TypeId)

/**
 * Whether a value is a `File`, of any realm.
 * @category guards
 */
export const isFile = (u: unknown): u is File =>
  Object.prototype.toString.call(u) === "[object File]" && Predicate.hasProperty(u, "stream")
