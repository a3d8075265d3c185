/**
 * A task for a model, in two calls: the answer to the first has calls of two tools; the answer to the second, which has their results, is a report as
 * JSON. This file has the answers of the server, and the values that a client must have read: of the decoded arguments and of the decoded report.
 */
import { type Answer, type Expected, json, lastPiece } from "./answers.js"
import type { Consumption } from "./Consumption.js"

type Tally = Pick<Consumption, "piece">

export interface Weather {
  readonly city: string
  readonly days: number
  readonly unit: "celsius" | "fahrenheit"
}

export interface Search {
  readonly query: string
  readonly near: { readonly latitude: number; readonly longitude: number }
  readonly categories: ReadonlyArray<string>
  readonly limit: number
}

export interface Day {
  readonly date: string
  readonly sky: "clear" | "clouds" | "rain"
  readonly low: number
  readonly high: number
  readonly places: ReadonlyArray<{ readonly name: string; readonly minutes: number }>
}

export interface Report {
  readonly title: string
  readonly days: ReadonlyArray<Day>
  readonly summary: string
}

export const weatherDescription = "The weather of the next days in a city"
export const searchDescription = "Places near a point, by what they offer"

/** The result of the program for each call. */
export const resultOf = (tool: string): string =>
  tool === "get_weather"
    ? JSON.stringify({ days: Array.from({ length: 5 }, (_, day) => ({ day, sky: "clear", low: 14 + day, high: 23 })) })
    : JSON.stringify({ places: ["Seoul Forest", "Nodeul Island", "Haneul Park"].map((name) => ({ name, open: true })) })

const weather: Weather = { city: "Seoul", days: 5, unit: "celsius" }

const search: Search = {
  query: "places to sit outside, not far from the river",
  near: { latitude: 37.5665, longitude: 126.978 },
  categories: ["park", "café", "terrace"],
  limit: 8
}

const report: Report = {
  title: "Five days outside",
  days: Array.from({ length: 5 }, (_, day) => ({
    date: `2026-06-0${day + 1}`,
    sky: (["clear", "clouds", "rain"] as const)[day % 3]!,
    low: 14 + day,
    high: 23.5 + day,
    places: Array.from({ length: 3 }, (_, place) => ({ name: `Place ${place} of day ${day}`, minutes: 10 + place }))
  })),
  summary: `Three of the five days are good for it; take a coat for the evenings.${lastPiece}`
}

export const readWeather = (tally: Tally, input: Weather): void =>
  tally.piece(`${input.city} ${input.days} ${input.unit}`)

export const readSearch = (tally: Tally, input: Search): void =>
  tally.piece(`${input.query} ${input.near.latitude} ${input.categories.join()} ${input.limit}`)

export const readReport = (tally: Tally, { days, summary, title }: Report): void => {
  tally.piece(title)
  for (const { high, places, sky } of days) tally.piece(`${sky} ${high} ${places.map(({ name }) => name).join()}`)
  tally.piece(summary)
}

const call = (id: string, name: string, input: unknown) => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(input) }
})

const total_tokens = 612

const answerOf = (message: object, finish_reason: string) => ({
  id: "chatcmpl-2f6d1a8c90b44e7a",
  object: "chat.completion",
  created: 1767225601,
  model: "meta-llama-3.1-8b-instruct",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason, logprobs: null }],
  usage: { prompt_tokens: 500, completion_tokens: total_tokens - 500, total_tokens }
})

const toolCalls = [call("call_8c1f", "get_weather", weather), call("call_8c20", "search_places", search)]

const asked = answerOf({ content: null, tool_calls: toolCalls }, "tool_calls")
const reported = answerOf({ content: JSON.stringify(report) }, "stop")

/** The answers of the server to the request with tools, and to the request for the report. */
export const answers: { readonly asked: Answer; readonly reported: Answer } = {
  asked: json(200, JSON.stringify(asked)),
  reported: json(200, JSON.stringify(reported))
}

export const expectedOfTasks = (tasks: number): Expected => {
  let characters = 0
  let pieces = 0
  const count = {
    piece: (text: string) => {
      pieces++
      characters += text.length
    }
  }
  readWeather(count, weather)
  readSearch(count, search)
  readReport(count, report)
  return {
    answers: tasks,
    pieces: tasks * pieces,
    characters: tasks * characters,
    tokens: tasks * 2 * total_tokens,
    rejections: 0
  }
}
