/**
 * What the unit tests and the exhaustive tests of `answers` share.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatRender from "effect-friendli/ChatRender"
import * as Classification from "effect-friendli/Classification"
import * as Completions from "effect-friendli/Completions"
import * as Cost from "effect-friendli/Cost"
import * as Datasets from "effect-friendli/Datasets"
import * as Embeddings from "effect-friendli/Embeddings"
import * as Endpoints from "effect-friendli/Endpoints"
import * as Files from "effect-friendli/Files"
import * as Images from "effect-friendli/Images"
import type { AnswerContext } from "effect-friendli/Operation"
import * as Tokens from "effect-friendli/Tokens"
import * as fc from "fast-check"
import * as Vectors from "effect-friendli-vectors"
import { type Part, rowsOf } from "../parts.js"

type Decode = (json: unknown, context?: AnswerContext) => Either.Either<unknown, unknown>

type Path = ReadonlyArray<string | number>

interface Row {
  readonly decode: Decode
  /** The vectors, by the end of their names. */
  readonly vectors: string
  /** Fields without which the answer is none, with `*` for any index. */
  readonly required: ReadonlyArray<string>
  /** Of these, those that may be null. */
  readonly nullable?: ReadonlyArray<string>
  /** Fields of which the schema takes more than one kind. */
  readonly open?: ReadonlyArray<string>
}

const call = "choices.*.message.tool_calls.*.function"

