/**
 * The emulator for the tests of a block.
 */
import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { afterAll, beforeEach } from "vitest"

/** On a socket until the end of the block, and as new before each of its tests: `describe("…", async () => { … })`. */
export const emulated = async (): Promise<RunningEmulator> => {
  const server = await listen({ port: 0 })
  beforeEach(() => server.reset())
  afterAll(() => server.close())
  return server
}
