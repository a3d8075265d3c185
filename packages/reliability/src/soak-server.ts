/** The emulator in its own process: reports its URL. */
import { listen } from "effect-friendli-emulator/NodeServer"

const server = await listen({ port: 0, journalLimit: 10 })
process.on("disconnect", () => process.exit())
process.send?.(server.url)
