/** The server in its own process: reports its port, and then the number of connections on request. */
import { listen } from "./server.js"

const server = await listen()
process.on("message", () => process.send?.(server.connections()))
process.on("disconnect", () => process.exit())
process.send?.(server.port)
