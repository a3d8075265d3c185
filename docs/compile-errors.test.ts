import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Snippets from "../scripts/snippets.js"

const page = "docs/guides/compile-errors.md"
const text = Fs.readFileSync(Path.join(Snippets.root, page), "utf8")
const mistakes = Snippets.fromMarkdown(page, text).filter(({ fails }) => fails !== undefined)

const lines = text.split("\n")

/** What the page says that the compiler says: the first text block after the snippet. */
const shown = (snippet: Snippets.Snippet): string => {
  const start = lines.indexOf("```text", snippet.line) + 1
  return lines.slice(start, lines.indexOf("```", start)).join("\n")
}

const section = (snippet: Snippets.Snippet): string =>
  lines
    .slice(0, snippet.line)
    .findLast((line) => line.startsWith("## "))!
    .slice(3)

const folder = `${Snippets.generated}-mistakes`
let compilerErrors: Map<string, Array<Snippets.CompilerError>>

beforeAll(async () => {
  Snippets.write(mistakes, folder)
  compilerErrors = await Snippets.typeCheck(mistakes, folder)
}, 120_000)

afterAll(() => Fs.rmSync(folder, { recursive: true, force: true }))

const said = (snippet: Snippets.Snippet): string =>
  (compilerErrors.get(snippet.name) ?? []).map(({ code, message }) => `error ${code}: ${message}`).join("\n")

/** The most characters that the compiler may need. Where the types are Effect's own, what it needs today. */
const limits: Readonly<Record<string, number>> = {
  "A layer is missing": 620,
  "The layers are in the wrong order": 660,
  "The deployment lacks the capability": 680,
  "Messages without a type": 400,
  "An answer's message in the next request": 400,
  "A tag that does not exist": 200,
  "A stream in the place of an effect": 200,
  "An Effect schema in the place of a JSON Schema": 200
}

describe("compile errors", () => {
  it("has a mistake in each section", () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(20)
    expect(Object.keys(limits).filter((name) => !mistakes.some((it) => section(it) === name))).toEqual([])
  })

  for (const mistake of mistakes) {
    it(`${mistake.name}, ${section(mistake)}: shows what the compiler says, which is short`, () => {
      expect(shown(mistake)).toBe(said(mistake))
      expect(said(mistake).length).toBeLessThanOrEqual(limits[section(mistake)] ?? 180)
      // types by their names; the options of `Effect.runPromise` have none
      expect(said(mistake)).not.toMatch(/\{ readonly (?!signal)/)
    })
  }

  it("name the types on both sides of the most common mistakes", () => {
    const of = (name: string) => said(mistakes.find((it) => section(it) === name)!).split("\n")
    expect(of("Messages without a type").at(-1)!.trim()).toBe(`Type 'string' is not assignable to type '"user"'.`)
    expect(of("An answer's message in the next request").slice(0, 2)).toEqual([
      "error TS2345: Argument of type 'ChatMessage' is not assignable to parameter of type 'Message'.",
      "  Type 'ChatMessage' is not assignable to type 'AssistantMessage'."
    ])
  })
})
