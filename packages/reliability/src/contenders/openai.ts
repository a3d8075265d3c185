import { inspect } from "node:util"
import OpenAI, { APIError } from "openai"
import { compact, type Contender, type Ending, take } from "../Contender.js"
import { model, prompt, token } from "../wire.js"
import { messageOf, nameOf, render } from "./render.js"

/** Used as in its documentation: `create`, and `for await` over its result; `stream` if the answer is assembled. */
export const make = (): Contender => ({
  name: "openai",
  title: "openai",
  isOurs: false,
  patience: 3000,
  close: async () => {},
  run: async (call, signal, progress): Promise<Ending> => {
    const logs: Array<string> = []
    const log = (...args: ReadonlyArray<unknown>): void => void logs.push(inspect(args, { depth: 8 }))
    try {
      const client = new OpenAI({
        apiKey: token,
        baseURL: `${call.baseUrl}/serverless/v1`,
        maxRetries: call.retry?.times ?? 0,
        logger: { error: log, warn: log, info: log, debug: log },
        ...(call.clocks?.headers === undefined && call.clocks?.idle === undefined
          ? {}
          : { timeout: call.clocks.headers ?? call.clocks.idle! })
      })
      const total = call.clocks?.total
      const options = { signal: total === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(total)]) }
      const request = { model, messages: [{ role: "user" as const, content: prompt }], ...call.request }
      if (call.kind === "unary") {
        const answer = await client.chat.completions.create({ ...request, stream: false }, options)
        progress.events = 1
        // a body that is not an answer is returned unchecked, in spite of the types
        const choice = (answer as Partial<typeof answer> | null)?.choices?.[0]
        progress.text = choice?.message?.content ?? ""
        return { ended: choice?.finish_reason == null ? "no finish reason" : "complete" }
      }
      if (call.fold !== undefined) {
        const tools = call.fold.tools?.map((name) => ({
          type: "function" as const,
          function: { name, parameters: { type: "object" } }
        }))
        const { choices, usage } = await client.chat.completions
          .stream(
            { ...request, ...(tools === undefined ? {} : { tools }), stream_options: { include_usage: true } },
            options
          )
          .finalChatCompletion()
        progress.text = choices[0]?.message.content ?? ""
        return {
          ended: "complete",
          answer: {
            texts: choices.map(({ message }) => message.content ?? ""),
            calls: (choices[0]?.message.tool_calls ?? []).flatMap((made) =>
              made.type === "function"
                ? [{ id: made.id, name: made.function.name, arguments: compact(made.function.arguments) }]
                : []
            ),
            tokens: usage?.total_tokens
          }
        }
      }
      const chunks = await client.chat.completions.create(
        { ...request, stream: true, stream_options: { include_usage: true } },
        options
      )
      let finished = false
      for await (const chunk of chunks) {
        progress.events++
        // events are not checked either
        const choice = (chunk as Partial<typeof chunk> | null)?.choices?.[0]
        finished ||= choice?.finish_reason != null
        take(progress, call, choice?.delta?.content)
        await call.consume?.(progress.events)
        if (progress.events === call.take) return { ended: "left" }
      }
      return { ended: finished ? "complete" : "no finish reason" }
    } catch (error) {
      const status = error instanceof APIError ? (error.status as number | undefined) : undefined
      return { ended: nameOf(error), message: messageOf(error), status, renderings: [...render(error), ...logs] }
    }
  }
})