const rows: Readonly<Record<string, Row>> = {
  "chat.complete": {
    decode: Chat.completeOperation.decode,
    vectors: "chat.complete.response.json",
    required: ["choices", "choices.*.message", call, `${call}.name`]
  },
  "chat.stream": { decode: Chat.streamOperation.decode, vectors: "chat.stream.stream.json", required: [] },
  "completions.complete": {
    decode: Completions.completeOperation.decode,
    vectors: "completions.complete.response.json",
    required: ["choices", "choices.*.text"],
    nullable: ["choices.*.text"]
  },
  "completions.stream": {
    decode: Completions.streamOperation.decode,
    vectors: "completions.stream.stream.json",
    required: []
  },
  tokenize: { decode: Tokens.tokenizeOperation.decode, vectors: "token.tokenize.response.json", required: ["tokens"] },
  detokenize: {
    decode: Tokens.detokenizeOperation.decode,
    vectors: "token.detokenize.response.json",
    required: ["text"]
  },
  render: {
    decode: ChatRender.renderOperation.decode,
    vectors: "chat_render.render.response.json",
    required: ["text"]
  },
  embeddings: {
    decode: Embeddings.createOperation.decode,
    vectors: "embeddings.embeddings.response.json",
    required: ["data", "data.*.embedding"],
    open: ["data.*.embedding"]
  },
  "embeddings, base64": {
    decode: Embeddings.createOperation.decode,
    vectors: "embeddings.embeddings.response.base64.json",
    required: ["data", "data.*.embedding"],
    open: ["data.*.embedding"]
  },
  classification: {
    decode: Classification.classifyOperation.decode,
    vectors: "classification.classify.response.json",
    required: ["data", "data.*.probs"]
  },
  images: {
    decode: Images.generateOperation.decode,
    vectors: "dedicated.image.generate.response.json",
    required: ["data", "data.*.url"]
  },
  "images, base64": {
    decode: Images.generateOperation.decode,
    vectors: "dedicated.image.edit.response.b64.json",
    required: ["data", "data.*.b64_json"]
  },
  "images of a container": {
    decode: Images.generateContainerOperation.decode,
    vectors: "container.image.generate.response.json",
    required: ["image"]
  },
  transcription: {
    decode: Audio.transcribeOperation.decode,
    vectors: "audio.transcribe.response.json",
    required: ["text"]
  },
  "transcription, streamed": {
    decode: Audio.streamOperation.decode,
    vectors: "audio.stream.stream.json",
    required: ["type"]
  },
  "wake an endpoint": {
    decode: Endpoints.wakeOperation.decode,
    vectors: "endpoint.wake.response.json",
    required: ["status"]
  },
  "status of an endpoint": {
    decode: Endpoints.statusOperation.decode,
    vectors: "endpoint.get_status.response.json",
    required: ["status"]
  },
  "how an endpoint is set up": {
    decode: Endpoints.getOperation.decode,
    vectors: "endpoint.get_spec.response.json",
    required: ["name"]
  },
  "an endpoint for an artifact": {
    decode: Endpoints.createFromWandbArtifactOperation.decode,
    vectors: "endpoint.wandb_artifact_create.response.json",
    required: ["endpointId"]
  },
  "a dataset": {
    decode: Datasets.createOperation.decode,
    vectors: "dataset.create_dataset.response.json",
    required: ["id", "name"]
  },
  datasets: {
    decode: Datasets.listOperation.decode,
    vectors: "dataset.list_datasets.response.json",
    required: ["data", "data.*.id", "data.*.name"]
  },
  "a version": {
    decode: Datasets.getVersionOperation.decode,
    vectors: "dataset.get_version.response.json",
    required: ["id"]
  },
  versions: {
    decode: Datasets.listVersionsOperation.decode,
    vectors: "dataset.list_versions.response.json",
    required: ["versions", "versions.*.id"]
  },
  "a split": {
    decode: Datasets.getSplitOperation.decode,
    vectors: "dataset.get_split.response.json",
    required: ["id", "name"]
  },
  splits: {
    decode: Datasets.listSplitsOperation.decode,
    vectors: "dataset.list_splits.response.json",
    required: ["data", "data.*.id", "data.*.name"]
  },
  "samples that were added": {
    decode: Datasets.addSamplesOperation.decode,
    vectors: "dataset.add_samples.response.json",
    required: ["samples"]
  },
  samples: {
    decode: Datasets.listSamplesOperation.decode,
    vectors: "dataset.list_samples.response.json",
    required: ["data"]
  },
  "samples that were deleted": {
    decode: Datasets.deleteSamplesOperation.decode,
    vectors: "dataset.delete_samples.response.json",
    required: ["sampleIds"]
  },
  "where a file goes": {
    decode: Files.initUploadOperation.decode,
    vectors: "file.init_upload.response.json",
    required: ["fileId"],
    open: ["aws.key", "aws.policy", "aws.x-amz-signature"]
  },
  "a file": {
    decode: Files.getInfoOperation.decode,
    vectors: "file.get_info.response.json",
    required: ["id", "name", "size", "digest", "status"]
  },
  "where a file is": {
    decode: Files.getDownloadUrlOperation.decode,
    vectors: "file.get_download_url.response.json",
    required: ["fileId", "s3Uri", "downloadUrl"]
  },
  costs: {
    decode: Cost.getOperation.decode,
    vectors: "cost.get_cost.response.json",
    required: ["has_more", "data", "data.*.start_time", "data.*.end_time", "data.*.results", "data.*.results.*.total"],
    open: ["data.*.results.*.total", "data.*.results.*.quantity", "data.*.results.*.unit_price"]
  }
}

/** Whole answers and single events. The point keeps those of another operation out, whose name ends with the same words. */
const golden = (end: string): ReadonlyArray<unknown> =>
  Vectors.names
    .filter((name) => `.${name}`.endsWith(`.${end}`))
    .flatMap((name) =>
      name.endsWith(".stream.json") ? Vectors.json<ReadonlyArray<unknown>>(name) : [Vectors.json(name)]
    )

/** Keys of a map are tokens, not fields. */
const isMap = (path: Path): boolean => path.includes("top_logprobs") && path.includes("logprobs")

/** Every field of every object, with its value. */
const fieldsOf = (value: unknown, at: Path = []): ReadonlyArray<readonly [path: Path, value: unknown]> => {
  if (Array.isArray(value)) return value.flatMap((item, index) => fieldsOf(item, [...at, index]))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [
    [[...at, key], child] as const,
    ...fieldsOf(child, [...at, key])
  ])
}

const patternOf = (path: Path): string => path.map((part) => (typeof part === "number" ? "*" : part)).join(".")

const absent = Symbol()

