/**
 * The planner: which functions a request calls, with which arguments, step by step.
 */
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import type { ChatMessage } from "../../src/engine/chatTemplate.js"
import { expressionsIn, valueOf } from "../../src/engine/planner/arithmetic.js"
import type { FunctionTool } from "../../src/engine/planner/choose.js"
import { dayOf, daysIn, timesIn } from "../../src/engine/planner/dates.js"
import { fillArguments } from "../../src/engine/planner/fill.js"
import { plan, type PlanOptions } from "../../src/engine/planner/plan.js"

const text = { type: "string" }
const integer = { type: "integer" }
const oneOf = (...members: ReadonlyArray<string>): object => ({ type: "string", enum: members })

const tool = (
  name: string,
  description: string,
  properties: object,
  required = Object.keys(properties)
): FunctionTool => ({
  name,
  description,
  parameters: { type: "object", properties, required, additionalProperties: false }
})

const tools = [
  tool("get_weather", "Get the current weather in a city", { city: text, unit: oneOf("fahrenheit", "celsius") }, [
    "city"
  ]),
  tool("calculator", "Evaluate an arithmetic expression", { expression: text }),
  tool("run_sql", "Run a SQL query against the database", { query: text }),
  tool("get_stock_price", "Get the latest price of a stock", { symbol: text }),
  tool(
    "create_event",
    "Create a calendar event",
    { title: text, start: { type: "string", format: "date-time" }, attendees: { type: "array", items: text } },
    ["title", "start"]
  ),
  tool("web_search", "Search the web", { query: text, limit: integer }, ["query"]),
  tool("read_page", "Read a web page", { url: { type: "string", format: "uri" } }),
  tool("send_email", "Send an email", { to: text, subject: text, body: text }),
  tool("translate", "Translate text into another language", { text, target_language: text }),
  tool("convert_currency", "Convert an amount between currencies", {
    amount: { type: "number" },
    from: oneOf("EUR", "USD", "KRW"),
    to: oneOf("EUR", "USD", "KRW")
  }),
  tool(
    "search_flights",
    "Search for flights",
    { origin: text, destination: text, date: { type: "string", format: "date" }, passengers: integer },
    ["origin", "destination", "date"]
  ),
  tool("set_light", "Control a light in a room", { room: oneOf("kitchen", "bedroom"), state: oneOf("on", "off") }),
  tool("get_order_status", "Look up the status of a customer's order", { order_id: text })
]

const today = dayOf("26 Jul 2024")
const user = (content: string): ChatMessage => ({ role: "user", content })
const called = (name: string): ChatMessage => ({
  role: "assistant",
  tool_calls: [{ function: { name, arguments: "{}" } }]
})
const result = (content: string): ChatMessage => ({ role: "tool", content })

const ajv = new Ajv2020({ validateFormats: false })

/** The calls as `name {arguments}`, whose arguments satisfy their schemas. */
const calls = (messages: ReadonlyArray<ChatMessage>, options: Partial<PlanOptions> = {}): ReadonlyArray<string> =>
  plan(messages, { tools, choice: "auto", parallel: true, today, ...options }).map(({ source, tool: one }) => {
    const written = fillArguments(one.parameters, source, 1)
    expect(ajv.validate(one.parameters, JSON.parse(written)), written).toBe(true)
    return `${one.name} ${written}`
  })

