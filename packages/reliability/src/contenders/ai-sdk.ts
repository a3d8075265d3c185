import { createFriendli } from "@friendliai/ai-provider"
import { APICallError, generateText, RetryError, streamText } from "ai"
import { type Contender, type Ending, take } from "../Contender.js"
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

/** As its documentation shows it: `generateText`, and `fullStream` of `streamText`, where failures are parts. */
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
      const answer = streamText({ ...request, onError: () => {} })
      let ended = "no end"
      for await (const part of answer.fullStream) {
        if (part.type === "error") return failed(part.error)
        if (part.type === "abort") ended = "aborted"
        if (part.type === "finish") {
          ended = part.finishReason === "stop" ? "complete" : `finish reason "${part.finishReason}"`
        }
        if (part.type !== "text-delta") continue
        progress.events++
        take(progress, call, part.text)
        await call.consume?.(progress.events)
        if (progress.events === call.take) return { ended: "left" }
      }
      return { ended }
    } catch (error) {
      return failed(error)
    }
  }
})
