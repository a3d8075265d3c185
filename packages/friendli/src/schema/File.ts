/** Files that the API stores: the media of samples, and documents. */
import * as Schema from "effect/Schema"
import { ExpectedId } from "../internal/annotations.js"
import { int, JsonObject, nullish, openLiteral, Text } from "./primitives.js"

const digestPattern = "^[a-zA-Z0-9_+.-]+:[a-fA-F0-9]+$"
const digest = new RegExp(digestPattern)
const expectedDigest = "a digest such as sha256: with hexadecimal digits"

/** The digest of a file: an algorithm, a colon and hexadecimal digits. */
export const FileDigest: Schema.Schema<string> = Text.pipe(
  Schema.filter((text) => digest.test(text), {
    [ExpectedId]: expectedDigest,
    description: expectedDigest,
    message: () => `expected ${expectedDigest}`,
    jsonSchema: { pattern: digestPattern },
    arbitrary: () => (fc) => fc.stringMatching(/^sha256:[0-9a-f]{64}$/)
  })
)

/** A file whose bytes are to be uploaded. Wire: `FileInitUploadRequest`. */
export const InitUploadRequest = Schema.Struct({
  /** Its name. */
  name: Text,
  /** Its size in bytes. */
  size: int({ minimum: 0 }),
  /** The digest of its bytes: `sha256:` and 64 hexadecimal digits. */
  digest: FileDigest,
  /** The id of the project that it belongs to. */
  projectId: Text
}).annotations({ identifier: "InitUploadRequest" })

export interface InitUploadRequest extends Schema.Schema.Type<typeof InitUploadRequest> {}

/** Where to send the bytes of a file. Wire: `FileInitUploadResponse`. */
export const UploadTicket = Schema.Struct({
  /** The id of the file. */
  fileId: Text,
  /** The signed URL of an object store, which accepts a form. Absent or `null`: a file with this digest is already stored. */
  uploadUrl: nullish(Text),
  /** The fields of that form. Send them before the file. Some are secret. */
  aws: nullish(JsonObject)
}).annotations({ identifier: "UploadTicket" })

export interface UploadTicket extends Schema.Schema.Type<typeof UploadTicket> {}

/** A request for one file. */
export const FileRequest = Schema.Struct({
  /** The id of the file. */
  file_id: Text
}).annotations({ identifier: "FileRequest" })

export interface FileRequest extends Schema.Schema.Type<typeof FileRequest> {}

/** The metadata of a file. Wire: `FileInfo`. */
export const FileInfo = Schema.Struct({
  /** Its id. */
  id: Text,
  /** Its name. */
  name: Text,
  /** Its size in bytes. */
  size: Schema.Number,
  /** The digest of its bytes, such as `sha256:…`. */
  digest: Text,
  /** The id of its project. */
  projectId: nullish(Text),
  /** The id of the user who uploaded it. */
  creatorId: nullish(Text),
  /** When its upload began, as an RFC 3339 string. */
  createdAt: nullish(Text),
  /** When it will be deleted, as an RFC 3339 string. `null`: never. */
  expiresAt: nullish(Text),
  /** `UPLOADED` can be used. */
  status: openLiteral("UPLOADING", "UPLOADED", "FAILED", "DELETED")
}).annotations({ identifier: "FileInfo" })

export interface FileInfo extends Schema.Schema.Type<typeof FileInfo> {}

/** The location of a file. Wire: `FileGetDownloadURLResponse`. */
export const FileLocation = Schema.Struct({
  /** The id of the file. */
  fileId: Text,
  /** The URL with which samples refer to the file. */
  s3Uri: Text,
  /** A signed URL, with which anyone can download the file for some time. */
  downloadUrl: Text
}).annotations({ identifier: "FileLocation" })

export interface FileLocation extends Schema.Schema.Type<typeof FileLocation> {}
