import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { fromMarkdown, root } from "../scripts/snippets.js"

const page = "docs/guides/whole-programs.md"
const snippets = fromMarkdown(page, Fs.readFileSync(Path.join(root, page), "utf8"))

/** The lines that a person writes: no blank ones, and not the HTML of a page. */
const linesOf = (code: string): number =>
  code
    .replace(/`<!doctype html>[\s\S]*?`/, "page")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("// =>")).length

describe("the whole programs", () => {
  it("are about 25 lines each", () => {
    expect(snippets.map(({ code }) => linesOf(code)).map((lines) => lines <= 28)).toEqual([true, true, true])
  })

  it("are what they say: the server is the example that a browser has tested", () => {
    const example = Fs.readFileSync(Path.join(root, "packages/examples/src/chat-page.ts"), "utf8")
    expect(example.slice(example.indexOf("import {")).trim()).toBe(snippets.at(-1)!.code.trim())
  })
})
