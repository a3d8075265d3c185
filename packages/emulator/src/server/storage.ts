/**
 * The object store behind the file operations: it stores the bytes of an upload, and returns them.
 */
import type { Uploads } from "../management/uploads.js"
import { sendFile } from "./answer.js"
import type { Exchange } from "./exchange.js"
import type { ChosenFault } from "./faultAnswer.js"
import type { RequestBody } from "./requestBody.js"

/** An error as such a store writes it. */
const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>\n`

/**
 * Stage: answers as the object store.
 *
 * In: a request. Out: the answer to an upload or a download, or nothing if the URL is neither. No token is required: the form has the fields of a
 * signature, and the URL of a download has one.
 */
export const storeAnswer = async (
  exchange: Exchange,
  { parsed }: RequestBody,
  uploads: Uploads,
  chosen: ChosenFault
): Promise<Response | undefined> => {
  const { entry, request, send } = exchange
  const { headers } = chosen
  const refuse = (status: number, code: string, message: string): Response =>
    send(status, errorXml(code, message), new Headers({ "content-type": "application/xml", ...headers }))

  if (uploads.takes(entry.path)) {
    if (request.method !== "POST") return refuse(405, "MethodNotAllowed", "An upload is a POST.")
    if ("tooLarge" in parsed) return refuse(400, "EntityTooLarge", "The form is larger than a body may be.")
    const received = await uploads.receive(entry.path, "form" in parsed ? parsed.form : undefined)
    return received.stored
      ? send(204, null, new Headers(headers))
      : refuse(received.status, received.code, received.message)
  }
  const file = uploads.at(new URL(request.url))
  if (file === undefined) return undefined
  return file === "forbidden"
    ? refuse(403, "SignatureDoesNotMatch", "The signature of the URL is not right.")
    : sendFile(exchange, file, chosen)
}
