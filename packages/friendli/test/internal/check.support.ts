/**
 * What the unit tests and the exhaustive tests of `check` share.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { ChatChunk } from "effect-friendli/schema/ChatChunk"
import { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import { Completion } from "effect-friendli/schema/Completion"
import { CompletionChunk } from "effect-friendli/schema/CompletionChunk"
import { Transcription, TranscriptEvent } from "effect-friendli/schema/Audio"
import { ChatRendered, ChatRenderRequest } from "effect-friendli/schema/ChatRender"
import { ChatRequest } from "effect-friendli/schema/ChatRequest"
import { ClassificationList, ClassificationRequest } from "effect-friendli/schema/Classification"
import { CompletionRequest } from "effect-friendli/schema/CompletionRequest"
import { EmbeddingList, EmbeddingsRequest } from "effect-friendli/schema/Embeddings"
import {
  ContainerEditImageRequest,
  ContainerGenerateImageRequest,
  ContainerImage,
  DedicatedImages,
  EditImageRequest,
  GenerateImageRequest,
  ImageResult
} from "effect-friendli/schema/Images"
import { MessagesEvent, MessagesStreamEvent } from "effect-friendli/schema/MessagesEvent"
import { MessagesRequest } from "effect-friendli/schema/MessagesRequest"
import { MessagesResponse } from "effect-friendli/schema/MessagesResponse"
import { Detokenized, DetokenizeRequest, Tokenized, TokenizeRequest } from "effect-friendli/schema/Tokens"
import * as fc from "fast-check"
import { isDeepStrictEqual } from "node:util"
import * as check from "../../src/internal/check.js"
import { parseJson } from "../../src/internal/json.js"
import { type Part, rowsOf } from "../parts.js"

const schemas: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  ChatChunk,
  ChatCompletion,
  ChatRendered,
  ClassificationList,
  Completion,
  CompletionChunk,
  ContainerImage,
  DedicatedImages,
  Detokenized,
  EmbeddingList,
  ImageResult,
  MessagesEvent,
  MessagesResponse,
  MessagesStreamEvent,
  Tokenized,
  TranscriptEvent,
  Transcription
}

/** Values that come out of `JSON.parse`, as all that is checked does. */
const throughJson = (value: unknown): unknown => {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

const paths = (value: unknown, at: ReadonlyArray<string> = []): Array<ReadonlyArray<string>> =>
  typeof value === "object" && value !== null
    ? [at, ...Object.entries(value).flatMap(([key, child]) => paths(child, [...at, key]))]
    : [at]

const replaced = (value: unknown, [key, ...rest]: ReadonlyArray<string>, by: unknown): unknown => {
  if (key === undefined) return by
  const child = (value as Record<string, unknown>)[key]
  const next = replaced(child, rest, by)
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? next : item))
  return { ...(value as object), [key]: next }
}

/** The encoder gives fields in the schema's order, the check in the caller's. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)])
  )
}

/** `Schema` has no verdict on objects that can be no text in the place of names: it throws over them, see `internal/decoding`. */
const unlessThrown = <A>(judge: () => A): A | undefined => {
  try {
    return judge()
  } catch {
    return undefined
  }
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(null, [], {}, "", 0, 1.5, -1, true, "null", [null], { choices: [] }, "[DONE]", {
    toString: null
  })
)

/** As answers come: the parser drops keys named `__proto__`, of which the decoder would make the prototype. */
const asParsed = (value: unknown): unknown => Either.getOrThrow(parseJson(JSON.stringify(value)))

const answers = Object.entries(schemas)

// A transcription's request holds a file, which is no JSON and has no arbitrary.
const requests: Readonly<Record<string, Schema.Schema.AnyNoContext>> = {
  ChatRenderRequest,
  ChatRequest,
  ClassificationRequest,
  CompletionRequest,
  ContainerEditImageRequest,
  ContainerGenerateImageRequest,
  DetokenizeRequest,
  EditImageRequest,
  EmbeddingsRequest,
  GenerateImageRequest,
  MessagesRequest,
  TokenizeRequest
}

const sent = Object.entries(requests)

