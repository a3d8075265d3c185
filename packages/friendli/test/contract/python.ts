/** The table of the guide for users of the Python SDK: every operation of the contract under both names. */
import { contract, deployments, type Json } from "effect-friendli-vectors"
import { operationsOf } from "./documented.js"
import { places } from "./places.js"

/** The operations that only the vendor's description has, and not its Python SDK. */
const onlyDescribed: ReadonlySet<string> = new Set(
  Object.values(contract.paths)
    .flatMap((item): ReadonlyArray<Json> => Object.values(item))
    .filter((operation) => operation["x-since"] === "spec")
    .map((operation) => String(operation["x-operation"]))
)

const isDeployment = (name: string): boolean => deployments.some((deployment) => deployment === name)

/** The name without its deployment, where the other deployments have the same operation. */
const shared = (name: string): string => {
  const [first = "", ...rest] = name.split(".")
  return isDeployment(first) ? rest.join(".") : name
}

/** The guide's table. Operations of several deployments are one row, since here they are one function. */
export const pythonTable = (): string => {
  const groups = new Map<string, Array<ReturnType<typeof operationsOf>[number]>>()
  for (const operation of operationsOf(contract)) {
    const key = shared(operation.name)
    groups.set(key, [...(groups.get(key) ?? []), operation])
  }
  const rows = [...groups.values()].map((group) => {
    const names = group.map(({ name }) => `${onlyDescribed.has(name) ? "" : "friendli."}${name}`)
    const ours = [...new Set(group.map(({ name }) => places.get(name)?.name))]
    const streams = group[0]!.results.some(({ contentType }) => contentType === "text/event-stream")
    return [
      names.map((name) => `\`${name}\``).join("<br>"),
      ours.map((name) => (name === undefined ? "not yet" : `\`${name}\``)).join(", "),
      streams ? "a `Stream`" : "an `Effect`",
      `\`${group[0]!.method} ${group.map(({ path }) => path).toSorted((a, b) => a.length - b.length)[0]!}\``
    ]
  })
  return [["friendli-python", "here", "gives", "path"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
}
