/**
 * Reads and checks samples for a dataset. In: the bytes of a file in JSON Lines, or samples. Out: batches of checked texts. Only the line
 * that is being read and the batch that is being filled are kept, so a file may be larger than memory.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as check from "../internal/check.js"
import * as decoding from "../internal/decoding.js"
import { formatIssues, formatPath, type FieldIssue } from "../internal/issues.js"
import { parseJson } from "../internal/json.js"
import { type BadLine, type Line, makeLineReader } from "../internal/jsonLines.js"
import { Sample } from "../schema/Sample.js"
import { InvalidSampleError } from "./datasetErrors.js"

/** A checked sample. */
export interface CheckedSample {
  /** The number of its line, from 1. */
  readonly line: number
  readonly sample: Sample
  /** Its JSON in the form that is sent. */
  readonly text: string
  /** The size of its text, in bytes or in characters, whichever is known. */
  readonly size: number
}

/** The longest line in bytes. A sample that contains media can be large, and is completely in memory. */
const longestLine = 32 * 1024 * 1024

/** The size of the pieces that are read at a time. The samples of one piece are passed on before the next is read. */
const pieceSize = 65_536

export const invalidSample = (
  line: number,
  problem: string,
  issues: ReadonlyArray<FieldIssue> = []
): InvalidSampleError => new InvalidSampleError({ message: `The sample in line ${line} ${problem}.`, line, issues })

interface Checks {
  readonly isValid: (value: unknown) => boolean
  readonly decode: (value: unknown) => Either.Either<Sample, Parameters<typeof formatIssues>[0]>
}

let checks: Checks | undefined

/** Unknown fields are kept: files have their own notes and ids. */
const checksOf = (): Checks => {
  const options = { errors: "all", onExcessProperty: "preserve" } as const
  return { isValid: check.ofDecoding(Sample), decode: decoding.decodeUnknownEither(Sample, options) }
}

const listed = (issues: ReadonlyArray<FieldIssue>): string =>
  issues.map(({ message, path }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`)).join("; ")

/** A value as a sample, or an error with all its problems. */
const sampleOf = (line: number, value: unknown): Either.Either<Sample, InvalidSampleError> => {
  const { decode, isValid } = (checks ??= checksOf())
  if (isValid(value)) return Either.right(value as Sample)
  return Either.mapLeft(decode(value), (error) => {
    const issues = formatIssues(error)
    return invalidSample(line, `is invalid: ${listed(issues)}`, issues)
  })
}

/** The parser's message repeats a part of the text, so it is not used. */
const parseSample = (line: number, text: string, size: number): Either.Either<CheckedSample, InvalidSampleError> => {
  const json = parseJson(text)
  if (Either.isLeft(json)) return Either.left(invalidSample(line, "is not valid JSON"))
  return Either.map(sampleOf(line, json.right), (sample) => ({ line, sample, text, size }))
}

const ofLine = (line: Line | BadLine): Either.Either<CheckedSample, InvalidSampleError> =>
  "problem" in line
    ? Either.left(invalidSample(line.number, line.problem))
    : parseSample(line.number, line.text, line.bytes)

/** The samples before the first invalid one, and then its error. */
const checked = <Item>(
  items: ReadonlyArray<Item>,
  ofItem: (item: Item) => Either.Either<CheckedSample, InvalidSampleError>
): Stream.Stream<CheckedSample, InvalidSampleError> => {
  const samples: Array<CheckedSample> = []
  for (const item of items) {
    const sample = ofItem(item)
    if (Either.isLeft(sample)) return Stream.concat(Stream.fromIterable(samples), Stream.fail(sample.left))
    samples.push(sample.right)
  }
  return Stream.fromIterable(samples)
}

/** A chunk of any size in pieces. */
const pieces = (bytes: Uint8Array): Stream.Stream<Uint8Array> =>
  bytes.length <= pieceSize
    ? Stream.succeed(bytes)
    : Stream.unfold(0, (at) =>
        at >= bytes.length ? Option.none() : Option.some([bytes.subarray(at, at + pieceSize), at + pieceSize] as const)
      )

/** A further check of a sample: its error, if it fails. */
export type Problem = (sample: CheckedSample) => InvalidSampleError | undefined

const addCheck = (
  sample: Either.Either<CheckedSample, InvalidSampleError>,
  problemOf: Problem
): Either.Either<CheckedSample, InvalidSampleError> => {
  const problem = Either.isRight(sample) ? problemOf(sample.right) : undefined
  return problem === undefined ? sample : Either.left(problem)
}

/** The samples of a file in JSON Lines. */
export const ofBytes = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  problemOf: Problem
): Stream.Stream<CheckedSample, E | InvalidSampleError, R> =>
  Stream.suspend(() => {
    const reader = makeLineReader(longestLine)
    const read = (lines: ReadonlyArray<Line | BadLine>) => checked(lines, (line) => addCheck(ofLine(line), problemOf))
    return Stream.concat(
      Stream.flatMap(Stream.flatMap(bytes, pieces), (piece) => read(reader.push(piece))),
      Stream.suspend(() => read(reader.end()))
    )
  })

/** Samples, or their JSON texts. Their line numbers are their positions in the stream. */
export const ofSamples = <E, R>(
  samples: Stream.Stream<Sample | string, E, R>,
  problemOf: Problem
): Stream.Stream<CheckedSample, E | InvalidSampleError, R> =>
  Stream.suspend(() => {
    let number = 0
    const ofGiven = (given: Sample | string): Either.Either<CheckedSample, InvalidSampleError> => {
      const line = ++number
      if (typeof given === "string") return parseSample(line, given, given.length)
      return Either.map(sampleOf(line, given), (sample): CheckedSample => {
        const text = JSON.stringify(sample)
        return { line, sample, text, size: text.length }
      })
    }
    return Stream.mapEffect(samples, (given) => addCheck(ofGiven(given), problemOf))
  })

/** The limits of a batch. */
export interface Limits {
  readonly samples: number
  readonly bytes: number
}

/** Samples in order, which are sent in one request. */
export interface Batch {
  readonly texts: ReadonlyArray<string>
  /** The line of its last sample. */
  readonly lastLine: number
}

/** Fills batches. A sample that is larger than a batch becomes a batch of its own. */
export const batchesOf = <E, R>(
  samples: Stream.Stream<CheckedSample, E, R>,
  limits: Limits
): Stream.Stream<Batch, E, R> =>
  Stream.suspend(() => {
    let texts: Array<string> = []
    let size = 0
    let lastLine = 0
    const take = (): ReadonlyArray<Batch> => {
      if (texts.length === 0) return []
      const batch = { texts, lastLine }
      texts = []
      size = 0
      return [batch]
    }
    const add = (sample: CheckedSample): ReadonlyArray<Batch> => {
      const before = size + sample.size > limits.bytes ? take() : []
      texts.push(sample.text)
      size += sample.size
      lastLine = sample.line
      return texts.length >= limits.samples || size >= limits.bytes ? [...before, ...take()] : before
    }
    return Stream.concat(
      Stream.mapConcat(samples, add),
      Stream.suspend(() => Stream.fromIterable(take()))
    )
  })