/** A copy with another value at a path, or none. */
const changed = (value: unknown, [head, ...rest]: Path, to: unknown): unknown => {
  if (head === undefined) return to
  if (Array.isArray(value)) return value.map((item, index) => (index === head ? changed(item, rest, to) : item))
  const record = value as Record<string, unknown>
  const { [head]: child, ...others } = record
  if (rest.length > 0) return { ...record, [head]: changed(child, rest, to) }
  return to === absent ? others : { ...record, [head]: to }
}

/** Values of other kinds than a value has. */
const otherKinds = (value: unknown): ReadonlyArray<unknown> =>
  [["a text", "7"], [7, 1.5], [true], [["a list"], []], [{ an: "object" }, {}]]
    .filter(([example]) => Array.isArray(example) !== Array.isArray(value) || typeof example !== typeof value)
    .flat()

const operations = Object.entries(rows)

export const operationTests = (part: Part): void => {
  const rows = rowsOf(part, operations, ["completions.complete", "transcription, streamed"])

  describe.each(rows)("%s", (_, row) => {
    const answers = golden(row.vectors)
    const fields = answers.flatMap((answer) => fieldsOf(answer).map(([path, value]) => ({ answer, path, value })))
    const isRequired = (path: Path): boolean => row.required.includes(patternOf(path))

    it("has vectors, which contain the required fields", () => {
      assert.isAbove(answers.length, 0)
      for (const pattern of row.required) {
        assert.isTrue(
          fields.some(({ path }) => patternOf(path) === pattern),
          pattern
        )
      }
    })

    it("decodes without each field that is not required, and with null in its place", () => {
      for (const { answer, path } of fields.filter(({ path }) => !isRequired(path))) {
        for (const to of [absent, null]) {
          const decoded = row.decode(changed(answer, path, to))
          assert.isTrue(Either.isRight(decoded), `${patternOf(path)} ${to === null ? "null" : "absent"}`)
        }
      }
    })

    it("decodes without any number of them, and changes nothing that came", () => {
      // A chunk without choices is one only by what else it has.
      const optional = fields.filter(({ path }) => !isRequired(path) && patternOf(path) !== "choices")
      fc.assert(
        fc.property(
          fc.constantFrom(...answers),
          fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 12 }),
          (answer, picks) => {
            const paths = optional.filter((field) => field.answer === answer)
            let less = answer
            for (const [pick, isNull] of paths.length === 0 ? [] : picks) {
              const { path } = paths[pick % paths.length]!
              const isThere = fieldsOf(less).some(([other]) => other.join() === path.join())
              if (isThere) less = changed(less, path, isNull ? null : absent)
            }
            const before = JSON.stringify(less)
            const decoded = row.decode(less)
            assert.isTrue(Either.isRight(decoded), before)
            assert.strictEqual(JSON.stringify(less), before)
          }
        ),
        { numRuns: 200 }
      )
    })

    it("is rejected without each field that is required", () => {
      for (const { answer, path } of fields.filter(({ path }) => isRequired(path))) {
        const isNullable = row.nullable?.includes(patternOf(path)) === true
        assert.isTrue(Either.isLeft(row.decode(changed(answer, path, absent))), patternOf(path))
        assert.strictEqual(Either.isRight(row.decode(changed(answer, path, null))), isNullable, patternOf(path))
      }
    })

    it("is rejected where a field is of another kind", () => {
      for (const { answer, path, value } of fields) {
        if (value === null || isMap(path) || row.open?.includes(patternOf(path)) === true) continue
        for (const to of otherKinds(value)) {
          const decoded = row.decode(changed(answer, path, to))
          assert.isTrue(Either.isLeft(decoded), `${patternOf(path)}: ${JSON.stringify(to)}`)
        }
      }
    })

    it("keeps fields that are not known, whatever they are", () => {
      const odd = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(null, [], {}, "", 0, { toString: null }))
      fc.assert(
        fc.property(fc.constantFrom(...answers), odd, (answer, value) => {
          const more = { ...(answer as object), field_of_next_year: value }
          assert.deepStrictEqual<unknown>(Either.getOrThrow(row.decode(more)), more)
        }),
        { numRuns: 50 }
      )
    })
  })
}
