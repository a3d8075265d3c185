/** The options of a batch, so that `resume` can use the same. They are in a file beside the results, without the token. */
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
  /** Fields of every request, if the row itself does not have them. */
  defaults: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  deployment: Schema.Literal("serverless", "dedicated", "container"),
  baseUrl: Schema.optional(Schema.String),
  /** The number of calls at the same time. Absent: adaptive. */
  concurrency: Schema.optional(Schema.Int.pipe(Schema.positive())),
  budget: Schema.Struct({
    cost: Schema.optional(Schema.String),
    tokens: Schema.optional(Schema.Int),
    time: Schema.optional(Schema.String),
    failures: Schema.optional(Schema.Number)
  }),
  retryFailed: Schema.Boolean,
  /** The database of the workers that run the batch. Absent: it runs on this machine. */
  cluster: Schema.optional(
    Schema.Struct({
      /** The URL of the database, without a password. */
      url: Schema.String,
      journal: Schema.String,
      /** How many calls all workers together may start per second. */
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

/** Reads the settings of a batch that was started. */
export const readSettings = (out: string): Effect.Effect<Settings, InputError, FileSystem.FileSystem> => {
  const path = filesOf(out).settings
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(
      fs.readFileString(path),
      () => new InputError({ path, message: `there is no batch with this file of results: ${path} cannot be read` })
    )
    return yield* Effect.mapError(
      decode(text),
      () => new InputError({ path, message: "the file does not contain the settings of a batch" })
    )
  })
}
