/**
 * Files that programs upload. In: the description of a file, then its bytes at the URL of the first answer, then the call that completes it. Out: the
 * metadata of a file, and a URL for its bytes. The emulator also acts as the object store: the upload is a form with the fields of the first answer,
 * without a token, as an object store expects it.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import type { FormRecord } from "../base/types.js"
import { answered, type CallAnswer, type CallRequest, notFound, refused } from "./call.js"

type FileCalls = Readonly<
  Record<"file.init_upload" | "file.complete_upload" | "file.get_info" | "file.get_download_url", CallAnswer>
>

/** The answer of the store to an upload. */
export type Received =
  | { readonly stored: true }
  | { readonly stored: false; readonly status: 400 | 403; readonly code: string; readonly message: string }

/** The bytes of a file. */
export interface StoredFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly contentType: string
}

/** The uploaded files of an emulator. */
export interface Uploads {
  readonly calls: FileCalls
  /** Whether uploads of a file go to this path. */
  readonly takes: (path: string) => boolean
  /** Stores the bytes of a form that is sent to such a path. */
  readonly receive: (path: string, form: FormRecord | undefined) => Promise<Received>
  /** The file at a URL of a download; `"forbidden"` when its signature is wrong, and `undefined` for any other URL. */
  readonly at: (url: URL) => StoredFile | "forbidden" | undefined
  /** The text of a complete file, or why it cannot be read. */
  readonly readFile: (id: string) => { readonly text: string } | { readonly problem: string }
  readonly reset: () => void
}

/** No path of the API begins like this. */
const folder = "/files/uploads/"

/** All files together. They stay in memory. */
const maxBytes = 256 * 1024 * 1024

interface File_ {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly digest: string
  readonly projectId: string
  readonly createdAt: string
  readonly key: string
  readonly signature: string
  status: "UPLOADING" | "UPLOADED" | "FAILED"
  content: Omit<StoredFile, "name"> | undefined
}

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Names of algorithms in digests, and in the platform. */
const algorithms: Readonly<Record<string, string>> = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512"
}

/** Whether bytes have a digest such as `sha256:…`. A digest of an algorithm that the platform does not have is accepted. */
const hasDigest = async (bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<boolean> => {
  const [name = "", value = ""] = digest.split(":")
  const algorithm = algorithms[name.toLowerCase().replace("-", "")]
  // Pages without a secure context have no `subtle`.
  const subtle = crypto.subtle as SubtleCrypto | undefined
  if (algorithm === undefined || subtle === undefined) return true
  return hex(await subtle.digest(algorithm, bytes)) === value.toLowerCase()
}

/** The answer of an object store to an upload that it rejects. */
const rejected = (status: 400 | 403, code: string, message: string): Received => ({
  stored: false,
  status,
  code,
  message
})

/** Makes a store without files. */
export const makeUploads = (): Uploads => {
  const files = new Map<string, File_>()

  const onFile =
    (operation: (file: File_, request: CallRequest) => ReturnType<CallAnswer>): CallAnswer =>
    (request) => {
      const file = files.get(request.parameters["file_id"] ?? "")
      return file === undefined ? notFound("file") : operation(file, request)
    }

  const calls: FileCalls = {
    "file.init_upload": ({ body, team, url }) => {
      const asked = body as Pick<File_, "name" | "size" | "digest" | "projectId">
      const { digest, name, projectId, size } = asked
      const all = [...files.values()]
      // The bytes of this file are already stored, so nothing needs to be sent.
      const same = all.find(
        (file) => file.digest === digest && file.projectId === projectId && file.status === "UPLOADED"
      )
      if (same !== undefined) return answered({ fileId: same.id, uploadUrl: null, aws: null })
      if (all.reduce((sum, file) => sum + file.size, size) > maxBytes) {
        return refused(413, `The files of the emulator can have ${maxBytes} bytes together`)
      }
      const id = newId("file-").slice(0, 21)
      const file: File_ = {
        id,
        name,
        size,
        digest,
        projectId,
        createdAt: new Date().toISOString(),
        key: `${team}/${id}`,
        signature: newId(""),
        status: "UPLOADING",
        content: undefined
      }
      files.set(id, file)
      const aws = {
        key: file.key,
        policy: btoa(JSON.stringify({ key: file.key, size })),
        "x-amz-signature": file.signature
      }
      return answered({ fileId: id, uploadUrl: url(folder + id), aws })
    },
    "file.complete_upload": onFile(async (file) => {
      if (file.status === "UPLOADED") return answered(null)
      if (file.content === undefined) return refused(400, "The bytes of the file were not uploaded")
      if (!(await hasDigest(file.content.bytes, file.digest))) {
        file.status = "FAILED"
        file.content = undefined
        return refused(400, "The bytes of the file do not have its digest")
      }
      file.status = "UPLOADED"
      return answered(null)
    }),
    "file.get_info": onFile(({ createdAt, digest, id, name, projectId, size, status }) => {
      const info: JsonRecord = { id, name, size, digest, projectId, creatorId: "user-emulator", createdAt, status }
      return answered({ ...info, expiresAt: null })
    }),
    "file.get_download_url": onFile(({ id, key, name, signature, status }, { url }) =>
      status === "UPLOADED"
        ? answered({
            fileId: id,
            s3Uri: `s3://emulator/${key}`,
            downloadUrl: url(`${folder}${id}/${encodeURIComponent(name)}?sig=${signature}`)
          })
        : refused(400, "The upload of the file is not complete")
    )
  }

  /** The file that a path is for, and whether it is the path of its upload. */
  const fileAt = (path: string): { readonly file: File_; readonly isUpload: boolean } | undefined => {
    if (!path.startsWith(folder)) return undefined
    const [id = "", ...rest] = path.slice(folder.length).split("/")
    const file = files.get(id)
    return file === undefined ? undefined : { file, isUpload: rest.length === 0 }
  }

  return {
    calls,
    takes: (path) => fileAt(path)?.isUpload === true,
    receive: async (path, form) => {
      const file = fileAt(path)?.file
      const part = form?.["file"]
      if (file === undefined || form === undefined || !(part instanceof Blob)) {
        return rejected(400, "InvalidArgument", "POST requires exactly one file upload per request.")
      }
      if (form["key"] !== file.key || form["x-amz-signature"] !== file.signature) {
        return rejected(403, "SignatureDoesNotMatch", "The fields are not those that the upload was begun with.")
      }
      if (part.size !== file.size) {
        const code = part.size > file.size ? "EntityTooLarge" : "EntityTooSmall"
        return rejected(400, code, `The file has ${part.size} bytes and not ${file.size}.`)
      }
      // A file that is complete keeps its bytes.
      if (file.status === "UPLOADED") return { stored: true }
      const bytes = new Uint8Array(await part.arrayBuffer())
      file.content = { bytes, contentType: part.type === "" ? "application/octet-stream" : part.type }
      file.status = "UPLOADING"
      return { stored: true }
    },
    at: (url) => {
      const found = fileAt(url.pathname)
      if (found === undefined || found.isUpload || found.file.status !== "UPLOADED") return undefined
      const { content, name, signature } = found.file
      if (content === undefined) return undefined
      return url.searchParams.get("sig") === signature ? { name, ...content } : "forbidden"
    },
    readFile: (id) => {
      const file = files.get(id)
      if (file?.status !== "UPLOADED" || file.content === undefined) return { problem: "there is no such file" }
      if (!/\.txt$/i.test(file.name)) return { problem: "the emulator reads .txt files only" }
      return { text: new TextDecoder().decode(file.content.bytes) }
    },
    reset: () => files.clear()
  }
}
