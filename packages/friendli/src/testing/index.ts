/**
 * The test kit: programs that use this SDK, tested without a network.
 *
 * **The lightest way** is a mock of the capability that the program needs; what the program does not call may be left out:
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
 * **One step lower** is `MockHttpClient` under a real deployment layer: everything but the socket is real, and the request, the
 * retries, the clocks and the broken answers can be tested. `Reply` says what a server answers, `Failures` has a reply for each error.
 *
 * **With answers of a real server**: `Cassette` records them to a file and answers from it. **For a server of your own**: `Contract`
 * checks that the SDK gets on with it.
 */
export * as Cassette from "./Cassette.js"
export * as Contract from "./Contract.js"
export * as Failures from "./Failures.js"
export * as MockHttpClient from "./MockHttpClient.js"
export * as Reply from "./Reply.js"
export * as Wire from "./Wire.js"
