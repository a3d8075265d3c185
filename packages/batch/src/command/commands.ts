/** The command line `friendli-batch`. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
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
import { mostShardRows } from "../run/settings.js"
import { layerOf } from "./deployments.js"
import * as estimates from "./estimate.js"
import { execute, type ExecuteError, inputOptionsOf } from "./execute.js"
import * as flags from "./flags.js"
import { loadCluster } from "./optional.js"
import { writeResults } from "./results.js"
import { filesOf, readSettings, type Settings } from "./settings.js"
import * as states from "./status.js"

const input = Args.file({ name: "input", exists: "yes" }).pipe(
  Args.withDescription("OpenAI batch .jsonl, a .csv or .tsv table, or text with one prompt per line")
)

const results = Args.text({ name: "out" }).pipe(
  Args.withDescription("The file of results, as given to run. The journal is beside it")
)

/** A description in lines that fit into a terminal, because the library does not wrap lines. */
const paragraphs = (...lines: ReadonlyArray<string>): HelpDoc.HelpDoc => HelpDoc.blocks(lines.map(HelpDoc.p))

const optionalText = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

const optional = <A>(name: string, description: string, accepts: flags.Accepts<A>) =>
  Options.optional(flags.flag(name, description, accepts))

/** The options that decide how the input becomes requests, and where they are sent. */
const requestOptions = {
  model: optionalText("model", "The model for rows without one"),
  format: Options.choice("format", formats).pipe(
    Options.withDescription("How to read the input. Default: decided by the file extension"),
    Options.optional
  ),
  template: Options.text("template").pipe(
    Options.withDescription("The prompt of each row. {{column}} is replaced by the value of that column"),
    Options.withDefault("{{prompt}}")
  ),
  system: optionalText("system", "The system message of each row. It can contain {{column}}, too"),
  idColumn: optionalText("id-column", "The column with the id of each row. Default: id, or else the line number"),
  maxTokens: optional(
    "max-tokens",
    "The maximum number of tokens of an answer, for rows without max_tokens",
    flags.count
  ),
  temperature: optional("temperature", "The temperature, for rows without one", flags.number),
  deployment: Options.choice("deployment", ["serverless", "dedicated", "container"] as const).pipe(
    Options.withDescription("Where to send the requests"),
    Options.withDefault("serverless" as const)
  ),
  baseUrl: optional("base-url", "Another base URL of the API, such as that of the emulator", flags.baseUrl)
}

/** The database of a batch that was submitted. */
const databaseOption = optional(
  "cluster",
  "The PostgreSQL database, if not that of the run. PGPASSWORD is read",
  flags.databaseUrl
)

const runOptions = {
  out: Options.text("out").pipe(
    Options.withAlias("o"),
    Options.withDescription("The file to write the results to. The journal is written beside it")
  ),
  concurrency: flags
    .flag("concurrency", "Calls at the same time: a number, or auto, which adapts to the server", flags.concurrency)
    .pipe(Options.withDefault(undefined)),
  budget: optional("budget", "Stop when this run has cost this many US dollars, for example '$5'", flags.amount),
  maxTotalTokens: optional(
    "max-total-tokens",
    "Stop when this run has used this many tokens, input plus output",
    flags.count
  ),
  maxTime: optional("max-time", "Stop after this time, for example '2 hours'", flags.duration),
  maxFailures: optional(
    "max-failures",
    "Stop when more than this share of the rows has failed, from 0 to 1",
    flags.share
  ),
  retryFailed: Options.boolean("retry-failed", { negationNames: ["no-retry-failed"], ifPresent: true }).pipe(
    Options.withDescription("Whether rows that failed in an earlier run are sent again. Default: they are"),
    Options.withDefault(true)
  ),
  cluster: optional(
    "cluster",
    "Let workers run the batch, over a PostgreSQL database: postgres://host/name",
    flags.databaseUrl
  ),
  journal: optionalText("journal", "With --cluster: the name of the batch in the database. Default: a new name"),
  rate: optional("rate", "With --cluster: how many calls all workers together may start per second", flags.count),
  shardRows: optional(
    "shard-rows",
    "With --cluster: how many rows a worker gets at a time",
    flags.countTo(mostShardRows)
  )
}

