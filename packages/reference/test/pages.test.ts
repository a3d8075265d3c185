import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { header, pagesOf } from "../src/pages.js"

const packages = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../..")

describe("pages", () => {
  it("have the names of subpaths, wherever the source is", () => {
    const pages = pagesOf(Path.join(packages, "friendli"))
    const names = [...pages.values()]
    expect(names).toEqual(expect.arrayContaining(["Chat", "Operation", "schema/ChatRequest", "testing/Wire"]))
    expect(new Set(names).size).toBe(names.length)
    expect(pages.get(Path.join(packages, "friendli/src/core/Operation.ts"))).toBe("Operation")
  })

  it("leave out indexes and what is closed", () => {
    const names = [...pagesOf(Path.join(packages, "friendli")).values()]
    expect(names.filter((name) => /^$|index|internal|^core|^client|^[a-z]\w*$/.test(name))).toEqual([])
  })
})

describe("the header of a source", () => {
  it("is the comment before the imports, without its tags", () => {
    expect(header("/**\n * One.\n *\n * Two.\n *\n * @see x\n */\nimport a from 'a'\n")).toBe("One.\n\nTwo.")
    expect(header("/** One. */\nexport * from './a.js'\n")).toBe("One.")
    expect(header("/** One. */\n\n/** About a. */\nexport const a = 1\n")).toBe("One.")
  })

  it("is not the comment of the first export", () => {
    expect(header("/** About a. */\nexport const a = 1\n")).toBeUndefined()
    expect(header("import a from 'a'\n/** About b. */\nexport const b = 1\n")).toBeUndefined()
    expect(header("/** */\nimport a from 'a'\n")).toBeUndefined()
  })
})
