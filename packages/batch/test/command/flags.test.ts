import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { command } from "../../src/command/commands.js"
import * as flags from "../../src/command/flags.js"

const input = fileURLToPath(import.meta.url)
const begin = {
  run: ["run", input, "--out", `${input}.out`],
  resume: ["resume", `${input}.out`],
  status: ["status", `${input}.out`],
  export: ["export", `${input}.out`],
  estimate: ["estimate", input],
  worker: ["worker", "--cluster", "postgres://host/name"]
}

type Subcommand = keyof typeof begin

const counts = ["abc", "0", "-1", "1.5", "", "Infinity", "5 rows"]
const durations = ["soon", "0 seconds", "-1 seconds", "5", ""]
const baseUrls = [
  "",
  "localhost:8000",
  "ftp://localhost",
  "http://",
  "http://me:secret@localhost",
  "http://localhost?a=b"
]
const urls = ["", "host/name", "//host/name"]

/** For each flag whose value is checked: what is not valid. */
const invalid: Readonly<Record<Subcommand, Readonly<Record<string, ReadonlyArray<string>>>>> = {
  run: {
    "max-tokens": counts,
    temperature: ["warm", "", "Infinity"],
    "base-url": baseUrls,
    concurrency: [...counts, "Auto"],
    budget: ["abc", "0", "-5", "", "$", "5 USD", "NaN"],
    "max-total-tokens": counts,
    "max-time": durations,
    "max-failures": ["few", "-0.1", "1.1", "5%", ""],
    cluster: urls,
    rate: counts,
    "shard-rows": [...counts, "5001"]
  },
  resume: { cluster: urls },
  status: { cluster: urls },
  export: { cluster: urls },
  estimate: { "max-tokens": counts, temperature: ["warm"], "base-url": baseUrls, sample: counts },
  worker: {
    cluster: urls,
    concurrency: counts,
    shards: counts,
    "base-url": baseUrls,
    failover: durations,
    poll: durations
  }
}

const subcommands = Object.keys(begin) as ReadonlyArray<Subcommand>

const printed: Array<string> = []
beforeEach(() => {
  printed.length = 0
  vi.spyOn(console, "error").mockImplementation((text: string) => void printed.push(stripVTControlCharacters(text)))
})
afterEach(() => vi.restoreAllMocks())

/** The error of a command line that is not valid, as it is printed. */
const errorOf = (args: ReadonlyArray<string>): Promise<string> =>
  Command.run(command, { name: "friendli-batch", version: "0.0.0" })(["node", "friendli-batch", ...args]).pipe(
    Effect.flip,
    Effect.map((error) => {
      expect(ValidationError.isValidationError(error)).toBe(true)
      return printed.join("\n").trim()
    }),
    Effect.provide(NodeContext.layer),
    Effect.runPromise
  )

describe("a value that is not valid", () => {
  for (const name of subcommands) {
    for (const [flag, values] of Object.entries(invalid[name])) {
      it.each(values)(`is reported with the flag as it was typed: ${name} --${flag} %j`, async (value) => {
        const args = begin[name].filter((word, index, all) => word !== `--${flag}` && all[index - 1] !== `--${flag}`)
        expect(await errorOf([...args, `--${flag}`, value])).toMatch(new RegExp(`^--${flag}: expected [^\\n]+$`))
      })
    }
  }

  it("is tested for each flag that takes something other than a text or one of several words", () => {
    const all = HashMap.toEntries(Command.getSubcommands(command))
    expect(all.map(([name]) => name).sort()).toEqual([...subcommands].sort())
    for (const [name, descriptor] of all) {
      const help = stripVTControlCharacters(
        HelpDoc.toAnsiText(CommandDescriptor.getHelp(descriptor, CliConfig.defaultConfig))
      )
      const found = [...help.matchAll(/^\(?(?:-\w, )?--([\w-]+) (\w+)\)?$/gm)].filter(([, , value]) => value !== "text")
      expect(found.map(([, flag]) => flag).sort()).toEqual(Object.keys(invalid[name as Subcommand]).sort())
    }
  })
})

describe("a valid value", () => {
  it.each([
    ["count", flags.count, "1", 1],
    ["count", flags.count, "5000000", 5_000_000],
    ["countTo", flags.countTo(5000), "5000", 5000],
    ["number", flags.number, "-0.5", -0.5],
    ["share", flags.share, "0", 0],
    ["share", flags.share, "0.25", 0.25],
    ["share", flags.share, "1", 1],
    ["concurrency", flags.concurrency, "auto", undefined],
    ["concurrency", flags.concurrency, "8", 8],
    ["amount", flags.amount, "$0.25", "$0.25"],
    ["amount", flags.amount, "5", "5"],
    ["duration", flags.duration, "2 hours", "2 hours"],
    ["baseUrl", flags.baseUrl, "https://localhost:8000/serverless/v1", "https://localhost:8000/serverless/v1"],
    ["databaseUrl", flags.databaseUrl, "postgresql://me:secret@host:5432/name", "postgresql://me:secret@host:5432/name"]
  ] as const)("is read: %s %j", (_name, accepts: flags.Accepts<unknown>, text, value) => {
    expect(accepts.read(text)).toEqual(Option.some(value))
  })
})
