/** Tags of metrics. Those of a series are made once: Effect finds it by the very array. */
import * as MetricLabel from "effect/MetricLabel"
import type { Deployment } from "../core/Deployment.js"
import type { Any } from "../core/Operation.js"

export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** What has no value is left out. Every value must be one of few, for each makes a series that stays in memory. */
export type Tags = Readonly<Record<string, string | undefined>>

/** What every metric of a deployment is tagged with. */
export const ofDeployment = (deployment: Pick<Deployment, "name">) => ({
  "gen_ai.provider.name": "friendli",
  "friendli.deployment": deployment.name
})

/** What every metric of an operation is tagged with. */
export const ofOperation = (operation: Pick<Any<never, unknown>, "genAi">, deployment: Pick<Deployment, "name">) => ({
  "gen_ai.provider.name": "friendli",
  "gen_ai.operation.name": operation.genAi,
  "friendli.deployment": deployment.name
})

const known = /*#__PURE__*/ new WeakMap<Labels, Map<string, Labels>>()

/** The tags of the region, then these. */
export const within = (region: Labels, tags: Tags): Labels => {
  let ofRegion = known.get(region)
  if (ofRegion === undefined) known.set(region, (ofRegion = new Map()))
  const id = JSON.stringify(tags)
  let labels = ofRegion.get(id)
  if (labels === undefined) {
    labels = [
      ...region,
      ...Object.entries(tags).flatMap(([name, value]) => (value === undefined ? [] : [MetricLabel.make(name, value)]))
    ]
    ofRegion.set(id, labels)
  }
  return labels
}
