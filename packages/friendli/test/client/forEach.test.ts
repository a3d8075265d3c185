/**
 * Streams consumed without channels: the same elements, errors, order, back-pressure and release as `Stream.runForEach`.
 */
import { assert, describe } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Audio from "effect-friendli/Audio"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Completions from "effect-friendli/Completions"
import * as FriendliClient from "effect-friendli/FriendliClient"
import * as Messages from "effect-friendli/Messages"
import * as Metrics from "effect-friendli/Metrics"
import * as Responses from "effect-friendli/Responses"
import * as Retry from "effect-friendli/Retry"
import { MockHttpClient, Reply, Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"
import { it } from "../it.js"
import { forEach, forEachChunk, fromPull, toPull, unwrap, unwrapScoped } from "../../src/internal/streams.js"
import { collect, during, guarded, request, serverless, untilFailure } from "../support.js"

const chunks = Wire.chatChunks("one two three")
const once = { retry: Retry.never } as const

/** Every element that came, and the error that came after them. */
const told = <A, E, R>(run: (use: (element: A) => void) => Effect.Effect<void, E, R>) =>
  Effect.suspend(() => {
    const elements: Array<A> = []
    return Effect.match(
      run((element) => {
        elements.push(element)
      }),
      {
        onFailure: (error) => ({ elements, error: error as E | undefined }),
        onSuccess: () => ({ elements, error: undefined as E | undefined })
      }
    )
  })

const replies = {
  "a whole answer": Reply.sse(chunks),
  "no events": Reply.sse([]),
  "a cut answer": Reply.sse(`data: ${JSON.stringify(chunks[0])}\n\n`),
  "an error frame": Reply.sse([chunks[0], { error: { message: "no", code: 503 } }]),
  "a status": Reply.status(429),
  "no event stream": Reply.json({ error: { message: "no" } }),
  "an event that is not JSON": Reply.sse("data: {\n\n")
}

describe("Chat.forEach", () => {
  it.effect.each(Object.entries(replies))("tells of %s what Chat.stream tells", ([, reply]) =>
    Effect.gen(function* () {
      const streamed = yield* untilFailure(Chat.stream(request, once)).pipe(Effect.provide(serverless([reply])))
      const run = yield* told<Chat.ChatChunk, unknown, Chat.Chat>((use) => Chat.forEach(request, use, once)).pipe(
        Effect.provide(serverless([reply]))
      )
      assert.deepStrictEqual(run.elements, streamed.elements)
      assert.strictEqual((run.error as Error | undefined)?.message, streamed.error?.message)
    })
  )

  it.effect("runs effects one after another, and waits for each", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      let at = 0
      yield* during(
        Chat.forEach(request, () =>
          Effect.gen(function* () {
            const mine = at++
            order.push(`${mine} begins`)
            yield* Effect.sleep("1 second")
            order.push(`${mine} ends`)
          })
        ),
        "1 hour"
      )
      assert.deepStrictEqual(
        order,
        chunks.flatMap((_, index) => [`${index} begins`, `${index} ends`])
      )
    }).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )

  it.effect("ends with the failure of an effect, and releases the connection", () =>
    Effect.gen(function* () {
      let count = 0
      const error = yield* Effect.flip(
        Chat.forEach(request, () => (++count === 2 ? Effect.fail("enough" as const) : undefined))
      )
      assert.strictEqual(error, "enough")
      assert.strictEqual(count, 2)
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse([chunks[0], chunks[1]], { ending: "stall", done: false })])))
  )

  it.effect("dies of a callback that throws, and releases the connection", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Chat.forEach(request, () => {
          throw new Error("a bug")
        })
      )
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse([chunks[0]], { ending: "stall", done: false })])))
  )

  it.effect("is interrupted while it waits, and releases the connection", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(Chat.forEach(request, () => Deferred.succeed(begun, undefined)))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(fiber)
      yield* MockHttpClient.whenClosed
    }).pipe(Effect.provide(serverless([Reply.sse([chunks[0]], { ending: "stall", done: false })])))
  )

  it.effect("is retried until its first event, as a stream is", () =>
    Effect.gen(function* () {
      const { elements } = yield* during(
        told<Chat.ChatChunk, unknown, Chat.Chat>((use) =>
          Chat.forEach(request, use, { retry: Retry.transient(Schedule.recurs(1)) })
        ),
        "1 minute"
      )
      assert.lengthOf(elements, chunks.length)
      assert.lengthOf(yield* MockHttpClient.requests, 2)
    }).pipe(Effect.provide(serverless([Reply.status(503), Reply.sse(chunks)])))
  )

  it.effect("leaves the scope of its callback alone", () =>
    Effect.gen(function* () {
      const closed: Array<number> = []
      let at = 0
      const scope = yield* Scope.make()
      yield* Scope.extend(
        Chat.forEach(request, () => {
          const mine = at++
          return Effect.addFinalizer(() => Effect.sync(() => closed.push(mine)))
        }),
        scope
      )
      assert.lengthOf(closed, 0)
      yield* Scope.close(scope, Exit.void)
      assert.lengthOf(closed, chunks.length)
    }).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
  )

  it.effect("passes through middleware, and is measured", () =>
    Effect.gen(function* () {
      let seen = 0
      const counting = FriendliClient.layerMiddleware(
        Effect.succeed((next) => ({
          ...next,
          open: (operation, ...input) =>
            Effect.map(next.open(operation, ...input), ({ response, value }) => ({
              response,
              value: Stream.tap(value, () =>
                Effect.sync(() => {
                  seen++
                })
              )
            }))
        }))
      )
      const guard = Layer.merge(counting, Metrics.layer)
      yield* Chat.forEach(request, () => {}).pipe(Effect.provide(guarded(guard, [Reply.sse(chunks)])))
      assert.strictEqual(seen, chunks.length)
    })
  )
})

