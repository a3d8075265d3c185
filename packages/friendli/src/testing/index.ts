/**
 * The test kit: tests programs that use this SDK, without a network.
 *
 * **The simplest way** is a mock of the capability that the program needs. Leave out the methods that the program does
 * not call:
 *
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { Chat, ChatStream } from "effect-friendli"
 * import { Wire } from "effect-friendli/testing"
 *
 * const mock = Layer.mock(Chat.Chat, {
 *   complete: () => Effect.succeed(Wire.chatCompletion("Hi!")),
 *   stream: () => Stream.fromIterable(Wire.chatChunks("Hi there!"))
 * })
 * const program = Chat.stream({ messages: [{ role: "user", content: "Hello!" }] }).pipe(ChatStream.text, Stream.mkString)
 * Effect.runPromise(Effect.provide(program, mock)).then(console.log)
 * // => Hi there!
 * ```
 *
 * **For conversations, tools and structured output**, `TestModel.script` is a model that answers with one turn after another, whichever
 * API the program uses.
 *
 * **One step lower** is `MockHttpClient` under a real deployment layer: everything except the socket is real, so that
 * requests, retries, timeouts and broken answers can be tested. `Reply` makes answers, `Failures` a reply for each
 * error.
 *
 * **With answers of a real server**: `Cassette` records them to a file and answers from it. **For your own server**: `Contract` checks
 * that it is compatible with the SDK.
 */
export * as Cassette from "./Cassette.js"
export * as Contract from "./Contract.js"
export * as Failures from "./Failures.js"
export * as MockHttpClient from "./MockHttpClient.js"
export * as Reply from "./Reply.js"
export * as TestModel from "./TestModel.js"
export * as Wire from "./Wire.js"
