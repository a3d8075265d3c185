/** Files that the API keeps: the media of samples, and documents. */
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

/** Where the bytes of a file go. Wire: `FileInitUploadResponse`. */
export const UploadTicket = Schema.Struct({
  /** The id of the file. */
  fileId: Text,
  /** A signed URL of a store of objects, which takes a form. Absent or `null`: a file with this digest is already stored. */
  uploadUrl: nullish(Text),
  /** The fields of that form, which come before the file. Some are secret. */
  aws: nullish(JsonObject)
}).annotations({ identifier: "UploadTicket" })

export interface UploadTicket extends Schema.Schema.Type<typeof UploadTicket> {}

/** One file. */
export const FileRequest = Schema.Struct({
  /** The id of the file. */
  file_id: Text
}).annotations({ identifier: "FileRequest" })

export interface FileRequest extends Schema.Schema.Type<typeof FileRequest> {}

/** What is known of a file. Wire: `FileInfo`. */
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
  /** When its upload began, as RFC 3339 text. */
  createdAt: nullish(Text),
  /** When it will be deleted, as RFC 3339 text. `null`: never. */
  expiresAt: nullish(Text),
  /** `UPLOADED` can be used. */
  status: openLiteral("UPLOADING", "UPLOADED", "FAILED", "DELETED")
}).annotations({ identifier: "FileInfo" })

export interface FileInfo extends Schema.Schema.Type<typeof FileInfo> {}

/** Where the bytes of a file are. Wire: `FileGetDownloadURLResponse`. */
export const FileLocation = Schema.Struct({
  /** The id of the file. */
  fileId: Text,
  /** The URL by which samples name the file. */
  s3Uri: Text,
  /** A signed URL that gives the bytes for some time, to whoever has it. */
  downloadUrl: Text
}).annotations({ identifier: "FileLocation" })

export interface FileLocation extends Schema.Schema.Type<typeof FileLocation> {}
