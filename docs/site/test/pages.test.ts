import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { resolveLink } from "../src/links.js"
import { sidebar } from "../src/navigation.js"
import { pageOf, root } from "../src/pages.js"
import { compile, programId, runsInPage } from "../src/programs.js"

const repository = "https://example.com/owner/effect-friendli"

describe("a page of the site", () => {
  it("has a place that is known from its file", () => {
    expect(pageOf("docs/guides/errors.md")).toBe("guides/errors.md")
    expect(pageOf("docs/README.md")).toBe("guides/index.md")
    expect(pageOf("docs/reliability.md")).toBe("reliability.md")
    expect(pageOf("ARCHITECTURE.md")).toBe("project/architecture.md")
    expect(pageOf("packages/reference/api/effect-friendli/Chat/README.md")).toBe("reference/effect-friendli/Chat.md")
    expect(pageOf("packages/reference/api/effect-friendli/README.md")).toBe("reference/effect-friendli/index.md")
    expect(pageOf("packages/friendli/README.md")).toBeUndefined()
  })

  it("is any Markdown file of the documentation", () => {
    const files = ["docs", "docs/guides", "docs/decisions"].flatMap((folder) =>
      Fs.readdirSync(Path.join(root, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => `${folder}/${name}`)
    )
    const places = files.map(pageOf)
    expect(places).not.toContain(undefined)
    expect(new Set(places).size).toBe(files.length)
  })
})

describe("the sidebar", () => {
  interface Item {
    readonly link?: string
    readonly items?: ReadonlyArray<Item>
  }
  const linksOf = ({ items = [], link }: Item): ReadonlyArray<string> => [
    ...(link === undefined ? [] : [link]),
    ...items.flatMap(linksOf)
  ]
  const bars = Object.entries(sidebar() as Readonly<Record<string, ReadonlyArray<Item>>>)

  it("shows each page once", () => {
    for (const [, items] of bars) {
      const links = items.flatMap(linksOf)
      expect(links.filter((link, at) => links.indexOf(link) !== at)).toEqual([])
    }
  })

  it("has the guides and the reports", () => {
    const links = bars.find(([path]) => path === "/")![1].flatMap(linksOf)
    expect(links).toEqual(
      expect.arrayContaining(["/guides/errors.html", "/operations.html", "/reliability.html", "/runtimes.html"])
    )
  })
})

describe("a link between files", () => {
  it("leads to the page of the file", () => {
    expect(resolveLink("docs/guides/errors.md", "retries.md#retry-after", undefined)).toEqual({
      href: "/guides/retries.md#retry-after"
    })
    expect(resolveLink("docs/guides/errors.md", "../../packages/reference/README.md", undefined)).toEqual({
      href: "/reference/index.md"
    })
    expect(resolveLink("docs/README.md", "../README.md", undefined)).toEqual({ href: "/" })
  })

  it("stays as it is to other sites, and within a page", () => {
    expect(resolveLink("docs/README.md", "https://friendli.ai", undefined)).toEqual({ href: "https://friendli.ai" })
    expect(resolveLink("docs/README.md", "#top", undefined)).toEqual({ href: "#top" })
  })

  it("leads to the repository for what is no page, or is the path if the repository has no address", () => {
    const link = "../packages/friendli/src/Chat.ts"
    expect(resolveLink("docs/operations.md", link, repository)).toEqual({
      href: `${repository}/blob/main/packages/friendli/src/Chat.ts`
    })
    expect(resolveLink("docs/README.md", "../packages/examples/src/", repository)).toEqual({
      href: `${repository}/tree/main/packages/examples/src`
    })
    expect(resolveLink("docs/operations.md", link, undefined)).toEqual({ path: "packages/friendli/src/Chat.ts" })
  })

  it("ends the build if it leads to nothing", () => {
    expect(() => resolveLink("docs/README.md", "../nothing.ts", undefined)).toThrow(
      'docs/README.md: the target of the link "../nothing.ts" does not exist'
    )
  })
})

const runs = (code: string): boolean => runsInPage({ code, run: true })

describe("a program", () => {
  it("runs in a page if all that it imports is there", () => {
    expect(runs('import { Effect } from "effect"\nimport * as Chat from "effect-friendli/Chat"')).toBe(true)
    expect(runs('import { NodeRuntime } from "@effect/platform-node"')).toBe(true)
    expect(runs('import {\n  Effect,\n  Stream\n} from "effect"')).toBe(true)
    expect(runs('import { NodeContext, NodeRuntime } from "@effect/platform-node"')).toBe(false)
    expect(runs('import * as Fs from "node:fs"')).toBe(false)
    expect(runs('import { listen } from "effect-friendli-emulator/NodeServer"')).toBe(false)
    expect(runs('const bytes = Buffer.from("a")')).toBe(false)
    expect(runsInPage({ code: 'import { Effect } from "effect"', run: false })).toBe(false)
  })

  it("has one name for one text", () => {
    expect(programId("a\n")).toBe(programId("a"))
    expect(programId("a")).not.toBe(programId("b"))
  })

  it("takes its modules as parameters, and loses its types", async () => {
    const { body, uses } = await compile(
      [
        'import { Effect, Schedule as S, type Stream } from "effect"',
        'import * as Chat from "effect-friendli/Chat"',
        "export const program: Effect.Effect<number> = Effect.succeed(1)",
        "console.log(S, Chat)",
        "await Effect.runPromise(program)"
      ].join("\n")
    )
    expect(uses).toEqual([
      ["effect", "Effect"],
      ["effect", "Schedule"],
      ["effect-friendli/Chat", "*"]
    ])
    expect(body).toBe(
      [
        'const { Effect, Schedule: S } = modules["effect"];',
        'const Chat = modules["effect-friendli/Chat"]["*"];',
        "const program = Effect.succeed(1);",
        "console.log(S, Chat);",
        "await Effect.runPromise(program);",
        ""
      ].join("\n")
    )
  })
})