describe("every streaming operation", () => {
  const file = Upload.fromBytes(new Uint8Array(4), { name: "a.wav" })
  const completions = Wire.completionChunks("one two")
  it.effect("has a forEach that tells what its stream tells", () =>
    Effect.gen(function* () {
      const events = yield* told<unknown, unknown, FriendliClient.FriendliClient>((use) =>
        FriendliClient.forEach(Chat.streamOperation, request, use)
      ).pipe(Effect.provide(serverless([Reply.sse(chunks)])))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.elements, chunks)
      const texts = yield* told<Completions.CompletionChunk, unknown, Completions.Completions>((use) =>
        Completions.forEach({ prompt: "Hi" }, use)
      ).pipe(Effect.provide(serverless([Reply.sse(completions)])))
      assert.deepStrictEqual(texts.elements, completions)
      const responses = Wire.responseEvents("one two")
      const items = yield* told<Responses.ResponsesStreamEvent, unknown, Responses.Responses>((use) =>
        Responses.forEach({ input: "Hi" }, use)
      ).pipe(Effect.provide(serverless([Reply.sse(responses, { named: true })])))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(
        items.elements.map(({ data }) => data),
        responses
      )
      // the two others end in the same error as their streams, over an answer of another operation
      const wrong = Reply.sse(chunks)
      const message = { messages: [{ role: "user" as const, content: "Hi" }], max_tokens: 5 }
      const [a, b] = yield* Effect.all([
        Effect.flip(Messages.forEach(message, () => {}, once)).pipe(Effect.provide(serverless([wrong]))),
        Effect.flip(Stream.runDrain(Messages.stream(message, once))).pipe(Effect.provide(serverless([wrong])))
      ])
      assert.strictEqual(a.message, b.message)
      const [c, d] = yield* Effect.all([
        Effect.flip(Audio.forEach({ file }, () => {}, once)).pipe(Effect.provide(serverless([wrong]))),
        Effect.flip(Stream.runDrain(Audio.stream({ file }, once))).pipe(Effect.provide(serverless([wrong])))
      ])
      assert.strictEqual(c.message, d.message)
    })
  )

  it.effect("folds of a whole stream keep what they had when it fails", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ChatStream.fold(Chat.stream(request, once)))
      assert.strictEqual(error._tag, "StreamTruncatedError")
      assert.strictEqual(error.received?.events, 1)
    }).pipe(Effect.provide(serverless([replies["a cut answer"]])))
  )
})

describe("a stream remembers its pull", () => {
  const counted = () => {
    let left = 3
    return fromPull(Effect.sync(() => (left-- > 0 ? Chunk.of(left) : undefined)))
  }

  it.effect("and is consumed by it or by its channel, with the same elements", () =>
    Effect.gen(function* () {
      const forms: ReadonlyArray<() => Stream.Stream<number>> = [
        counted,
        () => unwrap(Effect.sync(counted)),
        () => unwrapScoped(Effect.sync(counted)),
        () => unwrapScoped(Effect.sync(() => unwrap(Effect.sync(counted)))),
        () => Stream.map(counted(), (it) => it),
        () => Stream.make(2, 1, 0)
      ]
      for (const form of forms) {
        assert.deepStrictEqual(yield* collect(form()), [2, 1, 0])
        const elements: Array<number> = []
        yield* forEach(form(), (it) => {
          elements.push(it)
        })
        assert.deepStrictEqual(elements, [2, 1, 0])
        yield* forEachChunk(form(), () => undefined)
      }
    })
  )

  it.effect("and releases its scope when the consumer is done", () =>
    Effect.gen(function* () {
      let open = 0
      const stream = unwrapScoped(
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() => open++),
            () => Effect.sync(() => open--)
          ),
          counted
        )
      )
      yield* forEach(stream, () => Effect.sync(() => assert.strictEqual(open, 1)))
      assert.strictEqual(open, 0)
      yield* Effect.scoped(Effect.flatMap(toPull(stream), (pull) => pull))
      assert.strictEqual(open, 0)
    })
  )
})