export const answerTests = (part: Part): void => {
  const rows = rowsOf(part, answers, ["CompletionChunk"])

  describe.each(rows)("%s", (_, schema) => {
    const accepts = check.ofDecoding(schema)
    const decode = Schema.decodeUnknownEither<unknown, unknown>(schema, { onExcessProperty: "preserve" })

    const agrees = (value: unknown) => {
      const decoded = unlessThrown(() => decode(value))
      if (decoded === undefined) return false
      if (accepts(value)) {
        assert.isTrue(Either.isRight(decoded), "the decoder rejects what the check accepts")
        assert.deepStrictEqual(Either.getOrThrow(decoded), value)
      }
      // What the decoder changes is for the decoder: it adds a key of unknown value that is missing, and loses `__proto__`.
      return Either.isRight(decoded) && isDeepStrictEqual(decoded.right, value)
    }

    const valid = Arbitrary.make(schema).map(asParsed)

    it("accepts every valid value, so that the decoder is not needed", () => {
      fc.assert(
        fc.property(valid, (value) => {
          if (agrees(value)) assert.isTrue(accepts(value))
        }),
        { numRuns: 60 }
      )
    })

    it("agrees on values with one place replaced", () => {
      fc.assert(
        fc.property(valid, odd.map(asParsed), fc.nat(), (value, by, place) => {
          const all = paths(value)
          agrees(replaced(value, all[place % all.length]!, by))
        }),
        { numRuns: 150 }
      )
    })

    it("agrees on values with a field taken away or added", () => {
      fc.assert(
        fc.property(valid, odd.map(asParsed), fc.string(), (value, added, name) => {
          const record = value as Record<string, unknown>
          for (const key of Object.keys(record)) {
            agrees(Object.fromEntries(Object.entries(record).filter(([field]) => field !== key)))
          }
          // NaN is valid in a schema's number and null in JSON: not every valid value survives the way
          if (agrees(record)) assert.isTrue(agrees({ ...record, [`x_${name}`]: added }))
        }),
        { numRuns: 40 }
      )
    })

    it("agrees on any JSON", () => {
      fc.assert(
        fc.property(odd.map(asParsed), (value) => {
          agrees(value)
        }),
        { numRuns: 30 }
      )
    })
  })
}

export const requestTests = (part: Part): void => {
  const rows = rowsOf(part, sent, ["TokenizeRequest"])

  describe.each(rows)("%s", (_, schema) => {
    const accepts = check.ofEncoding(schema)
    const encode = Schema.encodeUnknownEither<unknown, unknown>(schema, { errors: "all", onExcessProperty: "error" })

    const agrees = (value: unknown) => {
      const encoded = unlessThrown(() => encode(value))
      if (encoded === undefined) return false
      const same = Either.isRight(encoded) && JSON.stringify(sorted(encoded.right)) === JSON.stringify(sorted(value))
      if (accepts(value)) {
        assert.isTrue(Either.isRight(encoded), "the encoder rejects what the check accepts")
        assert.isTrue(same, "the encoder changes what the check accepts")
      }
      return same
    }

    const valid = Arbitrary.make(schema).map(throughJson)

    it("accepts every valid request, so that the encoder is not needed", () => {
      fc.assert(
        fc.property(valid, (value) => {
          if (agrees(value)) assert.isTrue(accepts(value))
        }),
        { numRuns: 40 }
      )
    })

    it("agrees on requests with one place replaced", () => {
      fc.assert(
        fc.property(valid, odd, fc.nat(), (value, by, place) => {
          const all = paths(value)
          agrees(replaced(value, all[place % all.length]!, by))
        }),
        { numRuns: 150 }
      )
    })

    it("rejects an unknown field at any place, as the encoder does", () => {
      fc.assert(
        fc.property(valid, (value) => {
          const more = { ...(value as Record<string, unknown>), not_a_field: 1 }
          assert.isFalse(accepts(more))
          assert.isFalse(agrees(more))
        }),
        { numRuns: 30 }
      )
    })

    it("leaves objects whose JSON is another's business to the encoder", () => {
      fc.assert(
        fc.property(valid, (value) => {
          assert.isFalse(accepts(Object.assign(Object.create({ toJSON: () => 1 }), value)))
          assert.isFalse(accepts({ ...(value as object), [Symbol.for("x")]: 1 }))
        }),
        { numRuns: 20 }
      )
    })
  })
}