describe("a request calls what it asks for, with arguments from its text", () => {
  it.each<[prompt: string, ...calls: Array<string>]>([
    ["What's the weather in Paris?", `get_weather {"city":"Paris"}`],
    ["weather in paris", `get_weather {"city":"Paris"}`],
    ["Will I need an umbrella in Springfield tomorrow?", `get_weather {"city":"Springfield"}`],
    [
      "How's the weather in Paris and Rome, in Fahrenheit?",
      `get_weather {"city":"Paris","unit":"fahrenheit"}`,
      `get_weather {"city":"Rome","unit":"fahrenheit"}`
    ],
    ["서울 날씨 어때?", `get_weather {"city":"Seoul"}`],
    ["서울과 부산 날씨 알려줘", `get_weather {"city":"Seoul"}`, `get_weather {"city":"Busan"}`],
    ["What is 12*34 + 5?", `calculator {"expression":"12*34 + 5"}`],
    ["12 곱하기 34는?", `calculator {"expression":"12 * 34"}`],
    ["What's 15% of 80?", `calculator {"expression":"15 / 100 * 80"}`],
    ["Run SELECT * FROM users WHERE age > 30", `run_sql {"query":"SELECT * FROM users WHERE age > 30"}`],
    ["How many users signed up?", `run_sql {"query":"SELECT COUNT(*) FROM users;"}`],
    ["데이터베이스에서 고객 수를 조회해줘", `run_sql {"query":"SELECT COUNT(*) FROM customers;"}`],
    ["What is Tesla's stock price?", `get_stock_price {"symbol":"TSLA"}`],
    ["How is $NVDA trading?", `get_stock_price {"symbol":"NVDA"}`],
    ["삼성전자 주식 얼마야?", `get_stock_price {"symbol":"005930.KS"}`],
    [
      "Schedule a meeting with Bob tomorrow at 3pm",
      `create_event {"title":"Meeting with Bob","start":"2024-07-27T15:00:00Z","attendees":["Bob"]}`
    ],
    ["내일 오후 3시에 회의 일정 잡아줘", `create_event {"title":"회의","start":"2024-07-27T15:00:00Z"}`],
    [
      "Send an email to bob@example.com saying the report is ready",
      `send_email {"to":"bob@example.com","subject":"The report is ready","body":"the report is ready"}`
    ],
    [`Translate "good morning" to French`, `translate {"text":"good morning","target_language":"French"}`],
    ["Convert 100 USD to EUR", `convert_currency {"amount":100,"from":"USD","to":"EUR"}`],
    ["100달러를 유로로 환전하면?", `convert_currency {"amount":100,"from":"USD","to":"EUR"}`],
    [
      "Find flights from Seoul to Tokyo on 2025-03-01 for 2 passengers",
      `search_flights {"origin":"Seoul","destination":"Tokyo","date":"2025-03-01","passengers":2}`
    ],
    ["Turn off the kitchen light", `set_light {"room":"kitchen","state":"off"}`],
    ["Where is my order A-1234?", `get_order_status {"order_id":"A-1234"}`],
    ["Who won the world cup in 2022?", `web_search {"query":"Who won the world cup in 2022"}`],
    ["Read https://example.com/a.html and summarize it", `read_page {"url":"https://example.com/a.html"}`]
  ])("%s", (prompt, ...expected) => expect(calls([user(prompt)])).toEqual(expected))

  it.each([
    "Hello!",
    "Thank you",
    "Create a poem about spring",
    "Write a markdown table of three rivers and their lengths",
    "Write a story about the weather in Paris",
    "Tell me a joke",
    "Write a python function to add two numbers",
    "Explain recursion",
    "What is a language model?",
    "What can I do in Seoul in two days?",
    "How is the weather in Paris? Do not use any tools.",
    "봄에 대한 시를 하나 써줘"
  ])("none: %s", (prompt) => expect(calls([user(prompt)])).toEqual([]))
})

describe("arguments", () => {
  const args = (prompt: string, properties: object, required = Object.keys(properties)): unknown => {
    const one = tool("do_it", "Does something", properties, required)
    const [call] = plan([user(prompt)], { tools: [one], choice: { tool: one }, parallel: true, today })
    return JSON.parse(fillArguments(one.parameters, call!.source, 3)) as unknown
  }

  it("have the numbers of their units, lists, flags and objects", () => {
    expect(args("A trip for 4 people and 3 nights", { guests: integer, nights: integer })).toEqual({
      guests: 4,
      nights: 3
    })
    expect(args("Compare Paris, Rome and Oslo", { cities: { type: "array", items: text } })).toEqual({
      cities: ["Paris", "Rome", "Oslo"]
    })
    expect(args("Book it without breakfast", { breakfast: { type: "boolean" } })).toEqual({ breakfast: false })
    expect(
      args("From Seoul to Oslo", {
        trip: { type: "object", properties: { from: text, to: text }, required: ["from", "to"] }
      })
    ).toEqual({ trip: { from: "Seoul", to: "Oslo" } })
    expect(args("Add 12.5 and 7", { a: { type: "number" }, b: { type: "number" } })).toEqual({ a: 12.5, b: 7 })
  })

  it("leave out what is optional and not given, and satisfy the schema where the prompt does not", () => {
    expect(args("In Rome", { city: text, unit: oneOf("C", "F") }, ["city"])).toEqual({ city: "Rome" })
    expect(args("Weather in Rome", { city: oneOf("Seoul", "Oslo") })).toMatchObject({
      city: expect.stringMatching(/^(?:Seoul|Oslo)$/) as string
    })
    expect(args("Take 500", { count: { type: "integer", maximum: 10, minimum: 1 } })).toMatchObject({
      count: expect.toSatisfy((count: number) => count >= 1 && count <= 10) as number
    })
  })

  it("follow references and unions", () => {
    const one: FunctionTool = {
      name: "f",
      parameters: {
        type: "object",
        properties: { city: { $ref: "#/$defs/city" }, unit: { anyOf: [oneOf("C", "F"), { type: "null" }] } },
        required: ["city", "unit"],
        $defs: { city: { type: "string" } }
      }
    }
    const [call] = plan([user("Oslo in fahrenheit")], { tools: [one], choice: { tool: one }, parallel: true, today })
    expect(JSON.parse(fillArguments(one.parameters, call!.source, 1))).toEqual({ city: "Oslo", unit: "F" })
  })
})

