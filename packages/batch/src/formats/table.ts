/** Tables: files with values separated by commas or tabs. The first line has the names of the columns. */
import type { PlatformError } from "@effect/platform/Error"
import { CsvError, type Options, type Parser, parse } from "csv-parse"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** A row of a table. */
export interface TableRecord {
  readonly columns: Readonly<Record<string, string>>
  /** The line on which the row ends. */
  readonly line: number
}

/** A table is not valid. The message contains no text of the table. */
export class TableError extends Data.TaggedError("TableError")<{ readonly message: string }> {}

const parserOptions = (format: "csv" | "tsv"): Options => ({
  bom: true,
  columns: true,
  delimiter: format === "csv" ? "," : "\t",
  info: true,
  skip_empty_lines: true,
  // a quote in a tab-separated value is an ordinary character
  ...(format === "tsv" ? { quote: false } : {})
})

/** The output of the parser with the option `info`. */
interface Parsed {
  readonly record: Readonly<Record<string, string>>
  readonly info: { readonly lines: number }
}

/** The errors of the parser, by their codes, because its messages contain values of the table. */
const errorOf = (error: unknown): TableError =>
  new TableError({
    message:
      error instanceof CsvError
        ? `the table is damaged (${error.code.toLowerCase().replaceAll("_", " ")}, line ${String(error["lines"] ?? "unknown")})`
        : "the table is damaged"
  })

/** A parser, and the rows that it has found so far. Its rows are read while it parses, because a parser with unread rows would stop. */
interface Reader {
  readonly parser: Parser
  readonly take: () => Chunk.Chunk<TableRecord>
}

const makeReader = (format: "csv" | "tsv"): Reader => {
  const parser = parse(parserOptions(format))
  let rows: Array<TableRecord> = []
  parser.on("data", ({ info, record }: Parsed) => rows.push({ columns: record, line: info.lines }))
  return {
    parser,
    take: () => {
      const taken = rows
      rows = []
      return Chunk.unsafeFromArray(taken)
    }
  }
}

/** Passes bytes or the end of input to the parser, and returns the rows that are complete then. */
const feed = (
  { parser, take }: Reader,
  bytes: Uint8Array | undefined
): Effect.Effect<Chunk.Chunk<TableRecord>, TableError> =>
  Effect.async((resume) => {
    const done = (error?: Error | null): void => {
      parser.off("error", done)
      parser.off("end", done)
      resume(error == null ? Effect.sync(take) : Effect.fail(errorOf(error)))
    }
    parser.on("error", done)
    if (bytes !== undefined) parser.write(bytes, done)
    else parser.once("end", done).end()
  })

/** The rows of a table. */
export const readRecords = (
  bytes: Stream.Stream<Uint8Array, PlatformError>,
  format: "csv" | "tsv"
): Stream.Stream<TableRecord, PlatformError | TableError> =>
  Stream.suspend(() => {
    const reader = makeReader(format)
    return Stream.flattenChunks(
      Stream.concat(
        Stream.mapEffect(bytes, (piece) => feed(reader, piece)),
        Stream.fromEffect(feed(reader, undefined))
      )
    )
  })
