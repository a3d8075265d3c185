import { listen, type RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fromMarkdown, root } from "../scripts/snippets.js"

const read = (file: string): string => Fs.readFileSync(Path.join(root, file), "utf8")
const readme = read("README.md")

/** A file at the top of the clone, as the README says, under a name that is not used. */
const file = `.hello-${process.pid}.ts`

let emulator: RunningEmulator

beforeAll(async () => {
  Fs.writeFileSync(Path.join(root, file), fromMarkdown("README.md", readme).find((snippet) => snippet.run)!.code)
  emulator = await listen({ port: 0 })
})

afterAll(async () => {
  Fs.rmSync(Path.join(root, file), { force: true })
  await emulator.close()
})

const run = (variables: Readonly<Record<string, string>>) =>
  new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
    const { FRIENDLI_TOKEN: _token, FRIENDLI_BEARER_AUTH: _auth, FRIENDLI_TEAM: _team, ...inherited } = process.env
    const env = { ...inherited, FRIENDLI_BASE_URL: emulator.url, NO_COLOR: "1", ...variables }
    const child = spawn("npx", ["tsx", file], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)))
    child.on("close", (code) => resolve({ code, output }))
  })

describe("the README's first program", () => {
  it("runs from a file at the top of a clone", { timeout: 120_000 }, async () => {
    expect(readme).toContain("Save this as `hello.ts`")
    const { code, output } = await run({ FRIENDLI_TOKEN: "anything" })
    expect(output).toMatch(/^.+\n(.*\n)*\d+ tokens\n$/)
    expect(code).toBe(0)
  })

  it("prints what the README and the first steps show if the token is missing", { timeout: 120_000 }, async () => {
    const shown = [readme, read("docs/guides/first-steps.md")].map(
      (page) => /```text\n(ERROR [^`]*)```/.exec(page)?.[1]
    )
    const { code, output } = await run({})
    const printed = output.replace(/^\[[\d:.]+\] /, "")
    expect(shown).toEqual([printed, printed])
    expect(printed.trimEnd().split("\n")).toHaveLength(2)
    expect(code).toBe(1)
  })
})

describe("install lines", () => {
  const { peerDependencies } = JSON.parse(read("packages/friendli/package.json")) as {
    readonly peerDependencies: Readonly<Record<string, string>>
  }
  const { devDependencies } = JSON.parse(read("package.json")) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  // "^3.22.0" and "^3.22.4" are "^3.22" here
  const minor = (range: string | undefined): string | undefined => /^\^\d+\.\d+/.exec(range ?? "")?.[0]
  const packages = [
    "effect-friendli",
    `effect@${minor(peerDependencies["effect"])}`,
    `@effect/platform@${minor(peerDependencies["@effect/platform"])}`,
    `@effect/platform-node@${minor(devDependencies["@effect/platform-node"])}`
  ]

  for (const page of ["README.md", "packages/friendli/README.md", "docs/guides/first-steps.md"]) {
    it(`name the versions that fit together in ${page}`, () => {
      const lines = read(page).match(/^(?:npm install|pnpm add) effect-friendli .*$/gm)
      expect(lines).toEqual([`npm install ${packages.join(" ")}`])
    })
  }
})
