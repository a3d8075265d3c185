/** Serves a folder of built pages on loopback. */
import * as Fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webp": "image/webp",
  ".woff2": "font/woff2"
}

/** The file that a path of a URL means, or undefined if the folder does not have it. */
const fileOf = (folder: string, path: string): string | undefined => {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  const file = Path.join(folder, Path.normalize(`/${decoded}`), decoded.endsWith("/") ? "index.html" : "")
  return Fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined
}

/** A server that runs. */
export interface Server {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts a server for a folder. Port 0 is any free port. What the folder does not have is answered with its page for that, and 404. */
export const serve = async (folder: string, port = 0): Promise<Server> => {
  const server = Http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost")
    const found = fileOf(folder, pathname)
    const file = found ?? Path.join(folder, "404.html")
    response.writeHead(found === undefined ? 404 : 200, {
      "content-type": types[Path.extname(file)] ?? "application/octet-stream"
    })
    if (request.method === "HEAD") response.end()
    else Fs.createReadStream(file).pipe(response)
  })
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
