import { json, type Json } from "effect-friendli-vectors"
import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { origin, start, vectorRequests } from "./client.js"

interface Begun {
  readonly fileId: string
  readonly uploadUrl: string | null
  readonly aws: Readonly<Record<string, string>> | null
}

const bytes = new TextEncoder().encode("fourteen bytes")
const digestOf = (content: Uint8Array, algorithm = "sha256") =>
  `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`
const described = { name: "cat & dog.png", size: bytes.length, digest: digestOf(bytes), projectId: "proj-1" }

const begin = () => {
  const emulator = start()
  const { call, fetch } = emulator
  const init = (fields: Json = {}) => call<Begun>("file.init_upload", { body: { ...described, ...fields } })
  /** Sends the bytes as a store of objects wants them: the fields, then the file; no token. */
  const upload = ({ aws, uploadUrl }: Begun, content = bytes, fields: Readonly<Record<string, string>> = {}) => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ ...aws, ...fields })) form.set(name, value)
    form.set("file", new File([content], "cat.png", { type: "image/png" }))
    return fetch(uploadUrl!, { method: "POST", body: form })
  }
  const on = (file_id: string) => ({ path: { file_id } })
  return { ...emulator, init, on, upload }
}

describe("an upload", () => {
  it("has its two steps, and the bytes can be downloaded then", async () => {
    const { ask, call, failure, fetch, init, on, upload } = begin()
    const begun = await init()
    expect(new URL(begun.uploadUrl!).origin).toBe(origin)
    expect(Object.keys(begun.aws!)).toEqual(Object.keys(json<Begun>("file.init_upload.response.json").aws!))
    const info = () => call<Json>("file.get_info", on(begun.fileId))
    expect(await info()).toMatchObject({ ...described, id: begun.fileId, status: "UPLOADING", expiresAt: null })
    expect(await failure("file.get_download_url", on(begun.fileId))).toEqual([400, "invalid_request_error"])
    expect(await failure("file.complete_upload", on(begun.fileId))).toEqual([400, "invalid_request_error"])

    expect((await upload(begun)).status).toBe(204)
    const completed = await ask("file.complete_upload", on(begun.fileId))
    expect([completed.status, await completed.json()]).toEqual([200, null])
    expect((await info())["status"]).toBe("UPLOADED")
    const { downloadUrl, s3Uri } = await call<Readonly<Record<string, string>>>(
      "file.get_download_url",
      on(begun.fileId)
    )
    expect(s3Uri).toMatch(/^s3:\/\//)
    const download = await fetch(downloadUrl!)
    expect([download.status, download.headers.get("content-type")]).toEqual([200, "image/png"])
    expect(new Uint8Array(await download.arrayBuffer())).toEqual(bytes)
    expect((await fetch(downloadUrl!.replace(/sig=.*/, "sig=00"))).status).toBe(403)
  })

  it("is not needed for bytes that the project has already", async () => {
    const { call, init, on, reset, upload } = begin()
    const first = await init()
    // As long as the upload is not complete, a second one begins.
    expect((await init()).fileId).not.toBe(first.fileId)
    await upload(first)
    await call("file.complete_upload", on(first.fileId))
    expect(await init({ name: "other" })).toEqual({ fileId: first.fileId, uploadUrl: null, aws: null })
    expect((await init({ projectId: "proj-2" })).uploadUrl).not.toBeNull()
    reset()
    expect((await init()).uploadUrl).not.toBeNull()
  })

  it("is refused with wrong fields or another size, and fails with another digest", async () => {
    const { call, failure, fetch, init, on, upload } = begin()
    const begun = await init()
    const code = async (response: Response) => [response.status, /<Code>(.*)<\/Code>/.exec(await response.text())?.[1]]
    expect(await code(await upload(begun, bytes, { "x-amz-signature": "00" }))).toEqual([403, "SignatureDoesNotMatch"])
    expect(await code(await upload(begun, new Uint8Array(15)))).toEqual([400, "EntityTooLarge"])
    expect(await code(await upload(begun, new Uint8Array(13)))).toEqual([400, "EntityTooSmall"])
    expect(await code(await fetch(begun.uploadUrl!, { method: "POST", body: "no form" }))).toEqual([
      400,
      "InvalidArgument"
    ])
    expect((await fetch(begun.uploadUrl!, { method: "PUT", body: bytes })).status).toBe(405)

    expect((await upload(begun, new Uint8Array(bytes.length))).status).toBe(204)
    expect(await failure("file.complete_upload", on(begun.fileId))).toEqual([400, "invalid_request_error"])
    expect((await call<Json>("file.get_info", on(begun.fileId)))["status"]).toBe("FAILED")
    // The same upload can be repeated with the right bytes.
    await upload(begun)
    await call("file.complete_upload", on(begun.fileId))
    expect((await call<Json>("file.get_info", on(begun.fileId)))["status"]).toBe("UPLOADED")
  })

  it.each(["sha1", "sha512", "md5"])("can have a digest of %s", async (algorithm) => {
    const { ask, init, on, upload } = begin()
    const begun = await init({ digest: digestOf(bytes, algorithm) })
    await upload(begun)
    expect((await ask("file.complete_upload", on(begun.fileId))).status).toBe(200)
  })

  it("takes the requests of the vectors, and answers as they do", async () => {
    const { fetch } = begin()
    for (const { init, url } of vectorRequests("file.init_upload")) {
      expect((await fetch(url, init)).status).toBe(200)
    }
    for (const action of ["complete_upload", "get_info", "get_download_url"]) {
      // The file of the vectors does not exist here: the path is that of the contract.
      for (const { init, url } of vectorRequests(`file.${action}`)) {
        const response = await fetch(url, init)
        expect([response.status, await response.text()]).toEqual([404, expect.stringContaining("no such file")])
      }
    }
  })

  it("gets errors for what is invalid", async () => {
    const { failure, on } = begin()
    const wrong = (fields: Json) => failure("file.init_upload", { body: { ...described, ...fields } })
    expect(await wrong({ digest: "abc" })).toEqual([422, "body.digest"])
    expect(await wrong({ size: "big" })).toEqual([422, "body.size"])
    expect(await wrong({ size: 1e12 })).toEqual([413, "request_too_large"])
    expect(await failure("file.get_info", on("nope"))).toEqual([404, "not_found_error"])
    expect(await failure("file.get_info", { ...on("nope"), headers: { authorization: "" } })).toEqual([
      401,
      "authentication_error"
    ])
  })
})
