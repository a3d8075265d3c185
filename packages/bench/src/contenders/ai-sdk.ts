import { createFriendli } from "@friendliai/ai-provider"
import { generateText, streamText } from "ai"
import { inTurns, messages, type Make, model, token } from "./Contender.js"

export const make: Make = (url) => {
  const friendli = createFriendli({ apiKey: token, baseURL: `${url}/v1` })
  const [system, ...conversation] = messages
  const request = { model: friendli(model), system: system.content, messages: conversation }
  return {
    complete: (calls, atATime, tally) =>
      inTurns(calls, atATime, async () => {
        const answer = await generateText(request)
        tally.piece(answer.text)
        tally.usage(answer.usage.totalTokens)
      }),
    stream: (streams, atATime, tally) =>
      inTurns(streams, atATime, async () => {
        const answer = streamText(request)
        for await (const text of answer.textStream) tally.piece(text)
        tally.usage((await answer.usage).totalTokens)
      }),
    close: async () => {}
  }
}
