/** Files in requests. */
import * as Schema from "effect/Schema"
import { isFile, isUpload, type Upload } from "./upload.js"
import { ExpectedId } from "../internal/annotations.js"

/**
 * A `File`, or an upload made by `Upload`: bytes, a blob, a path or a stream.
 *
 * @example
 * ```ts
 * import * as Schema from "effect/Schema"
 * import { Upload } from "effect-friendli"
 * import { UploadSource } from "effect-friendli/schema/UploadSource"
 *
 * const accepts = Schema.is(UploadSource)
 * console.log(accepts(Upload.fromBytes(new Uint8Array(4), { name: "a.wav" })), accepts("a.wav"))
 * // => true false
 * ```
 */
export const UploadSource: Schema.Schema<UploadSource> = Schema.declare(
  (u: unknown): u is UploadSource => isUpload(u) || isFile(u),
  {
    identifier: "UploadSource",
    [ExpectedId]: "a File, or an Upload (see Upload.fromBytes, fromBlob, fromPath, fromStream)",
    description: "a file to upload",
    jsonSchema: { type: "string", format: "binary" }
  }
)

/** A `File`, or an upload made by `Upload`. */
export type UploadSource = Upload | File
