/** Text of a model: as it arrives, and as a whole answer. */
import { Clock, Effect, Stream } from "effect"
import { ChatStream, Inference } from "effect-friendli"
import { makeWrapper, seconds } from "../layout.js"
import { Screen } from "../screen.js"
import { INDENT, note, paragraph, system, usageText } from "./say.js"

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
