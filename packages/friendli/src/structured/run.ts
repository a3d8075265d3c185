/**
 * One structured answer: ask, decode, ask again. In: a decoder, a request, and the functions of the capability. Out: the value with its
 * attempts, whole or while it arrives; or the error with all attempts.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { readings, withPartial } from "../accumulators/folds.js"
import * as PartialJson from "../partialJson/PartialJson.js"
import { type Kind, nextRequest, type OutputRetries } from "./outputRetries.js"
import {
  type Attempt,
  type Complete,
  type Growing,
  type Outcome,
  type Output,
  type OutputRejected,
  type Progress,
  rejectedError,
  totalUsage
} from "./attempts.js"
import type { Decoder, Rejection } from "./decoder.js"

/** The data that all attempts share. */
interface Shared<A, I, R, Request, Answer, Usage> {
  readonly kind: Kind<Request, Answer, Usage>
  readonly decoder: Decoder<A, I, R>
  readonly outputRetries: OutputRetries<Answer, Usage>
}

const noIssues: Rejection = { issues: [], json: undefined }

/** One evaluated answer: its attempt, and the value if it was accepted. */
interface Evaluated<A, Answer, Usage> {
  readonly attempt: Attempt<Answer, Usage>
  readonly decoded: Either.Either<A, Rejection>
}

/** Decodes an answer. An answer that ended at a limit may still be complete, so decoding decides; a refusal is not decoded. */
const evaluate = <A, I, R, Request, Answer, Usage>(
  { decoder, kind }: Shared<A, I, R, Request, Answer, Usage>,
  answer: Answer
): Effect.Effect<Evaluated<A, Answer, Usage>, never, R> => {
  const { ending, finishReason, text, usage } = kind.read(answer)
  const evaluated = (outcome: Outcome, decoded: Either.Either<A, Rejection>): Evaluated<A, Answer, Usage> => ({
    attempt: {
      outcome,
      text,
      issues: Either.isLeft(decoded) ? decoded.left.issues : [],
      finishReason,
      usage,
      answer
    },
    decoded
  })
  if (ending === "refused") return Effect.succeed(evaluated("refused", Either.left(noIssues)))
  return Effect.map(decoder.decode(text), (decoded) =>
    evaluated(Either.isRight(decoded) ? "accepted" : ending === "length" ? "length" : "invalid", decoded)
  )
}

/** Asks until an answer is accepted, or no attempt is left. */
export const whole = <A, I, R, Request, Answer, Usage extends object, E, R2>(
  shared: Shared<A, I, R, Request, Answer, Usage>,
  ask: (request: Request) => Effect.Effect<Answer, E, R2>,
  first: Request
): Effect.Effect<Output<A, Answer, Usage>, E | OutputRejected<Answer, Usage>, R | R2> =>
  Effect.gen(function* () {
    const attempts: Array<Attempt<Answer, Usage>> = []
    let request = first
    while (true) {
      const answer = yield* ask(request)
      const { attempt, decoded } = yield* evaluate(shared, answer)
      attempts.push(attempt)
      if (Either.isRight(decoded)) {
        return { value: decoded.right, answer, usage: totalUsage(attempts), attempts }
      }
      const next = nextRequest(shared.kind, shared.outputRetries, request, attempt, decoded.left, attempts.length)
      if (next === undefined) return yield* rejectedError(shared.kind.operation, attempts)
      request = next
    }
  })

/** Merges the events of one streamed answer. */
export interface Merging<Event, Answer> {
  /** Adds an event, and returns the text that it adds to the answer. */
  readonly add: (event: Event) => string
  readonly events: number
  readonly snapshot: (isWhole?: boolean) => Answer
}

/** As `whole`, with the value while it arrives. Runs from the beginning each time the stream runs. */
export const streamed = <A, I, R, Request, Event, Answer, Usage extends object, E, R2>(
  shared: Shared<A, I, R, Request, Answer, Usage>,
  open: (request: Request) => Stream.Stream<Event, E, R2>,
  merging: () => Merging<Event, Answer>,
  first: Request
): Stream.Stream<Progress<A, I, Answer, Usage>, E | OutputRejected<Answer, Usage>, R | R2> => {
  type Element = Progress<A, I, Answer, Usage>
  type Failure = E | OutputRejected<Answer, Usage>

  const attempted = (
    request: Request,
    before: ReadonlyArray<Attempt<Answer, Usage>>
  ): Stream.Stream<Element, Failure, R | R2> =>
    Stream.suspend(() => {
      const number = before.length + 1
      const merged = merging()
      const growing = (reading: PartialJson.Reading<I> | undefined): ReadonlyArray<Growing<I>> =>
        // The whole schema decides at the end of the text whether it is valid.
        reading?._tag === "Growing" ? [{ ...reading, attempt: number }] : []

      const arriving: Stream.Stream<Element, Failure, R2> = readings(open(request), () => {
        const reader = PartialJson.make(shared.decoder.encoded)
        return {
          add: (event) => {
            const piece = merged.add(event)
            return piece === "" ? [] : growing(reader.push(piece))
          },
          flush: () => growing(reader.flush()),
          end: () => growing(reader.flush())
        }
      }).pipe(Stream.mapError((error) => withPartial(error, merged)))

      const ended: Stream.Stream<Element, Failure, R | R2> = Stream.unwrap(
        Effect.suspend(() => {
          const answer = merged.snapshot(true)
          return Effect.map(
            evaluate(shared, answer),
            ({ attempt, decoded }): Stream.Stream<Element, Failure, R | R2> => {
              const attempts = [...before, attempt]
              if (Either.isRight(decoded)) {
                const usage = totalUsage<Usage>(attempts)
                const complete: Complete<A, Answer, Usage> = {
                  _tag: "Complete",
                  attempt: number,
                  value: decoded.right,
                  answer,
                  usage,
                  attempts
                }
                return Stream.succeed(complete)
              }
              const next = nextRequest(shared.kind, shared.outputRetries, request, attempt, decoded.left, number)
              if (next === undefined) return Stream.fail(rejectedError(shared.kind.operation, attempts))
              return Stream.concat(
                Stream.succeed<Element>({ _tag: "Rejected", attempt: number, rejected: attempt }),
                attempted(next, attempts)
              )
            }
          )
        })
      )
      return Stream.concat(arriving, ended)
    })

  return attempted(first, [])
}
