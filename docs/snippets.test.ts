import { listen } from "effect-friendli-emulator/NodeServer"
import { beforeAll, describe, expect, it } from "vitest"
import * as Snippets from "../scripts/snippets.js"

const snippets = Snippets.collect().filter((snippet) => snippet.check)
let compilerErrors: Map<string, Array<Snippets.CompilerError>>
let results: Map<string, Snippets.RunResult>

beforeAll(async () => {
  Snippets.write(snippets, Snippets.generated)
  const emulator = await listen({ port: 0 })
  try {
    const environment = { FRIENDLI_TOKEN: "flp_docs", FRIENDLI_BASE_URL: emulator.url }
    const runnable = snippets.filter((snippet) => snippet.run)
    ;[compilerErrors, results] = await Promise.all([
      Snippets.typeCheck(snippets, Snippets.generated),
      Snippets.run(runnable, Snippets.generated, environment)
    ])
  } finally {
    await emulator.close()
  }
}, 300_000)

describe("the documentation's snippets", () => {
  it("are there", () => {
    expect(snippets.length).toBeGreaterThan(0)
    expect(new Set(snippets.map(({ name }) => name)).size).toBe(snippets.length)
  })

  for (const snippet of snippets) {
    const promises = [
      snippet.fails === undefined ? "compiles" : `fails with ${snippet.fails}`,
      ...(snippet.run ? ["runs"] : [])
    ]
    it(`${snippet.name} ${promises.join(" and ")}`, () => {
      expect(Snippets.judgeTypes(snippet, compilerErrors.get(snippet.name) ?? [])).toBeUndefined()
      if (!snippet.run) return
      const result = results.get(snippet.name)
      expect(result?.error).toBeUndefined()
      expect(Snippets.judgeOutput(snippet, result?.stdout ?? "")).toBeUndefined()
    })
  }
})
