/**
 * The model of uploads. In: the fields of a file. Out: an immutable value that `Upload` returns, requests contain and multipart bodies
 * read.
 */
import { pipeArguments } from "effect/Pipeable"
import * as Stream from "effect/Stream"
import { TypeId, type Upload } from "../schema/upload.js"

type Fields = Omit<Upload, TypeId | "pipe">

/** A class and not a plain object, so that code that traverses a request does not traverse its files. */
class UploadImpl implements Upload {
  readonly [TypeId]: TypeId = TypeId
  readonly name!: string
  readonly type!: string | undefined
  readonly size!: number | undefined
  readonly repeatable!: boolean
  readonly stream!: Stream.Stream<Uint8Array, unknown>
  readonly blob!: Blob | undefined
  readonly onProgress!: Upload["onProgress"]
  constructor(fields: Fields) {
    Object.assign(this, fields)
  }
  pipe(): unknown {
    // oxlint-disable-next-line prefer-rest-params
    return pipeArguments(this, arguments)
  }
  get [Symbol.toStringTag](): string {
    return "Upload"
  }
  /** For logs: without content. */
  toJSON(): unknown {
    return { _id: "Upload", name: this.name, type: this.type, size: this.size }
  }
}

/** An upload with all its fields. */
export const make = (fields: Fields): Upload => new UploadImpl(fields)

/** The bytes of a blob. Each run reads it from the start, so it can be sent again. */
const streamOfBlob = (blob: Blob): Stream.Stream<Uint8Array, unknown> =>
  Stream.fromReadableStream(
    () => blob.stream() as ReadableStream<Uint8Array>,
    (cause) => cause
  )

/** An upload of a blob or a file of the platform, whose name and type may be replaced. */
export const fromBlob = (
  blob: Blob,
  options?: { readonly name?: string | undefined; readonly type?: string | undefined }
): Upload =>
  make({
    // browsers use this name for a blob without a name
    name: options?.name ?? (blob as Partial<File>).name ?? "blob",
    type: options?.type ?? (blob.type === "" ? undefined : blob.type),
    size: blob.size,
    repeatable: true,
    stream: streamOfBlob(blob),
    blob,
    onProgress: undefined
  })
