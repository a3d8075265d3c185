/** The command line `friendli-batch`. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import process from "node:process"
import { InvalidBatchError } from "../BatchError.js"
import { formatOf, formats, readRequests } from "../formats/input.js"
import * as Journal from "../Journal.js"
import { layerOf } from "./deployments.js"
import * as estimates from "./estimate.js"
import { execute, inputOptionsOf } from "./execute.js"
import { writeResults } from "./results.js"
import { filesOf, readSettings, type Settings } from "./settings.js"
import * as states from "./status.js"

const input = Args.file({ name: "input", exists: "yes" }).pipe(
  Args.withDescription("The requests: JSON lines of OpenAI's batch files, a text file with a prompt a line, CSV or TSV")
)

const results = Args.text({ name: "out" }).pipe(
  Args.withDescription("The file of results that `run` was given; its journal is beside it")
)

const optionalText = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

const optionalNumber = (name: string, description: string) =>
  Options.float(name).pipe(Options.withDescription(description), Options.optional)

const optionalInteger = (name: string, description: string) =>
  Options.integer(name).pipe(Options.withDescription(description), Options.optional)

/** What says how requests are made of the input, and where they go. */
const requestOptions = {
  model: optionalText("model", "The model of rows that name none"),
  format: Options.choice("format", formats).pipe(
    Options.withDescription("How the input is read; by default its extension says so"),
    Options.optional
  ),
  template: Options.text("template").pipe(
    Options.withDescription("The prompt of a row, with {{column}} where a value goes"),
    Options.withDefault("{{prompt}}")
  ),
  system: optionalText("system", "The system message; columns work here too"),
  idColumn: optionalText("id-column", "The column with the ids of the rows"),
  maxTokens: optionalInteger("max-tokens", "The most tokens of an answer, for rows that do not say it"),
  temperature: optionalNumber("temperature", "The temperature, for rows that do not say it"),
  deployment: Options.choice("deployment", ["serverless", "dedicated", "container"] as const).pipe(
    Options.withDescription("Where the requests go"),
    Options.withDefault("serverless" as const)
  ),
  baseUrl: optionalText("base-url", "Another address of the API, as that of the emulator")
}

const runOptions = {
  out: Options.text("out").pipe(
    Options.withAlias("o"),
    Options.withDescription("The file of results; the journal is beside it")
  ),
  concurrency: Options.text("concurrency").pipe(
    Options.withDescription(`Calls at a time: a number, or "auto" to follow what the server can take`),
    Options.withDefault("auto")
  ),
  budget: optionalText("budget", "The most USD that this run may spend, as $5"),
  maxTotalTokens: optionalInteger("max-total-tokens", "The most tokens that this run may use"),
  maxTime: optionalText("max-time", `The longest time of this run, as "2 hours"`),
  maxFailures: optionalNumber("max-failures", "The share of rows that may fail, from 0 to 1"),
  retryFailed: Options.boolean("retry-failed", { negationNames: ["no-retry-failed"], ifPresent: true }).pipe(
    Options.withDescription("Whether rows that failed in an earlier run are called again"),
    Options.withDefault(true)
  )
}

const defined = (fields: Readonly<Record<string, Option.Option<unknown>>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )

/** The options of requests, as the settings have them. */
const requestSettings = (given: {
  readonly input: string
  readonly model: Option.Option<string>
  readonly format: Option.Option<(typeof formats)[number]>
  readonly template: string
  readonly system: Option.Option<string>
  readonly idColumn: Option.Option<string>
  readonly maxTokens: Option.Option<number>
  readonly temperature: Option.Option<number>
  readonly deployment: Settings["deployment"]
  readonly baseUrl: Option.Option<string>
}): Omit<Settings, "concurrency" | "budget" | "retryFailed"> => ({
  version: 1,
  input: given.input,
  format: Option.getOrElse(given.format, () => formatOf(given.input)),
  template: given.template,
  system: Option.getOrUndefined(given.system),
  idColumn: Option.getOrUndefined(given.idColumn),
  defaults: defined({ model: given.model, max_tokens: given.maxTokens, temperature: given.temperature }),
  deployment: given.deployment,
  baseUrl: Option.getOrUndefined(given.baseUrl)
})

/** What the command does beside what it prints. */
const exitWith = (code: number) => Effect.sync(() => void (process.exitCode = code))

const run = Command.make("run", { input, ...requestOptions, ...runOptions }, (given) =>
  Effect.gen(function* () {
    const concurrency = given.concurrency === "auto" ? undefined : Number(given.concurrency)
    if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1)) {
      return yield* new InvalidBatchError({ message: '--concurrency: expected "auto" or an integer of at least 1' })
    }
    const settings: Settings = {
      ...requestSettings(given),
      concurrency,
      budget: {
        cost: Option.getOrUndefined(given.budget),
        tokens: Option.getOrUndefined(given.maxTotalTokens),
        time: Option.getOrUndefined(given.maxTime),
        failures: Option.getOrUndefined(given.maxFailures)
      },
      retryFailed: given.retryFailed
    }
    yield* exitWith(yield* execute(given.out, settings))
  })
).pipe(Command.withDescription("Runs a batch, or continues it: rows that the journal has are not called again"))

const resume = Command.make("resume", { out: results }, ({ out }) =>
  Effect.gen(function* () {
    yield* exitWith(yield* execute(out, yield* readSettings(out)))
  })
).pipe(Command.withDescription("Continues a batch with the options that it was begun with"))

const statusCommand = Command.make("status", { out: results }, ({ out }) =>
  Effect.flatMap(states.status(out), (found) => Console.log(states.words(found)))
).pipe(Command.withDescription("Says how a batch stands, also while it runs"))

const estimate = Command.make(
  "estimate",
  {
    input,
    ...requestOptions,
    sample: Options.integer("sample").pipe(
      Options.withDescription("How many rows are tokenized"),
      Options.withDefault(20)
    )
  },
  (given) =>
    Effect.gen(function* () {
      const settings: Settings = { ...requestSettings(given), budget: {}, retryFailed: true }
      yield* Console.log(estimates.words(yield* estimates.estimate(settings, given.sample)))
    })
).pipe(Command.withDescription("Says how many tokens a batch will use and what it will cost, before it runs"))

const exportCommand = Command.make("export", { out: results }, ({ out }) =>
  Effect.gen(function* () {
    const settings = yield* readSettings(out)
    const layer = Layer.merge(Journal.layerFile(filesOf(out).journal), layerOf(settings))
    const count = yield* writeResults(out, readRequests(settings.input, inputOptionsOf(settings))).pipe(
      Effect.provide(layer)
    )
    yield* Console.log(`${count} results are in ${out}`)
  })
).pipe(Command.withDescription("Writes the results again from the journal, as after a crash"))

/** The command with its subcommands. */
export const command = Command.make("friendli-batch").pipe(
  Command.withDescription("Batches of requests to Friendli's inference API that survive a crash"),
  Command.withSubcommands([run, resume, statusCommand, estimate, exportCommand])
)
