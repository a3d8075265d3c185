import type OpenAI from "openai"
import { inTurns, messages, type Make, model, token } from "./Contender.js"

/** How either version is made. */
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
      close: async () => {}
    }
  }
