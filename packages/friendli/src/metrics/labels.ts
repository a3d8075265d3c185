/**
 * Tags of metrics. In: tags by name. Out: the array of labels that an instrument is updated with. The array
 * of a series is made once, because Effect looks a series up by the identity of its tags.
 */
import * as MetricLabel from "effect/MetricLabel"
import type { Deployment } from "../core/Deployment.js"
import type { Any } from "../core/Operation.js"

export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/**
 * Tags without a value are left out. Each tag must have few possible values, because each value makes a series that
 * stays in memory.
 */
export type Tags = Readonly<Record<string, string | undefined>>

/** The tags of every metric of a deployment. */
export const ofDeployment = (deployment: Pick<Deployment, "name">) => ({
  "gen_ai.provider.name": "friendli",
  "friendli.deployment": deployment.name
})

/** The tags of every metric of an operation. */
export const ofOperation = (operation: Pick<Any<never, unknown>, "genAi">, deployment: Pick<Deployment, "name">) => ({
  "gen_ai.provider.name": "friendli",
  "gen_ai.operation.name": operation.genAi,
  "friendli.deployment": deployment.name
})

/** Existing arrays, by the tags of the region. They are collected together with the region. */
const labelsByRegion = /*#__PURE__*/ new WeakMap<Labels, Map<string, Labels>>()

/**
 * The tags that `Effect.tagMetrics` has set around the call, followed by these. Equal tags give the same
 * array.
 */
export const withRegion = (region: Labels, tags: Tags): Labels => {
  let ofRegion = labelsByRegion.get(region)
  if (ofRegion === undefined) labelsByRegion.set(region, (ofRegion = new Map()))
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
