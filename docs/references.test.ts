import * as sdk from "effect-friendli"
import * as ai from "effect-friendli-ai"
import * as batch from "effect-friendli-batch"
import * as testing from "effect-friendli/testing"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { describe, expect, it } from "vitest"
import { anchors, isExternal, links, prose } from "../scripts/links.js"
import { root } from "../scripts/snippets.js"

const pages = [
  "README.md",
  "packages/friendli/README.md",
  "packages/emulator/README.md",
  "packages/ai/README.md",
  "packages/batch/README.md",
  "packages/reference/README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...["docs", "docs/guides", "docs/decisions", "docs/site"].flatMap((folder) =>
    Fs.readdirSync(Path.join(root, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`)
  )
]

const read = (path: string): string => Fs.readFileSync(path, "utf8")

const anchorsOf = (path: string): ReadonlyArray<string> => anchors(read(path))

const brokenLinks = (page: string): ReadonlyArray<string> =>
  links(read(Path.join(root, page))).filter((link) => {
    if (isExternal(link)) return false
    const [path, anchor] = link.split("#")
    const target = path === "" ? Path.join(root, page) : Path.join(root, Path.dirname(page), path!)
    return !Fs.existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
  })

const modules: Readonly<Record<string, object>> = { ...sdk, ...testing, ...ai, ...batch }

const filesOf = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => Path.join(folder, file))

const files = filesOf("packages/friendli/src")

const sourceOf = (module: string): string =>
  [...files, ...filesOf("packages/ai/src"), ...filesOf("packages/batch/src")]
    .filter((file) => Path.basename(file) === `${module}.ts` && !file.includes(`${Path.sep}schema${Path.sep}`))
    .map((file) => read(Path.join(root, file)))
    .join("\n")

/** Values are in the module; types, and what a service has, are in its source alone. */
const has = (module: string, name: string): boolean =>
  name in modules[module]! ||
  new RegExp(
    `\\b(type|interface|class|namespace|readonly) ${name}\\b|^ +(type )?${name},?$|[{,] (type )?${name}\\b`,
    "m"
  ).test(sourceOf(module))

const unknownNames = (page: string): ReadonlyArray<string> =>
  [...prose(read(Path.join(root, page))).matchAll(/`([A-Z]\w+)\.(\w+)/g)].flatMap(([, module, name]) =>
    // `Chat.ts` is a file
    name !== "ts" && Object.hasOwn(modules, module!) && !has(module!, name!) ? [`${module}.${name}`] : []
  )

const sources = files.map((file) => read(Path.join(root, file)).replace(/\/\*[\s\S]*?\*\//g, ""))

describe("the documentation", () => {
  it("lists everything that the SDK logs", () => {
    const logs = sources.flatMap((source) => [
      ...source.matchAll(/\blog(Debug|Info|Warning|Error|Fatal)\(\s*["`]([^"`$]+)/g)
    ])
    const rows = [
      ...read(Path.join(root, "docs/guides/telemetry.md")).matchAll(
        /^\| (debug|info|warning|error|fatal) +\| `([^`…]+)/gm
      )
    ]
    expect(rows.map(([, level, message]) => `${level}: ${message!.trim()}`).toSorted()).toEqual(
      logs.map(([, level, message]) => `${level!.toLowerCase()}: ${message!.trim()}`).toSorted()
    )
    expect(logs).toHaveLength(sources.join("\n").match(/\bEffect\.log\w*\(|\bconsole\./g)!.length)
  })

  it("fails if it names something that does not exist", () => {
    expect(has("Chat", "complete")).toBe(true)
    expect(has("Chat", "Message")).toBe(true)
    expect(has("FriendliClient", "events")).toBe(true)
    expect(has("Chat", "finish")).toBe(false)
    expect(anchorsOf(Path.join(root, "docs/guides/errors.md"))).toContain("the-twelve")
  })

  for (const page of pages) {
    it(`${page} links to what exists, and names what exists`, () => {
      expect(brokenLinks(page)).toEqual([])
      expect(unknownNames(page)).toEqual([])
    })
  }
})
