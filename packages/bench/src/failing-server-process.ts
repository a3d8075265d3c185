/** A server for large requests: reads them to their end. The first segment of the path selects the answer. */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { wholeJson } from "./answers.js"

/** Issues as FastAPI writes them: each repeats its input. A few also repeat it in their message. */
const issuesOf = (beginning: string): string =>
  JSON.stringify({
    detail: Array.from({ length: 30 }, (_, at) => ({
      type: "string_type",
      loc: ["body", "messages", at, "content"],
      msg: `Input should be a valid string${at % 10 === 0 ? `: ${beginning.slice(100, 200 + at)}` : ""}`,
      input: beginning
    }))
  })

/** An issue that repeats the whole request. */
const issueOf = (whole: string): string =>
  JSON.stringify({
    detail: [{ type: "string_type", loc: ["body", "messages"], msg: "Input should be short", input: whole }]
  })

const server = Http.createServer((request, response) => {
  let beginning = ""
  const echoed: Array<Buffer> = []
  request.on("data", (bytes: Buffer) => {
    if (request.url?.startsWith("/echoed/")) echoed.push(bytes)
    if (beginning === "") beginning = bytes.subarray(0, 1200).toString("utf8")
  })
  request.on("end", () => {
    const answers = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
      response.end(body)
    }
    if (request.url?.startsWith("/whole/")) answers(200, wholeJson)
    else if (request.url?.startsWith("/rejected/")) answers(422, issuesOf(beginning))
    else if (request.url?.startsWith("/echoed/")) answers(422, issueOf(Buffer.concat(echoed).toString("utf8")))
    else answers(429, JSON.stringify({ error: { message: `Slow down, ${Date.now()}`, type: "rate_limit_error" } }))
  })
})

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
