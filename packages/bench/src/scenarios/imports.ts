import type { Scenario } from "./Scenario.js"

const baseline = "@effect/platform/HttpClient"

const modules = ["effect-friendli/Chat", "effect-friendli/Inference", "effect-friendli", baseline, "openai", "ai"]

const imported = new Set<string>()

export const imports: Scenario = {
  name: "import",
  title: "Import",
  about: `Importing a module in a fresh process. Ratios are relative to \`${baseline}\`, which every program with the SDK imports anyway.`,
  columns: [
    { figure: "cpu", title: "CPU ms", digits: 1 },
    { figure: "wall", title: "wall ms", digits: 1 }
  ],
  subjects: modules.map((name) => ({ name, title: `\`${name}\`` })),
  rounds: { quick: 5, full: 9 },
  ratio: { of: "cpu", to: baseline },
  measure: async (subject, harness) => {
    // the first import reads files that the system does not hold yet
    if (!imported.has(subject)) await harness.program("import-process.js", subject)
    imported.add(subject)
    return harness.program("import-process.js", subject)
  }
}
