import { expectedOfRejections, type RejectionKind } from "../answers.js"
import { watched } from "../blocks.js"
import { everyCall } from "../contenders/index.js"
import type { Make } from "../contenders/Contender.js"
import { Consumption } from "../Consumption.js"
import { median } from "../statistics.js"
import { type ClientScenario, subjectsOf, toReference } from "./Scenario.js"

const megabytes = 10

/** Medians over calls that are rejected with a large body of this kind. */
const rejections = async (make: Make, url: string, kind: RejectionKind, calls: number) => {
  const target = (size: number): string => new URL(`/rejection-${size}-${kind}`, url).href
  const small = make(target(0))
  await small.reject(calls * 20, new Consumption())
  await small.close()

  const contender = make(target(megabytes))
  const tally = new Consumption()
  const warmUp = 2
  const costs: Array<{ readonly cpu: number; readonly block: number }> = []
  for (let call = 0; call < warmUp + calls; call++) costs.push(await watched(() => contender.reject(1, tally)))
  tally.check(expectedOfRejections(warmUp + calls))
  await contender.close()
  const counted = costs.slice(warmUp)
  return { cpu: median(counted.map(({ cpu }) => cpu)), block: median(counted.map(({ block }) => block)) }
}

export const failingAnswer: ClientScenario = {
  name: "failing-answer",
  title: "Calls that fail with a large answer",
  about: `A call that gets a 422 with a body of ${megabytes} MB: JSON with many issues, then a page that is not JSON. The figures are the processor time of a call, and its longest block of the event loop. Medians over several calls.`,
  columns: [
    { figure: "json", title: "JSON: CPU ms/call", digits: 1 },
    { figure: "jsonBlock", title: "block, ms", digits: 1 },
    { figure: "page", title: "page: CPU ms/call", digits: 1 },
    { figure: "pageBlock", title: "block, ms", digits: 1 }
  ],
  subjects: subjectsOf(everyCall),
  rounds: { quick: 1, full: 3 },
  ratio: toReference("json"),
  measure: (subject, harness) => harness.client("failing-answer", subject, "rejection"),
  inClient: async (make, url, size) => {
    const calls = size === "full" ? 8 : 4
    const json = await rejections(make, url, "json", calls)
    const page = await rejections(make, url, "page", calls)
    return { json: json.cpu, jsonBlock: json.block, page: page.cpu, pageBlock: page.block }
  }
}
