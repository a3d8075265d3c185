/** The requests of the task for clients whose users write the JSON themselves, and how they read the answers: `JSON.parse`, then a check. */
import type { Consumption } from "../../Consumption.js"
import {
  readReport,
  readSearch,
  readWeather,
  type Report,
  resultOf,
  type Search,
  searchDescription,
  type Weather,
  weatherDescription
} from "../../task.js"
import { messages, model } from "../Contender.js"

/** JSON Schemas for the requests, and checks of parsed values that throw. */
export interface Schemas {
  readonly weather: Schema<Weather>
  readonly search: Schema<Search>
  readonly report: Schema<Report>
}

interface Schema<A> {
  readonly jsonSchema: Record<string, unknown>
  readonly parse: (value: unknown) => A
}

export interface ToolCall {
  readonly id: string
  readonly type: "function"
  readonly function: { readonly name: string; readonly arguments: string }
}

export const task = ({ report, search, weather }: Schemas) => ({
  /** The body of the first request. */
  asking: {
    model,
    messages: [...messages],
    tools: [
      {
        type: "function" as const,
        function: { name: "get_weather", description: weatherDescription, parameters: weather.jsonSchema }
      },
      {
        type: "function" as const,
        function: { name: "search_places", description: searchDescription, parameters: search.jsonSchema }
      }
    ]
  },
  /** The body of the second, after the calls have been read. */
  reporting: (calls: ReadonlyArray<ToolCall>, tally: Consumption) => {
    for (const { function: called } of calls) {
      const input: unknown = JSON.parse(called.arguments)
      if (called.name === "get_weather") readWeather(tally, weather.parse(input))
      else readSearch(tally, search.parse(input))
    }
    return {
      model,
      messages: [
        ...messages,
        { role: "assistant" as const, content: null, tool_calls: [...calls] },
        ...calls.map((call) => ({
          role: "tool" as const,
          tool_call_id: call.id,
          content: resultOf(call.function.name)
        }))
      ],
      response_format: {
        type: "json_schema" as const,
        json_schema: { name: "report", schema: report.jsonSchema }
      }
    }
  },
  read: (text: string | null | undefined, tally: Consumption): void =>
    readReport(tally, report.parse(JSON.parse(text ?? "")))
})
