/**
 * Batches: many requests that survive a crash.
 *
 * A batch runs a stream of requests with as many calls at a time as the server can take, records each answer in a journal before it
 * hands it on, and stops when a budget is reached. Run again with the same journal, it continues: what is recorded is not called again.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Completions from "effect-friendli/Completions"
import * as Embeddings from "effect-friendli/Embeddings"
import { FriendliClient } from "effect-friendli/FriendliClient"
import * as Messages from "effect-friendli/Messages"
import type { Unary } from "effect-friendli/Operation"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import type { ChatCompletion } from "effect-friendli/schema/ChatCompletion"
import type { ChatRequest } from "effect-friendli/schema/ChatRequest"
import type { Completion } from "effect-friendli/schema/Completion"
import type { CompletionRequest } from "effect-friendli/schema/CompletionRequest"
import type { EmbeddingList, EmbeddingsRequest } from "effect-friendli/schema/Embeddings"
import type { MessagesRequest } from "effect-friendli/schema/MessagesRequest"
import type { MessagesResponse } from "effect-friendli/schema/MessagesResponse"
import type { Tokenized, TokenizeRequest } from "effect-friendli/schema/Tokens"
import * as Tokens from "effect-friendli/Tokens"
import { InvalidBatchError, type JournalError, type JournalMismatchError } from "./BatchError.js"
import { Journal } from "./Journal.js"
import * as budgets from "./run/budget.js"
import * as keys from "./run/key.js"
import * as prices from "./run/prices.js"
import * as making from "./run/request.js"
import type { Progress, Request, Row, Summary } from "./run/rows.js"
import * as runs from "./run/run.js"
import * as settings from "./run/settings.js"

export type { BudgetOptions } from "./run/budget.js"
export type { Prices } from "./run/prices.js"
export type { Concurrency } from "./run/settings.js"
export type { Answered, Done, EndReason, Failed, Progress, Request, Row, Summary } from "./run/rows.js"

// --- requests

/**
 * A row of any operation with one answer.
 *
 * **When to use**: for operations that have no function of their own here, and for your own (`Operation.unary`).
 * @category requests
 */
export const of: <Input, Answer>(operation: Unary<Input, Answer>, request: Input, id: string) => Request<Answer> =
  making.of

/**
 * A row that asks for a chat completion.
 * @category requests
 */
export const chat = (request: ChatRequest, id: string): Request<ChatCompletion> =>
  of(Chat.completeOperation, request, id)

/**
 * A row that asks for a completion.
 * @category requests
 */
export const completion = (request: CompletionRequest, id: string): Request<Completion> =>
  of(Completions.completeOperation, request, id)

/**
 * A row that asks for an answer of the Messages API.
 * @category requests
 */
export const message = (request: MessagesRequest, id: string): Request<MessagesResponse> =>
  of(Messages.createOperation, request, id)

/**
 * A row that asks for embeddings.
 * @category requests
 */
export const embeddings = (request: EmbeddingsRequest, id: string): Request<EmbeddingList> =>
  of(Embeddings.createOperation, request, id)

/**
 * A row that asks for the tokens of a text.
 * @category requests
 */
export const tokenize = (request: TokenizeRequest, id: string): Request<Tokenized> =>
  of(Tokens.tokenizeOperation, request, id)

/**
 * The key of a request of an operation to a model: a hash, by which the journal finds the row.
 *
 * **Details**: the order of fields and fields that are `undefined` make no difference.
 * @category requests
 */
export const keyOf: (operation: string, model: string | undefined, request: unknown) => string = keys.keyOf

// --- running

/** Options of a batch. */
export interface Options {
  /**
   * How many calls run at the same time. A number is fixed. `"auto"`, or bounds, adapts: it begins with `initial` (8), doubles while
   * the server keeps up, falls by a third at a 429, a 503 or when answers take twice as long, and stays between `min` (1) and `max`
   * (256). Default: `"auto"`.
   */
  readonly concurrency?: settings.Concurrency | undefined
  /** What the batch may use at most in this run. Default: no limit. */
  readonly budget?: budgets.BudgetOptions | undefined
  /** Whether rows that failed in an earlier run are called again. Default: true. */
  readonly retryFailed?: boolean | undefined
  /**
   * Where prices come from. Default: the catalogue, if the program provides `Models`, as the layer of `Serverless` does; else the cost is
   * not known.
   */
  readonly prices?: prices.Prices | undefined
  /** Options of each call. What the option `body` adds is part of the journal's settings. */
  readonly request?: RequestOptions | undefined
}

