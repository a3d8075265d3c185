/** Faults of the emulator, and the errors that the program gets. */
import { Duration, Effect, Option, Schedule } from "effect"
import { ChatStream, type FriendliError, Inference, Retry } from "effect-friendli"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import { seconds } from "../layout.js"
import { Screen } from "../screen.js"
import { hello, INDENT, note, paragraph, SceneError, system } from "./say.js"

const EVENTS_UNTIL_THE_CUT = 12

export const retries = Effect.gen(function* () {
  const screen = yield* Screen
  const server = yield* EmulatorServer
  yield* note(
    "The server will answer 503, then 429 with Retry-After: 1. Retry.defaultPolicy is a Schedule, so you can observe it:"
  )
  server.faults.enqueue({ status: 503 }, { status: 429, retryAfter: 1 })
  const before = server.requests.length
  const policy: Retry.Policy = Retry.defaultPolicy.pipe(
    Schedule.tapInput((error: FriendliError.FriendliStreamError) =>
      screen.write(
        `${INDENT}${screen.paint.yellow(`${error.status ?? ""} ${error._tag}`)}${Option.match(
          Option.fromNullable(error.retryAfter),
          { onNone: () => "", onSome: (wait) => `, Retry-After: ${Duration.toSeconds(wait)}` }
        )}`
      )
    ),
    Schedule.delays,
    Schedule.tapOutput((wait) => screen.line(` → waiting ${seconds(Duration.toMillis(wait))}`))
  )
  const [took, answer] = yield* Effect.timed(
    Inference.chatCompletion({ messages: [system, hello], max_tokens: 20 }, { retry: policy })
  )
  yield* paragraph(`"${(answer.choices[0]?.message.content ?? "").trim()}"`)
  yield* note(`recovered: ${server.requests.length - before} requests in ${seconds(Duration.toMillis(took))}`)
})

export const typedErrors = Effect.gen(function* () {
  const screen = yield* Screen
  const server = yield* EmulatorServer
  const show = (error: FriendliError.InvalidRequestError) =>
    Effect.gen(function* () {
      const fields = error.issues.map((issue) => issue.path.join(".")).join(", ")
      yield* screen.line(`${INDENT}${screen.paint.red(error._tag)} in ${screen.paint.bold(fields)}`)
      yield* paragraph(error.message)
    })
  const unexpected = () => new SceneError({ message: "the server answered an invalid request" })

  yield* note("Rejected by the server (422), for a field that the SDK does not check:")
  yield* note('{ body: { temperature: "hot" } }')
  yield* Inference.completion({ prompt: "Say this is a test!" }, { body: { temperature: "hot" } }).pipe(
    Effect.zipRight(Effect.suspend(unexpected)),
    Effect.catchTag("InvalidRequestError", show)
  )
  const before = server.requests.length
  yield* note("Rejected by the SDK: { messages: [], temperature: NaN }")
  yield* Inference.chatCompletion({ messages: [], temperature: Number.NaN }).pipe(
    Effect.zipRight(Effect.suspend(unexpected)),
    Effect.catchTag("InvalidRequestError", show)
  )
  yield* note(`requests to the server for the second call: ${server.requests.length - before}`)
})

export const cutStream = Effect.gen(function* () {
  const screen = yield* Screen
  const server = yield* EmulatorServer
  yield* note(
    `The connection will end after ${EVENTS_UNTIL_THE_CUT} events. ChatStream.fold fails, and its error has the answer so far:`
  )
  server.faults.enqueue({ truncate: { afterEvents: EVENTS_UNTIL_THE_CUT } })
  yield* Inference.chatCompletionStream({ messages: [system, hello], max_tokens: 200, seed: 7 }).pipe(
    ChatStream.fold,
    Effect.zipRight(Effect.suspend(() => new SceneError({ message: "a stream that was cut short passed for whole" }))),
    Effect.catchTag("StreamTruncatedError", (error) =>
      Effect.gen(function* () {
        yield* screen.line(`${INDENT}${screen.paint.red(error._tag)} after ${error.received.events} events`)
        yield* paragraph(error.message)
        const partial = Option.flatMapNullable(
          ChatStream.partial(error),
          (answer) => answer.choices[0]?.message.content
        )
        yield* paragraph(`received: "${Option.getOrElse(partial, () => "")}"`)
      })
    )
  )
})
