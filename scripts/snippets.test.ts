import * as Fs from "node:fs"
import { afterAll, describe, expect, it } from "vitest"
import * as Snippets from "./snippets.js"

const environment = { FRIENDLI_TOKEN: "flp_test", FRIENDLI_BASE_URL: "http://127.0.0.1:9" }
const markdown = (...lines: ReadonlyArray<string>) => Snippets.fromMarkdown("guide.md", lines.join("\n"))
const source = (...lines: ReadonlyArray<string>) => Snippets.fromSource("Module.ts", lines.join("\n"))

const folder = `${Snippets.generated}-test`

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

describe("extraction", () => {
  it("takes the ts fences of a guide with their lines and attributes", () => {
    const found = markdown(
      "# Title",
      "```ts run",
      "a()",
      "",
      "b() // => 2",
      "```",
      "```sh",
      "c",
      "```",
      "- item",
      "  ```ts",
      "  if (d) {",
      "    e()",
      "  }",
      "  ```",
      '```ts fails="TS2345"',
      "f()",
      "```",
      "```ts no-check",
      "g(",
      "```"
    )
    expect(
      found.map(({ name, code, run, check, fails, output }) => ({ name, code, run, check, fails, output }))
    ).toEqual([
      { name: "guide.md:3", code: "a()\n\nb() // => 2", run: true, check: true, fails: undefined, output: ["2"] },
      { name: "guide.md:12", code: "if (d) {\n  e()\n}", run: false, check: true, fails: undefined, output: [] },
      { name: "guide.md:17", code: "f()", run: false, check: true, fails: "TS2345", output: [] },
      { name: "guide.md:20", code: "g(", run: false, check: false, fails: undefined, output: [] }
    ])
  })

  it("leaves a fence inside a longer fence alone", () => {
    expect(markdown("````md", "```ts", "a()", "```", "````")).toEqual([])
  })

  it("rejects an unknown attribute and an open fence", () => {
    expect(() => markdown("```ts runs", "a()", "```")).toThrow(/guide\.md:2.*runs/)
    expect(() => markdown("```ts", "a()")).toThrow(/not closed/)
  })

  it("takes examples of docstrings, fenced or not, and runs them by default", () => {
    const found = source(
      "/** One line. */",
      "const zero = 0",
      "/**",
      " * What it does.",
      " *",
      " * @example",
      " * import { a } from 'a'",
      " *",
      " * a()",
      " *",
      " * @category x",
      " */",
      "/**",
      " * @example no-run",
      " * b()",
      " */",
      "  /**",
      "   * @example",
      "   * ```ts no-run",
      "   * @decorated",
      "   * class C {}",
      "   * ```",
      "   * @category models",
      "   */"
    )
    expect(found.map(({ name, code, run }) => ({ name, code, run }))).toEqual([
      { name: "Module.ts:7", code: "import { a } from 'a'\n\na()", run: true },
      { name: "Module.ts:15", code: "b()", run: false },
      { name: "Module.ts:20", code: "@decorated\nclass C {}", run: false }
    ])
    expect(() => source("/**", " * @example", " * @category models", " */")).toThrow(
      /Module\.ts:2: an @example without code/
    )
  })
})

describe("judgement", () => {
  const [plain] = markdown("```ts", "console.log(f(1))", "// => 1...3 (sum)", "```")
  const [failing] = markdown('```ts fails="TS2345"', "f()", "```")

  it("compares the output of a snippet", () => {
    expect(Snippets.judgeOutput(plain!, "1 2 3 (sum)\n")).toBeUndefined()
    expect(Snippets.judgeOutput(plain!, "\n1\n\n2 3 (sum) \n\n")).toBeUndefined()
    expect(Snippets.judgeOutput(plain!, "1 2 3\n")).toContain("was expected to print")
    expect(Snippets.judgeOutput(plain!, "0\n1 2 3 (sum)\n")).toContain("was expected to print")
  })

  it("compares the errors of a snippet with those of the compiler", () => {
    const compilerError = { code: "TS2345", line: 2, message: "not assignable" }
    expect(Snippets.judgeTypes(plain!, [])).toBeUndefined()
    expect(Snippets.judgeTypes(plain!, [compilerError])).toContain("guide.md:2 TS2345: not assignable")
    expect(Snippets.judgeTypes(failing!, [compilerError])).toBeUndefined()
    expect(Snippets.judgeTypes(failing!, [])).toContain("was expected to fail with TS2345")
    expect(Snippets.judgeTypes(failing!, [compilerError, { ...compilerError, code: "TS2304" }])).toContain("TS2304")
  })
})

it("compiles and runs modules, telling how each ended", { timeout: 120_000 }, async () => {
  const block = (...lines: ReadonlyArray<string>) => ["```ts run", ...lines, "```"]
  const snippets = markdown(
    ...block("console.log(process.env.FRIENDLI_TOKEN)"),
    ...block('setTimeout(() => console.log("later"), 30)', 'console.log("now")'),
    ...block('throw new Error("thrown")'),
    ...block('void Promise.reject(new Error("unhandled"))'),
    ...block("setTimeout(() => process.exit(3), 1)", "await new Promise(() => {})"),
    ...block("setInterval(() => {}, 1000)"),
    ...block("for (;;) {}"),
    ...block(
      'import * as Effect from "effect/Effect"',
      "void Effect.runPromise(Effect.sleep(20)).then(() => console.log(1))"
    ),
    // work of the thread pool is no active resource of Node
    ...block('void crypto.subtle.digest("SHA-256", new Uint8Array(100_000_000)).then(() => console.log("digest"))'),
    ...block('const wrong: number = "text"', "console.log(wrong)")
  )
  Snippets.write(snippets, folder)
  const compilerErrors = await Snippets.typeCheck(snippets, folder)
  expect([...compilerErrors]).toEqual([
    [snippets.at(-1)!.name, [expect.objectContaining({ code: "TS2322", line: snippets.at(-1)!.line })]]
  ])
  const results = [...(await Snippets.run(snippets, folder, environment, 8_000)).values()]
  expect(results.map(({ stdout }) => stdout)).toEqual([
    "flp_test\n",
    "now\nlater\n",
    "",
    "",
    "",
    "",
    "",
    "1\n",
    "digest\n",
    "text\n"
  ])
  expect(results.map(({ error }) => error?.split("\n")[0])).toEqual([
    undefined,
    undefined,
    "threw: Error: thrown",
    "unhandledRejection: Error: unhandled",
    "process.exit(3)",
    expect.stringMatching(/^did not end within 8 s; alive: .*Timeout/),
    "blocked the process",
    undefined,
    undefined,
    undefined
  ])
})
