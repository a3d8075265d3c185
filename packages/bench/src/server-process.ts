/** The server in a process of its own: tells its port, then the number of connections whenever it is asked. */
import { listen } from "./server.js"

const server = await listen()
process.on("message", () => process.send?.(server.connections()))
process.on("disconnect", () => process.exit())
process.send?.(server.port)
