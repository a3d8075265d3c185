import { expect, it } from "vitest"
import { countLines } from "./lines.js"

it("counts lines of code and lines that hold only a comment", () => {
  expect(
    countLines(
      [
        "/**",
        " * What it does.",
        " *",
        " */",
        "export const a = 1 // one",
        "",
        "// a reason",
        "const b = /* two */ 2"
      ].join("\n")
    )
  ).toEqual({ code: 2, documentation: 5 })
})

it("knows what is a string, a template or a regular expression", () => {
  expect(countLines('const url = "https://a/*b"\nconst c = 1 // */\n')).toEqual({ code: 2, documentation: 0 })
  expect(countLines("const t = `/*\n// no comment`\n// one")).toEqual({ code: 2, documentation: 1 })
  expect(countLines('const r = text.replace(/[^"/*]+\\/\\*/g, "")\n/** one */\n')).toEqual({
    code: 1,
    documentation: 1
  })
})
