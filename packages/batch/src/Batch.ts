/**
 * Batches: many requests that survive a crash.
 *
 * A batch runs a stream of requests with as many calls at a time as the server can take, records each answer in a journal before it returns the row,
 * and stops when a budget is reached. If you run it again with the same journal, it continues: recorded requests are not sent again.
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
 * A row for any operation that has a single answer (no stream).
 *
 * **When to use**: for operations without a function in this module, and for your own operations (`Operation.unary`).
 * @category requests
 */
export const of: <Input, Answer>(operation: Unary<Input, Answer>, request: Input, id: string) => Request<Answer> =
  making.of

/**
 * A row for a chat completion. `id` names the row in the results.
 * @category requests
 */
export const chat = (request: ChatRequest, id: string): Request<ChatCompletion> =>
  of(Chat.completeOperation, request, id)

/**
 * A row for a text completion. `id` names the row in the results.
 * @category requests
 */
export const completion = (request: CompletionRequest, id: string): Request<Completion> =>
  of(Completions.completeOperation, request, id)

/**
 * A row for an answer of the Messages API. `id` names the row in the results.
 * @category requests
 */
export const message = (request: MessagesRequest, id: string): Request<MessagesResponse> =>
  of(Messages.createOperation, request, id)

/**
 * A row for embeddings. `id` names the row in the results.
 * @category requests
 */
export const embeddings = (request: EmbeddingsRequest, id: string): Request<EmbeddingList> =>
  of(Embeddings.createOperation, request, id)

/**
 * A row for the tokens of a text. `id` names the row in the results.
 * @category requests
 */
export const tokenize = (request: TokenizeRequest, id: string): Request<Tokenized> =>
  of(Tokens.tokenizeOperation, request, id)

/**
 * The key of a row: a hash of the operation, the model and the request. The journal finds the row by this key.
 *
 * **Details**: the order of fields does not matter; fields that are `undefined` are ignored.
 * @category requests
 */
export const keyOf: (operation: string, model: string | undefined, request: unknown) => string = keys.keyOf

// --- running

/** Options of a batch. */
export interface Options {
  /**
   * How many calls run at the same time. A number is fixed. `"auto"`, or bounds, adapts: it starts with `initial` (8), doubles while the server keeps
   * up, decreases by a third after a 429, a 503 or when answers take twice as long, and stays between `min` (1) and `max` (256). Default: `"auto"`.
   */
  readonly concurrency?: settings.Concurrency | undefined
  /** The most that this run may use. Default: no limit. */
  readonly budget?: budgets.BudgetOptions | undefined
  /** Whether rows that failed in an earlier run are called again. Default: true. */
  readonly retryFailed?: boolean | undefined
  /**
   * The source of prices. Default: the catalogue, if the program provides `Models`, as the layer of `Serverless` does; otherwise the cost is not
   * known.
   */
  readonly prices?: prices.Prices | undefined
  /** Options of each call. The fields of its option `body` are part of the journal's settings. */
  readonly request?: RequestOptions | undefined
}

/** A batch. It runs while its rows are read. */
export interface Run<out A, out E> {
  /**
   * The outcome of each request, in the order in which calls finish. Can be read once. A row is emitted after its answer is recorded.
   *
   * If you stop reading, the running calls are interrupted. With `stop` they finish.
   */
  readonly rows: Stream.Stream<Row<A>, E | JournalError>
  /** The progress, also during the run. */
  readonly progress: Effect.Effect<Progress>
  /** The final numbers, and why the batch ended. Waits for the end of `rows`. */
  readonly summary: Effect.Effect<Summary>
  /** Stops new calls. Running calls finish and are recorded. */
  readonly stop: Effect.Effect<void>
}

/**
 * Prepares a batch with the journal of the context. It runs while its rows are read.
 *
 * **When to use**: for hundreds to hundreds of thousands of requests whose answers must not be lost or paid for twice.
 *
 * **Details**: equal rows (same request, model and operation) cause one call, within a run and across runs with the same journal; all of them get the
 * same answer. Answers are recorded exactly once. A call can still happen twice: a call that runs when the process is killed is not recorded. Budgets
 * count what this run uses. When a budget is reached, no new call starts, running calls finish, and the `reason` of `summary` names the budget. A
 * budget of cost or tokens is exceeded by at most one call if all answers cost the same. The batch also ends if the server rejects the token or the
 * account (`AuthenticationError`, `PermissionDeniedError`).
 *
 * Fails before anything is sent: with an `InvalidBatchError` if an option is not valid, with a `JournalMismatchError` if the journal belongs to other
 * settings. `rows` fails with a `JournalError` if an answer cannot be recorded.
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
          "a cost budget needs prices: provide Models, as the layer of Serverless does, or set the option prices; for other deployments, use a token budget"
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
 * Runs a batch to its end and returns the summary. `use` is called with each row, one after another. If it fails, the running calls are interrupted.
 *
 * **When to use**: to write the rows somewhere, one by one.
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
