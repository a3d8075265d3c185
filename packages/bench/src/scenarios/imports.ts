import { median } from "../statistics.js"
import type { Figures, Scenario } from "./Scenario.js"

const baseline = "@effect/platform/HttpClient"

const modules = ["effect-friendli/Chat", "effect-friendli/Inference", "effect-friendli", baseline, "openai", "ai"]

/** In a round. */
const processes = 5

const imported = new Set<string>()

export const imports: Scenario = {
  name: "import",
  title: "Import",
  about: `Importing a module in a fresh process, ${processes} times per round. Ratios are relative to \`${baseline}\`, which every program with the SDK imports anyway.`,
  columns: [
    { figure: "cpu", title: "CPU ms", digits: 1 },
    { figure: "wall", title: "wall ms", digits: 1 }
  ],
  subjects: modules.map((name) => ({ name, title: `\`${name}\`` })),
  rounds: { quick: 1, full: 3 },
  ratio: { of: "cpu", to: baseline },
  measure: async (subject, harness) => {
    // the first import reads files that are not in the file cache of the system yet
    if (!imported.has(subject)) await harness.program("import-process.js", subject)
    imported.add(subject)
    const runs: Array<Figures> = []
    for (let run = 0; run < processes; run++) runs.push(await harness.program("import-process.js", subject))
    return {
      cpu: median(runs.map(({ cpu }) => cpu ?? Number.NaN)),
      wall: median(runs.map(({ wall }) => wall ?? Number.NaN))
    }
  }
}