const defined = (fields: Readonly<Record<string, Option.Option<unknown>>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (Option.isSome(value) ? [[name, value.value]] : []))
  )

/** The options of requests as settings. */
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

/** Sets the exit code. */
const exitWith = (code: number) => Effect.sync(() => void (process.exitCode = code))

/** The URL without its password, which must not be written to a file. */
const withoutPassword = (url: string): string => {
  const parsed = new URL(url)
  parsed.password = ""
  return parsed.toString()
}

/** The name of a batch: the name of its first run, or a new one. */
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
    const { cluster, concurrency, out } = given
    if (concurrency !== undefined && Option.isSome(cluster)) {
      return yield* new InvalidBatchError({
        message: "--concurrency: with --cluster, set it for each worker; --rate limits all workers together"
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
              url: withoutPassword(cluster.value),
              journal: Option.isSome(given.journal) ? given.journal.value : yield* journalOf(out),
              rate: Option.getOrUndefined(given.rate),
              shardRows: Option.getOrUndefined(given.shardRows)
            }
          })
    }
    yield* exitWith(yield* start(out, settings, cluster))
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Run a batch, or continue it: rows with a recorded answer are not sent again.",
      "Exit codes: 0 every row has an answer; 1 some rows failed;",
      "2 an option or the input is not valid, and nothing was sent;",
      "3 a budget was reached, or the server denied access;",
      "4 the journal cannot be used; 130 Ctrl-C."
    )
  )
)

const resume = Command.make("resume", { out: results, cluster: databaseOption }, ({ cluster, out }) =>
  Effect.gen(function* () {
    yield* exitWith(yield* start(out, yield* readSettings(out), cluster))
  })
).pipe(Command.withDescription("Continue a batch, with the options that it was started with"))

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
).pipe(Command.withDescription("Show the progress of a batch, also while it runs"))

const worker = Command.make(
  "worker",
  {
    cluster: flags
      .flag("cluster", "postgres://host/name. Default: the variable FRIENDLI_BATCH_DATABASE", flags.databaseUrl)
      .pipe(Options.withFallbackConfig(Config.string("FRIENDLI_BATCH_DATABASE"))),
    concurrency: runOptions.concurrency,
    shards: flags.flag("shards", "How many shards run at the same time", flags.count).pipe(Options.withDefault(2)),
    deployment: requestOptions.deployment,
    baseUrl: requestOptions.baseUrl,
    failover: optional("failover", "How long a worker may give no sign before others take its work", flags.duration),
    poll: optional("poll", "How often the worker looks for work", flags.duration)
  },
  (given) =>
    Effect.gen(function* () {
      const loaded = yield* loadCluster
      yield* loaded.work({
        url: given.cluster,
        concurrency: given.concurrency,
        shards: given.shards,
        deployment: given.deployment,
        baseUrl: Option.getOrUndefined(given.baseUrl),
        failover: Option.getOrUndefined(given.failover),
        poll: Option.getOrUndefined(given.poll)
      })
    })
).pipe(Command.withDescription("Run a worker, which makes the calls of batches submitted with --cluster"))

const estimate = Command.make(
  "estimate",
  {
    input,
    ...requestOptions,
    sample: flags.flag("sample", "How many rows to tokenize", flags.count).pipe(Options.withDefault(20))
  },
  (given) =>
    Effect.gen(function* () {
      const settings: Settings = { ...requestSettings(given), budget: {}, retryFailed: true }
      yield* Console.log(estimates.words(yield* estimates.estimate(settings, given.sample)))
    })
).pipe(Command.withDescription("Estimate how many tokens a batch will use and what it will cost, before it runs"))

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
).pipe(Command.withDescription("Write the results that are in the journal, for example after a crash"))

/** The command with its subcommands. */
export const command = Command.make("friendli-batch").pipe(
  Command.withDescription(
    paragraphs(
      "Batches of requests to Friendli's inference API that survive a crash.",
      "The token comes from the environment variable FRIENDLI_TOKEN."
    )
  ),
  Command.withSubcommands([run, resume, statusCommand, estimate, exportCommand, worker])
)
