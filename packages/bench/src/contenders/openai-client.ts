import type OpenAI from "openai"
import { withZod } from "./task/with-zod.js"
import { inTurns, messages, type Make, model, token } from "./Contender.js"

/** The options of both versions. */
export interface Options {
  readonly apiKey: string
  readonly baseURL: string
}

/** The client of `openai`, with its defaults. */
export const over =
  (connect: (options: Options) => OpenAI): Make =>
  (url) => {
    const client = connect({ apiKey: token, baseURL: `${url}/v1` })
    const request = { model, messages: [...messages] }
    return {
      complete: (calls, atATime, tally) =>
        inTurns(calls, atATime, async () => {
          const answer = await client.chat.completions.create(request)
          tally.piece(answer.choices[0]?.message.content)
          tally.usage(answer.usage?.total_tokens)
        }),
      stream: (streams, atATime, tally) =>
        inTurns(streams, atATime, async () => {
          const chunks = await client.chat.completions.create({
            ...request,
            stream: true,
            stream_options: { include_usage: true }
          })
          for await (const chunk of chunks) {
            tally.piece(chunk.choices[0]?.delta.content)
            if (chunk.usage) tally.usage(chunk.usage.total_tokens)
          }
        }),
      task: (tasks, atATime, tally) =>
        inTurns(tasks, atATime, async () => {
          const asked = await client.chat.completions.create(withZod.asking)
          const calls = asked.choices[0]?.message.tool_calls ?? []
          const functions = calls.filter((call) => call.type === "function")
          const answer = await client.chat.completions.create(withZod.reporting(functions, tally))
          withZod.read(answer.choices[0]?.message.content, tally)
          tally.usage(asked.usage?.total_tokens)
          tally.usage(answer.usage?.total_tokens)
        }),
      reject: (calls, tally) =>
        inTurns(calls, 1, async () => {
          try {
            await client.chat.completions.create(request)
          } catch (error) {
            tally.rejection((error as { readonly status?: number }).status)
          }
        }),
      close: async () => {}
    }
  }
