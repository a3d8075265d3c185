/** What the command was asked to do, so that `resume` can do the same. It is a file beside the results, and holds no token. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { formats, InputError } from "../formats/input.js"

/** The settings of one batch. */
export const Settings = Schema.Struct({
  version: Schema.Literal(1),
  /** The path of the input, as it was given. */
  input: Schema.String,
  format: Schema.Literal(...formats),
  template: Schema.String,
  system: Schema.optional(Schema.String),
  idColumn: Schema.optional(Schema.String),
  /** Fields of every request that the row itself does not have. */
  defaults: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  deployment: Schema.Literal("serverless", "dedicated", "container"),
  baseUrl: Schema.optional(Schema.String),
  /** The number of calls at a time; absent: adaptive. */
  concurrency: Schema.optional(Schema.Int.pipe(Schema.positive())),
  budget: Schema.Struct({
    cost: Schema.optional(Schema.String),
    tokens: Schema.optional(Schema.Int),
    time: Schema.optional(Schema.String),
    failures: Schema.optional(Schema.Number)
  }),
  retryFailed: Schema.Boolean,
  /** Where workers run the batch; absent: it runs here. */
  cluster: Schema.optional(
    Schema.Struct({
      /** The address of the database, without a password. */
      url: Schema.String,
      journal: Schema.String,
      /** Calls that all workers may start in a second. */
      rate: Schema.optional(Schema.Int.pipe(Schema.positive())),
      shardRows: Schema.optional(Schema.Int)
    })
  )
})

export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** The files of a batch, by the path of its results. */
export const filesOf = (out: string) => ({
  journal: `${out}.journal`,
  settings: `${out}.batch.json`,
  partial: `${out}.partial`
})

const encode = Schema.encodeSync(Schema.parseJson(Settings, { space: 2 }))
const decode = Schema.decodeEither(Schema.parseJson(Settings))

/** Writes the settings beside the results. */
export const writeSettings = (out: string, settings: Settings) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFileString(filesOf(out).settings, `${encode(settings)}\n`))

/** Reads the settings of a batch that was begun. */
export const readSettings = (out: string): Effect.Effect<Settings, InputError, FileSystem.FileSystem> => {
  const path = filesOf(out).settings
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(
      fs.readFileString(path),
      () => new InputError({ path, message: `there is no batch with these results: ${path} cannot be read` })
    )
    return yield* Effect.mapError(
      decode(text),
      () => new InputError({ path, message: "the file has no settings of a batch" })
    )
  })
}
