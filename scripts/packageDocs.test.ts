import { expect, it } from "vitest"
import { anchors, links, mapLinks } from "./links.js"
import { adapt, llmsTxt } from "./packageDocs.js"

const fenced = ["```ts run", "const a = b[0](c) // [no](link.md)", "```"].join("\n")

it("reads links and anchors outside code blocks", () => {
  const page = ["# A title, `code` too", "[one](a.md#b) and [two](https://x.y)", fenced, "## Second_part"].join("\n")
  expect(links(page)).toEqual(["a.md#b", "https://x.y"])
  expect(anchors(page)).toEqual(["a-title-code-too", "second_part"])
  expect(mapLinks(page, (link) => `to/${link}`)).toBe(page.replace("a.md#b", "to/a.md#b"))
})

it("keeps links between copied pages and takes the others out, until the repository has an address", () => {
  const copies = new Map([
    ["docs/agents.md", "AGENTS.md"],
    ["docs/guides/a.md", "docs/guides/a.md"],
    ["packages/examples/src/x.ts", "docs/examples/x.ts"]
  ])
  const page =
    "[a](guides/a.md#b) [`x`](../packages/examples/src/x.ts) [why](decisions/1.md#c) [here](#d) [out](https://e.f)"
  expect(adapt(page, "docs/agents.md", copies, undefined)).toBe(
    "[a](docs/guides/a.md#b) [`x`](docs/examples/x.ts) why [here](#d) [out](https://e.f)"
  )
  expect(adapt(page, "docs/agents.md", copies, "https://github.com/o/n")).toContain(
    "[why](https://github.com/o/n/blob/HEAD/docs/decisions/1.md#c)"
  )
  expect(adapt("[x](../../packages/examples/src/x.ts)", "docs/guides/a.md", copies, undefined)).toBe(
    "[x](../examples/x.ts)"
  )
})

it("takes what only the tests need out of the snippets", () => {
  const copies = new Map([["a.md", "a.md"]])
  expect(adapt(fenced, "a.md", copies, undefined)).toBe(fenced.replace(" run", ""))
})

it("makes the index for models of the index for people", () => {
  const index = [
    "| guide | answers |",
    "| --- | --- |",
    "| [One](guides/one.md) | what it is |",
    "| **Part** | |"
  ].join("\n")
  expect(llmsTxt({ name: "sdk", description: "An SDK" }, index, ["docs/examples/first-call.ts"]).split("\n")).toEqual(
    expect.arrayContaining([
      "# sdk",
      "> An SDK",
      "- [One](docs/guides/one.md): what it is",
      "- [first call](docs/examples/first-call.ts)"
    ])
  )
})
