/** The rows of an input file. In: a path and how to read it. Out: a stream of requests, or the first line that is not valid. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Request } from "../run/rows.js"
import * as openai from "./openai.js"
import { readRecords } from "./table.js"
import { fillTemplate, type TemplateIssue } from "./template.js"

/**
 * An input file cannot be read, or a line in it is not a request.
 *
 * **Details**: it is found before anything is sent, because the whole file is read first.
 * @category errors
 */
export class InputError extends Schema.TaggedError<InputError>("effect-friendli-batch/InputError")("InputError", {
  /** The problem, with the file and the line. It never contains text of the line. */
  message: Schema.String,
  /** The path of the file. */
  path: Schema.String,
  /** The number of the line, from 1. */
  line: Schema.optional(Schema.Number)
}) {}

/** The formats of input files. */
export const formats = ["openai", "prompts", "csv", "tsv"] as const

export type Format = (typeof formats)[number]

/** How a file is read. */
export interface InputOptions {
  readonly format: Format
  /** Fields of every request that the row itself does not have: `model`, `max_tokens`. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** The prompt, with `{{column}}` for the value of a column. A file of prompts has only the column `prompt`. Default: `{{prompt}}`. */
  readonly template: string
  /** The system message, which may contain `{{column}}`, too. */
  readonly system: string | undefined
  /** The column with the ids of the rows. Default: `id` if there is such a column, else the number of the line. */
  readonly idColumn: string | undefined
}

/** The format for a file name. */
export const formatOf = (path: string): Format => {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase()
  if (extension === "csv" || extension === "tsv") return extension
  return extension === "jsonl" || extension === "ndjson" ? "openai" : "prompts"
}

/** Values of a row, by column. */
type Columns = Readonly<Record<string, string>>

/** The chat request of a row of prompts or of a table. */
const requestOf = (
  options: InputOptions,
  columns: Columns,
  line: number
): Either.Either<Request<unknown>, TemplateIssue> =>
  Either.gen(function* () {
    const content = yield* fillTemplate(options.template, columns)
    const system = options.system === undefined ? undefined : yield* fillTemplate(options.system, columns)
    const id = columns[options.idColumn ?? "id"] ?? `row-${line}`
    return openai.requestFor("/v1/chat/completions", id, {
      ...options.defaults,
      messages: [...(system === undefined ? [] : [{ role: "system", content: system }]), { role: "user", content }]
    })
  })

/** The lines of a text file with their numbers, without empty lines. */
const readLines = (fs: FileSystem.FileSystem, path: string) =>
  fs.stream(path).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.zipWithIndex,
    Stream.map(([text, index]) => ({ text: index === 0 ? text.replace(/^\ufeff/, "") : text, line: index + 1 })),
    Stream.filter(({ text }) => text.trim() !== "")
  )

/** The requests of a file, in its order. */
export const readRequests = (
  path: string,
  options: InputOptions
): Stream.Stream<Request<unknown>, InputError, FileSystem.FileSystem> => {
  const wrong = (line: number) => (problem: string) =>
    new InputError({ path, line, message: `${path}, line ${line}: ${problem}` })
  const rows = (fs: FileSystem.FileSystem) => {
    switch (options.format) {
      case "openai":
        return Stream.mapEffect(readLines(fs, path), ({ line, text }) =>
          Either.mapLeft(openai.parseLine(text, options.defaults), wrong(line))
        )
      case "prompts":
        return Stream.mapEffect(readLines(fs, path), ({ line, text }) =>
          Either.mapLeft(requestOf(options, { prompt: text }, line), wrong(line))
        )
      case "csv":
      case "tsv":
        return Stream.mapEffect(readRecords(fs.stream(path), options.format), ({ columns, line }) =>
          Either.mapLeft(requestOf(options, columns, line), wrong(line))
        )
    }
  }
  return Stream.unwrap(Effect.map(FileSystem.FileSystem, rows)).pipe(
    Stream.mapError((error) => (error._tag === "InputError" ? error : new InputError({ path, message: error.message })))
  )
}

/** Reads a whole file: the number of its rows, or the first line that is not valid. */
export const countRequests = (
  path: string,
  options: InputOptions
): Effect.Effect<number, InputError, FileSystem.FileSystem> => Stream.runCount(readRequests(path, options))

/** The first rows of a file. */
export const firstRequests = (path: string, options: InputOptions, count: number) =>
  Stream.runCollect(Stream.take(readRequests(path, options), count))