describe("a conversation", () => {
  const found = JSON.stringify([{ title: "Docs", url: "https://example.com/docs" }])

  it("is answered in text when every call was made", () => {
    expect(calls([user("What's the weather in Paris?"), called("get_weather"), result("18 C")])).toEqual([])
    const both = user("Weather in Paris and Rome?")
    expect(calls([both], { parallel: false })).toEqual([`get_weather {"city":"Paris"}`])
    expect(calls([both, called("get_weather"), result("1")], { parallel: false })).toEqual([
      `get_weather {"city":"Rome"}`
    ])
    expect(calls([both, called("get_weather"), result("1"), called("get_weather"), result("2")])).toEqual([])
  })

  it("makes one step after another", () => {
    const asked = user("Search for Effect tutorials and then read the first result")
    expect(calls([asked])).toEqual([`web_search {"query":"Effect tutorials"}`])
    expect(calls([asked, called("web_search"), result(found)])).toEqual([
      `read_page {"url":"https://example.com/docs"}`
    ])
    expect(calls([asked, called("web_search"), result(found), called("read_page"), result("Effect is …")])).toEqual([])
    const two = user("What's the weather in Oslo? Then email it to a@b.com")
    expect(calls([two])).toEqual([`get_weather {"city":"Oslo"}`])
    expect(calls([two, called("get_weather"), result("It is 5 degrees.")])).toEqual([
      expect.stringMatching(/^send_email \{"to":"a@b\.com",.*It is 5 degrees\./) as string
    ])
  })

  it("reads what a search found when the question needs it", () => {
    const asked = user("What is new in TypeScript? Search the web.")
    expect(calls([asked, called("web_search"), result(found)])).toEqual([
      `read_page {"url":"https://example.com/docs"}`
    ])
  })

  it("continues with the function of the turn before", () => {
    const before = [
      user("Weather in Paris?"),
      called("get_weather"),
      result("18"),
      { role: "assistant", content: "18 °C" }
    ]
    expect(calls([...before, user("And in Rome?")])).toEqual([`get_weather {"city":"Rome"}`])
    expect(calls([...before, user("And with children?")])).toEqual([])
  })

  it("calls something when it must", () => {
    expect(calls([user("Go ahead.")], { choice: "required" })).toHaveLength(1)
    expect(calls([user("What is 2+3?")], { choice: "required" })).toEqual([`calculator {"expression":"2+3"}`])
    expect(calls([user("Weather in Rome"), called("get_weather"), result("1")], { choice: "required" })).toHaveLength(1)
  })
})

it("computes expressions and nothing else", () => {
  expect(expressionsIn("What is (2 + 3) * 4, and 10 / 4?").map(valueOf)).toEqual([20, 2.5])
  expect(expressionsIn("the square root of 144").map(valueOf)).toEqual([12])
  expect(expressionsIn("2 to the power of 10, and 1,200 + 34").map(valueOf)).toEqual([1024, 1234])
  for (const text of ["2024-07-26", "3-4 people", "call 555-1234", "1/0"]) expect(expressionsIn(text)).toEqual([])
})

it("reads days and times", () => {
  const days = (text: string): ReadonlyArray<string> => daysIn(text, today)
  expect(days("from July 4, 2025 to 6 July 2025")).toEqual(["2025-07-04", "2025-07-06"])
  expect(days("tomorrow, the day after tomorrow, next Monday")).toEqual(["2024-07-27", "2024-07-28", "2024-07-29"])
  expect(days("8월 15일, 내일, 다음 주 화요일")).toEqual(["2024-08-15", "2024-07-27", "2024-07-30"])
  expect(timesIn("at 3pm, 09:15, noon")).toEqual(["15:00", "09:15", "12:00"])
  expect(timesIn("오후 3시 반에, 오전 9시")).toEqual(["15:30", "09:00"])
})
