/** Serves a folder of built pages on loopback. */
import * as Fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import sirv from "sirv"

/** A running server. */
export interface Server {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts a server for a folder. Port 0 is any free port. For a missing file it answers 404 with the page for missing files. */
export const serve = async (folder: string, port = 0): Promise<Server> => {
  // `dev` reads each file on request, because the site may be built again while it is served
  const files = sirv(folder, { dev: true })
  const server = Http.createServer((request, response) =>
    files(request, response, () => {
      response.writeHead(404, { "content-type": "text/html; charset=utf-8" })
      if (request.method === "HEAD") response.end()
      else Fs.createReadStream(Path.join(folder, "404.html")).pipe(response)
    })
  )
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
