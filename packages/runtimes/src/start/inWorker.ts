/** Starts the program in workerd, the runtime of Cloudflare's Workers, without its compatibility with Node. */
import { Miniflare } from "miniflare"
import { bundleOf, type Consumer } from "../consumer.js"
import type { Given, Told } from "../result.js"
import { compatibilityDate, type Runtime, versionOf } from "../runtimes.js"

export const runInWorker = async (runtime: Runtime, consumer: Consumer, given: Given): Promise<Told> => {
  const worker = new Miniflare({
    modules: true,
    script: bundleOf(consumer, "worker"),
    compatibilityDate,
    bindings: { VERSION: versionOf(runtime) }
  })
  try {
    const response = await worker.dispatchFetch("http://worker.test/", {
      method: "POST",
      body: JSON.stringify(given)
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the worker answered ${response.status}: ${text}`)
    return JSON.parse(text) as Told
  } finally {
    await worker.dispose()
  }
}