/** A batch. It runs while its rows are read. */
export interface Run<out A, out E> {
  /**
   * The outcome of each request, in the order in which they come. Can be read once. A row is given when its answer is recorded.
   *
   * Whoever stops reading interrupts the calls that run; `stop` lets them end.
   */
  readonly rows: Stream.Stream<Row<A>, E | JournalError>
  /** How the batch stands. */
  readonly progress: Effect.Effect<Progress>
  /** How it ended. Waits for the end of `rows`. */
  readonly summary: Effect.Effect<Summary>
  /** Starts no further call. Those that run end, and are recorded. */
  readonly stop: Effect.Effect<void>
}

/**
 * Prepares a batch over a journal. It runs when its rows are read.
 *
 * **When to use**: for hundreds to hundreds of thousands of requests, whose answers must not be lost or paid for twice.
 *
 * **Details**: rows that ask for the same (equal request, model and operation) are called once, within a run and across runs with the
 * same journal; the others get the same answer. Answers are recorded exactly once. A call can happen twice all the same: one that runs
 * when the process is killed leaves no trace. `budget` counts what this run uses; when one is reached, no call is started any more,
 * those that run end, and `summary` says which budget it was. Of a budget of cost or tokens, at most one call too many is spent if all
 * answers cost the same. If the server refuses the token or the account (`AuthenticationError`, `PermissionDeniedError`) the batch
 * ends as well.
 *
 * Fails with an `InvalidBatchError` before anything is sent, with a `JournalMismatchError` if the journal belongs to other settings.
 * `rows` fails with a `JournalError` if an answer cannot be recorded.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Effect, Stream } from "effect"
 * import { Serverless } from "effect-friendli"
 * import { Batch, Journal } from "effect-friendli-batch"
 *
 * const questions = Stream.range(1, 20).pipe(
 *   Stream.map((number) =>
 *     Batch.chat(
 *       { model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: `Is ${number} a prime number?` }], max_tokens: 20 },
 *       `question-${number}`
 *     )
 *   )
 * )
 *
 * Effect.gen(function* () {
 *   const batch = yield* Batch.run(questions, { budget: { cost: "$1", failures: 0.1 } })
 *   yield* Stream.runDrain(batch.rows)
 *   const { done, failed, reason } = yield* batch.summary
 *   console.log(done, failed, reason)
 * }).pipe(
 *   // Journal.layerFile("questions.journal") survives the process
 *   Effect.provide(Journal.layerMemory),
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * )
 * // => 20 0 end
 * ```
 * @category running
 */
export const run = <A, E, R>(
  requests: Stream.Stream<Request<A>, E, R>,
  options: Options = {}
): Effect.Effect<Run<A, E>, InvalidBatchError | JournalError | JournalMismatchError, FriendliClient | Journal | R> =>
  Effect.gen(function* () {
    const client = yield* FriendliClient
    const journal = yield* Journal
    const limiter = yield* settings.limiterOf(options.concurrency)
    const budget = yield* budgets.make(options.budget)
    const costOf = yield* prices.make(options.prices)
    if (budget.cost !== undefined && Option.isNone(costOf)) {
      return yield* new InvalidBatchError({
        message:
          "a budget of cost needs prices: provide Models, as the layer of Serverless does, or give the option prices; for other deployments, take a budget of tokens"
      })
    }
    const request = options.request ?? {}
    yield* journal.begin(settings.hashOf(client.deployment, request))
    const context = yield* Effect.context<R>()
    return yield* runs.run(Stream.provideContext(requests, context), {
      client,
      journal,
      limiter,
      budget,
      costOf: Option.getOrUndefined(costOf),
      options: request,
      retryFailed: options.retryFailed ?? true
    })
  })

/**
 * Runs a batch to its end, and gives the summary. `use` gets each row.
 *
 * **When to use**: where the rows are written somewhere, one by one.
 * @category running
 */
export const runForEach = <A, E, R, E2 = never, R2 = never>(
  requests: Stream.Stream<Request<A>, E, R>,
  use: (row: Row<A>) => Effect.Effect<unknown, E2, R2>,
  options: Options = {}
): Effect.Effect<
  Summary,
  E | E2 | InvalidBatchError | JournalError | JournalMismatchError,
  FriendliClient | Journal | R | R2
> =>
  Effect.gen(function* () {
    const batch = yield* run(requests, options)
    yield* Stream.runForEach(batch.rows, use)
    return yield* batch.summary
  })
