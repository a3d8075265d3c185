/** Runs the program on a runtime, with an emulator that is a server in this process. */
import { listen } from "effect-friendli-emulator/NodeServer"
import * as Fs from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import * as Path from "node:path"
import type { Consumer } from "./consumer.js"
import type { Given, Told } from "./result.js"
import type { Runtime } from "./runtimes.js"
import { runInPage } from "./start/inPage.js"
import { runInProcess } from "./start/inProcess.js"
import { runInWorker } from "./start/inWorker.js"

/** A port of this machine without a listener. */
const closedPort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const runOn = async (runtime: Runtime, consumer: Consumer): Promise<Told> => {
  const emulator = await listen()
  try {
    const folder = Path.join(consumer.folder, "files", runtime.id)
    Fs.mkdirSync(folder, { recursive: true })
    const given: Given = {
      groups: runtime.groups,
      url: emulator.url,
      closedUrl: `http://127.0.0.1:${await closedPort()}`,
      folder
    }
    if (runtime.id === "workerd") return await runInWorker(runtime, consumer, given)
    if (runtime.id === "chromium") return await runInPage(consumer, given)
    return await runInProcess(runtime, consumer, given)
  } finally {
    await emulator.close()
  }
}
