import { expect, it } from "vitest"
import { withoutCommentsAndStrings } from "./declarations.js"

it("blanks what is no declaration and keeps lines", () => {
  const text = [
    "/** any",
    " * any */ export declare const a: Array<any> // any",
    'export declare const b: "any // any" | { "it\'s any": `${any}` }'
  ].join("\n")
  const lines = withoutCommentsAndStrings(text).split("\n")
  expect(lines.map((line) => (line.match(/\bany\b/g) ?? []).length)).toEqual([0, 1, 1])
  expect(lines.map((line) => line.length)).toEqual(text.split("\n").map((line) => line.length))
})
