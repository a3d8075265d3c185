/** Reads one stream, with pauses, and prints how much the memory of its process has grown: `slow-consumer.ts <client> <url>`. */
import { run } from "./Contender.js"
import { contenders } from "./contenders/index.js"

const [, , name = "", url = ""] = process.argv

const { gc: collect = () => {} } = globalThis as { readonly gc?: () => void }

const client = await contenders[name]!()
let baseline = Infinity
let highest = 0

const outcome = await run(
  client,
  {
    kind: "stream",
    baseUrl: url,
    discard: true,
    consume: (event) => {
      // memory that is not collected yet does not count as memory of the client
      if (event % 32 === 0) collect()
      const { rss } = process.memoryUsage()
      if (event === 100) baseline = rss
      highest = Math.max(highest, rss)
      // one pause that is long enough to fill every buffer, then short pauses
      const pause = event === 100 ? 700 : event % 64 === 0 ? 8 : 0
      return pause === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, pause))
    }
  },
  50_000
)

console.log(
  JSON.stringify({ ended: outcome.ended, characters: outcome.characters, grown: (highest - baseline) / 2 ** 20 })
)
process.exit(0)
