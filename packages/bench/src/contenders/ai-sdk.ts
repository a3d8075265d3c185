import { createFriendli } from "@friendliai/ai-provider"
import { APICallError, generateText, Output, streamText, tool, type ToolSet } from "ai"
import {
  readReport,
  readSearch,
  readWeather,
  resultOf,
  type Search,
  searchDescription,
  type Weather,
  weatherDescription
} from "../task.js"
import * as Zod from "./task/zod.js"
import { inTurns, messages, type Make, model, token } from "./Contender.js"

// Its tool types do not support `exactOptionalPropertyTypes`, so the types of the inputs are restored below.
const tools = {
  get_weather: tool({ description: weatherDescription, inputSchema: Zod.Weather }),
  search_places: tool({ description: searchDescription, inputSchema: Zod.Search })
} as ToolSet

const output = Output.object({ schema: Zod.Report })

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
    task: (tasks, atATime, tally) =>
      inTurns(tasks, atATime, async () => {
        const asked = await generateText({ ...request, tools })
        for (const call of asked.toolCalls) {
          // The SDK has checked each input against the schema of its tool, and marks invalid ones.
          if (call.invalid === true) throw call.error
          if (call.toolName === "get_weather") readWeather(tally, call.input as Weather)
          else readSearch(tally, call.input as Search)
        }
        const results = asked.toolCalls.map(({ toolCallId, toolName }) => ({
          type: "tool-result" as const,
          toolCallId,
          toolName,
          output: { type: "text" as const, value: resultOf(toolName) }
        }))
        const answer = await generateText({
          ...request,
          messages: [...conversation, ...asked.response.messages, { role: "tool", content: results }],
          output
        })
        readReport(tally, answer.output)
        tally.usage(asked.usage.totalTokens)
        tally.usage(answer.usage.totalTokens)
      }),
    reject: (calls, tally) =>
      inTurns(calls, 1, async () => {
        try {
          await generateText(request)
        } catch (error) {
          tally.rejection(APICallError.isInstance(error) ? error.statusCode : undefined)
        }
      }),
    close: async () => {}
  }
}
