import type { Consumption } from "../Consumption.js"
import { withZod } from "./task/with-zod.js"
import type { ToolCall } from "./task/requests.js"
import { inTurns, messages, type Make, model, token } from "./Contender.js"

interface Answer {
  readonly choices: ReadonlyArray<{
    readonly message: { readonly content: string; readonly tool_calls?: ReadonlyArray<ToolCall> }
  }>
  readonly usage: { readonly total_tokens: number }
}

interface Event {
  readonly choices: ReadonlyArray<{ readonly delta: { readonly content?: string } }>
  readonly usage: { readonly total_tokens: number } | null
}

/** How a baseline sends: returns the status and text of the answer, or its bytes as they arrive. */
export interface Transport {
  readonly text: (
    url: string,
    headers: Record<string, string>,
    body: string
  ) => Promise<{ readonly status: number; readonly text: string }>
  readonly bytes: (url: string, headers: Record<string, string>, body: string) => Promise<AsyncIterable<Uint8Array>>
  readonly close: () => Promise<void>
}

const read = async (body: AsyncIterable<Uint8Array>, tally: Consumption): Promise<void> => {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const bytes of body) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n")
    rest = blocks.pop()!
    for (const block of blocks) {
      const data = block.slice("data: ".length)
      if (data === "[DONE]") continue
      const event = JSON.parse(data) as Event
      tally.piece(event.choices[0]?.delta.content)
      if (event.usage) tally.usage(event.usage.total_tokens)
    }
  }
}

/** The lower bound with Node's own client: it splits and parses, and checks and handles nothing. */
export const over =
  (transport: Transport): Make =>
  (url) => {
    const path = `${url}/v1/chat/completions`
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const complete = async (body: object): Promise<Answer> =>
      JSON.parse((await transport.text(path, headers, JSON.stringify(body))).text) as Answer
    return {
      complete: (calls, atATime, tally) =>
        inTurns(calls, atATime, async () => {
          const answer = await complete({ model, messages })
          tally.piece(answer.choices[0]?.message.content)
          tally.usage(answer.usage.total_tokens)
        }),
      stream: (streams, atATime, tally) =>
        inTurns(streams, atATime, async () => {
          const body = { model, messages, stream: true, stream_options: { include_usage: true } }
          await read(await transport.bytes(path, headers, JSON.stringify(body)), tally)
        }),
      task: (tasks, atATime, tally) =>
        inTurns(tasks, atATime, async () => {
          const asked = await complete(withZod.asking)
          const answer = await complete(withZod.reporting(asked.choices[0]?.message.tool_calls ?? [], tally))
          withZod.read(answer.choices[0]?.message.content, tally)
          tally.usage(asked.usage.total_tokens)
          tally.usage(answer.usage.total_tokens)
        }),
      reject: (calls, tally) =>
        inTurns(calls, 1, async () => {
          tally.rejection((await transport.text(path, headers, JSON.stringify({ model, messages }))).status)
        }),
      close: transport.close
    }
  }
