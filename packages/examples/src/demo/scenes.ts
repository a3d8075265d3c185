/**
 * What the demo shows, one scene each. A scene needs capabilities and a screen; which API answers is not its business.
 */
import { Array, Clock, Data, Duration, Effect, Option, Schedule, Stream } from "effect"
import { ChatStream, type FriendliError, Inference, Retry } from "effect-friendli"
import type { Usage } from "effect-friendli/schema/Usage"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import { clean, indented, makeWrapper, seconds, table, wrap } from "./layout.js"
import { Screen } from "./screen.js"

const INDENT = "  "
const EVENTS_UNTIL_THE_CUT = 12

/** A scene that did not go as it always does: a bug in the SDK or in the emulator. */
export class SceneError extends Data.TaggedError("SceneError")<{ readonly message: string }> {}

const system = { role: "system", content: "You are a helpful assistant." } as const
const hello = { role: "user", content: "Hello!" } as const

const paragraph = (text: string) => Effect.flatMap(Screen, (screen) => screen.line(wrap(text, screen.width, INDENT)))

const note = (text: string) =>
  Effect.flatMap(Screen, (screen) => screen.line(screen.paint.dim(wrap(text, screen.width, INDENT))))

const usageText = (usage: Usage | null | undefined): string =>
  usage == null
    ? "usage: not told"
    : `usage: ${usage.prompt_tokens} prompt + ${usage.completion_tokens} completion = ${usage.total_tokens} tokens`

export const streamedChat = (prompt: string) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const wrapper = makeWrapper(screen.width, INDENT)
    yield* note(`Inference.chatCompletionStream: "${prompt}"`)
    const started = yield* Clock.currentTimeMillis
    let first: number | undefined
    const answer = yield* Inference.chatCompletionStream({
      messages: [system, { role: "user", content: prompt }],
      max_tokens: 200,
      seed: 7
    }).pipe(
      Stream.tap((chunk) =>
        Effect.gen(function* () {
          const text = chunk.choices[0]?.delta.content ?? ""
          if (text === "") return
          first ??= yield* Clock.currentTimeMillis
          yield* screen.write(wrapper.push(text))
        })
      ),
      ChatStream.fold
    )
    const ended = yield* Clock.currentTimeMillis
    yield* screen.line(wrapper.end())
    const tokens = answer.usage?.completion_tokens ?? 0
    const rate = tokens / (Math.max(1, ended - (first ?? started)) / 1000)
    yield* note(usageText(answer.usage))
    yield* note(
      [
        `finish reason: ${answer.choices[0]?.finish_reason ?? "none"}`,
        `first text after ${seconds((first ?? ended) - started)}`,
        `${rate.toFixed(0)} tokens per second`
      ].join(" · ")
    )
  })

export const completion = Effect.gen(function* () {
  const prompt = "Say this is a test!"
  yield* note(`Inference.completion: "${prompt}", top_k: 1`)
  const answer = yield* Inference.completion({ prompt, top_k: 1, max_tokens: 200 })
  const choice = answer.choices[0]
  yield* paragraph((choice?.text ?? "").trim())
  yield* note(`${usageText(answer.usage)} · finish reason: ${choice?.finish_reason ?? "none"}`)
})

export const tokens = Effect.gen(function* () {
  const screen = yield* Screen
  const prompt = "What is generative AI?"
  yield* note(`Inference.tokenization: "${prompt}"`)
  const { tokens: ids } = yield* Inference.tokenization({ prompt })
  const pieces = yield* Effect.forEach(ids, (id) => Inference.detokenization({ tokens: [id] }), { concurrency: 4 })
  const rows = Array.zipWith(ids, pieces, (id, { text }) => [
    String(id),
    text === "" ? "no text: a special token" : JSON.stringify(clean(text))
  ])
  yield* screen.line(indented(table(["id", "piece"], rows, ["right", "left"])))
  yield* note(`ids: ${ids.join(", ")}`)
  yield* note("Inference.detokenization of all of them:")
  const { text } = yield* Inference.detokenization({ tokens: ids })
  yield* paragraph(`"${text}" · ${text === prompt ? "the same text came back" : "another text came back"}`)
})

export const retries = Effect.gen(function* () {
  const screen = yield* Screen
  const server = yield* EmulatorServer
  yield* note(
    "The server will answer 503, then 429 with Retry-After: 1. Retry.defaultPolicy is a Schedule, so it can be watched:"
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
  const unexpected = () => new SceneError({ message: "a request that is not valid was answered" })

  yield* note('Rejected by the server (422): a field that the SDK does not check, { body: { temperature: "hot" } }')
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
  yield* note(`requests that the server saw of the second: ${server.requests.length - before}`)
})

export const cutStream = Effect.gen(function* () {
  const screen = yield* Screen
  const server = yield* EmulatorServer
  yield* note(
    `The connection will end after ${EVENTS_UNTIL_THE_CUT} events. ChatStream.fold fails, and its error has what came until then:`
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
