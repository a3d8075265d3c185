import { createFriendli } from "@friendliai/ai-provider"
import { APICallError, generateText, jsonSchema, RetryError, streamText, type ToolSet } from "ai"
import { type Answer, type Contender, type Ending, take } from "../Contender.js"
import { model, prompt, token } from "../wire.js"
import { messageOf, nameOf, render } from "./render.js"

const failed = (thrown: unknown): Ending => {
  const error = RetryError.isInstance(thrown) ? thrown.lastError : thrown
  return {
    ended: nameOf(error),
    message: messageOf(error),
    status: APICallError.isInstance(error) ? error.statusCode : undefined,
    renderings: render(thrown)
  }
}

/** Used as in its documentation: `generateText`, and `fullStream` of `streamText`, in which failures are parts. */
export const make = (): Contender => ({
  name: "ai-sdk",
  title: "ai",
  isOurs: false,
  patience: 3000,
  close: async () => {},
  run: async (call, signal, progress): Promise<Ending> => {
    try {
      const friendli = createFriendli({ apiKey: token, baseURL: `${call.baseUrl}/serverless/v1` })
      const { model: named = model, messages, ...fields } = call.request ?? {}
      const { headers, idle, total } = call.clocks ?? {}
      const totalMs = total ?? headers ?? (call.kind === "unary" ? idle : undefined)
      const request = {
        ...fields,
        model: friendli(named as string),
        ...(messages === undefined ? { prompt } : { messages: messages as [] }),
        abortSignal: signal,
        maxRetries: call.retry?.times ?? 0,
        timeout: {
          ...(totalMs === undefined ? {} : { totalMs }),
          ...(idle === undefined || call.kind === "unary" ? {} : { chunkMs: idle })
        }
      }
      if (call.kind === "unary") {
        const answer = await generateText(request)
        progress.events = 1
        progress.text = answer.text
        return { ended: "complete" }
      }
      const inputSchema = jsonSchema({ type: "object" })
      const tools = call.fold?.tools?.map((name) => [name, { inputSchema }] as const)
      const answer = streamText({
        ...request,
        ...(tools === undefined ? {} : { tools: Object.fromEntries(tools) as ToolSet }),
        onError: () => {}
      })
      let ended = "no end"
      const calls: Array<Answer["calls"][number]> = []
      let tokens: number | undefined
      for await (const part of answer.fullStream) {
        if (part.type === "error") return failed(part.error)
        if (part.type === "abort") ended = "aborted"
        if (part.type === "tool-call") {
          calls.push({ id: part.toolCallId, name: part.toolName, arguments: JSON.stringify(part.input) })
        }
        if (part.type === "finish") {
          const expected = call.fold?.tools === undefined ? "stop" : "tool-calls"
          ended = part.finishReason === expected ? "complete" : `finish reason "${part.finishReason}"`
          tokens = part.totalUsage.totalTokens
        }
        if (part.type !== "text-delta") continue
        progress.events++
        take(progress, call, part.text)
        await call.consume?.(progress.events)
        if (progress.events === call.take) return { ended: "left" }
      }
      return call.fold === undefined ? { ended } : { ended, answer: { texts: [progress.text], calls, tokens } }
    } catch (error) {
      return failed(error)
    }
  }
})
