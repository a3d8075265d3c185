/** The command line `friendli-batch`. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { FriendliClient } from "effect-friendli/FriendliClient"
import { randomUUID } from "node:crypto"
import { basename } from "node:path"
import process from "node:process"
import { InvalidBatchError } from "../BatchError.js"
import { formatOf, formats, readRequests } from "../formats/input.js"
import * as Journal from "../Journal.js"
import { layerOf } from "./deployments.js"
import * as estimates from "./estimate.js"
import { execute, type ExecuteError, inputOptionsOf } from "./execute.js"
import { loadCluster } from "./optional.js"
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

/** The database of a batch that was submitted. */
const databaseOption = optionalText(
  "cluster",
  "The PostgreSQL database, if not that of the run; a password may be in PGPASSWORD"
)

const durationText = (name: string, description: string) =>
  Options.text(name).pipe(
    Options.withDescription(description),
    Options.filterMap(
      (text) => Option.as(Duration.decodeUnknown(text), text),
      `--${name}: expected a duration, as "10 seconds"`
    ),
    Options.optional
  )

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
  ),
  cluster: optionalText(
    "cluster",
    "A PostgreSQL database, as postgres://host/name: workers that share it run the batch"
  ),
  journal: optionalText("journal", "The name of the batch in the database; by default it is made"),
  rate: optionalInteger("rate", "With --cluster: calls that all workers together may start in a second"),
  shardRows: optionalInteger("shard-rows", "With --cluster: rows that a worker gets at a time")
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
}): Omit<Settings, "concurrency" | "budget" | "retryFailed" | "cluster"> => ({
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

/** The number of calls at a time; nothing where it adapts. */
const concurrencyOf = (text: string): Effect.Effect<number | undefined, InvalidBatchError> => {
  if (text === "auto") return Effect.succeed(undefined)
  const count = Number(text)
  return Number.isInteger(count) && count >= 1
    ? Effect.succeed(count)
    : Effect.fail(new InvalidBatchError({ message: '--concurrency: expected "auto" or an integer of at least 1' }))
}

/** An address without its password, which is not written to a file. */
const withoutPassword = (url: string): Effect.Effect<string, InvalidBatchError> =>
  Effect.try({
    try: () => {
      const parsed = new URL(url)
      parsed.password = ""
      return parsed.toString()
    },
    catch: () => new InvalidBatchError({ message: "--cluster: expected an address, as postgres://host/name" })
  })

/** The name of a batch: that of its first run, or a new one. */
const journalOf = (out: string) =>
  Effect.map(
    Effect.option(readSettings(out)),
    (known) => Option.getOrUndefined(known)?.cluster?.journal ?? `${basename(out)}-${randomUUID().slice(0, 8)}`
  )

/** Runs a batch here, or by the workers of a database. */
const start = (out: string, settings: Settings, url: Option.Option<string>) => {
  const { cluster } = settings
  return cluster === undefined
    ? execute(out, settings)
    : Effect.flatMap(loadCluster, (loaded) =>
        loaded.execute(
          out,
          settings,
          cluster,
          Option.getOrElse(url, () => cluster.url)
        )
      )
}

const run = Command.make("run", { input, ...requestOptions, ...runOptions }, (given) =>
  Effect.gen(function* () {
    const { cluster, out } = given
    const concurrency = yield* concurrencyOf(given.concurrency)
    if (concurrency !== undefined && Option.isSome(cluster)) {
      return yield* new InvalidBatchError({
        message: "--concurrency: with --cluster it is an option of each worker; --rate is of all together"
      })
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
      retryFailed: given.retryFailed,
      ...(Option.isNone(cluster)
        ? {}
        : {
            cluster: {
              url: yield* withoutPassword(cluster.value),
              journal: Option.isSome(given.journal) ? given.journal.value : yield* journalOf(out),
              rate: Option.getOrUndefined(given.rate),
              shardRows: Option.getOrUndefined(given.shardRows)
            }
          })
    }
    yield* exitWith(yield* start(out, settings, cluster))
  })
).pipe(Command.withDescription("Runs a batch, or continues it: rows that the journal has are not called again"))

const resume = Command.make("resume", { out: results, cluster: databaseOption }, ({ cluster, out }) =>
  Effect.gen(function* () {
    yield* exitWith(yield* start(out, yield* readSettings(out), cluster))
  })
).pipe(Command.withDescription("Continues a batch with the options that it was begun with"))

const statusCommand = Command.make("status", { out: results, cluster: databaseOption }, ({ cluster: url, out }) =>
  Effect.gen(function* () {
    const { cluster } = yield* readSettings(out)
    if (cluster === undefined) return yield* Console.log(states.words(yield* states.status(out)))
    const loaded = yield* loadCluster
    yield* Console.log(
      yield* loaded.status(
        cluster.journal,
        Option.getOrElse(url, () => cluster.url)
      )
    )
  })
).pipe(Command.withDescription("Says how a batch stands, also while it runs"))

const worker = Command.make(
  "worker",
  {
    cluster: Options.text("cluster").pipe(
      Options.withDescription("The PostgreSQL database, as postgres://host/name; by default FRIENDLI_BATCH_DATABASE"),
      Options.withFallbackConfig(Config.string("FRIENDLI_BATCH_DATABASE"))
    ),
    concurrency: runOptions.concurrency,
    shards: Options.integer("shards").pipe(Options.withDescription("Shards at a time"), Options.withDefault(2)),
    deployment: requestOptions.deployment,
    baseUrl: requestOptions.baseUrl,
    failover: durationText("failover", "How long a worker may be silent before others take its work; the same for all"),
    poll: durationText("poll", "How often it looks for work")
  },
  (given) =>
    Effect.gen(function* () {
      const concurrency = yield* concurrencyOf(given.concurrency)
      const loaded = yield* loadCluster
      yield* loaded.work({
        url: given.cluster,
        concurrency,
        shards: given.shards,
        deployment: given.deployment,
        baseUrl: Option.getOrUndefined(given.baseUrl),
        failover: Option.getOrUndefined(given.failover),
        poll: Option.getOrUndefined(given.poll)
      })
    })
).pipe(Command.withDescription("Calls the rows of batches on many machines, until it is told to leave"))

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

const exportCommand = Command.make("export", { out: results, cluster: databaseOption }, ({ cluster: url, out }) =>
  Effect.gen(function* () {
    const settings = yield* readSettings(out)
    const { cluster } = settings
    const layer: Layer.Layer<FriendliClient | Journal.Journal, ExecuteError, FileSystem.FileSystem> =
      cluster === undefined
        ? Layer.merge(Journal.layerFile(filesOf(out).journal), layerOf(settings))
        : (yield* loadCluster).layerReading(
            settings,
            cluster.journal,
            Option.getOrElse(url, () => cluster.url)
          )
    const count = yield* writeResults(out, readRequests(settings.input, inputOptionsOf(settings))).pipe(
      Effect.provide(layer)
    )
    yield* Console.log(`${count} results are in ${out}`)
  })
).pipe(Command.withDescription("Writes the results again from the journal, as after a crash"))

/** The command with its subcommands. */
export const command = Command.make("friendli-batch").pipe(
  Command.withDescription("Batches of requests to Friendli's inference API that survive a crash"),
  Command.withSubcommands([run, resume, statusCommand, estimate, exportCommand, worker])
)
