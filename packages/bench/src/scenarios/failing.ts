import type { Scenario } from "./Scenario.js"

export const failingBodies = {
  image: "an image of 10 MB as a `data:` URL",
  text: "10 MB of plain text",
  echo: "10 MB of plain text, all of it in the error",
  korean: "a million Korean letters",
  messages: "20,000 messages, 10 MB"
} as const

export type FailingBody = keyof typeof failingBodies

export const failing: Scenario = {
  name: "failing",
  title: "Calls that fail with a large request",
  about:
    "The server rejects the request with 30 issues that each repeat the beginning of the request, or with one issue that repeats all of it. The figures are the processor time of a successful call, of a rejected call, and of one of three attempts that get a 429; and the longest block of the event loop. On undici; medians over several calls.",
  columns: [
    { figure: "whole", title: "ms/success", digits: 0 },
    { figure: "rejected", title: "ms/rejection", digits: 0 },
    { figure: "rejectedRatio", title: "to success", digits: 2 },
    { figure: "repeatedRatio", title: "429, an attempt, to success", digits: 2 },
    { figure: "wholeBlock", title: "block in success, ms", digits: 0 },
    { figure: "block", title: "longest block, ms", digits: 0 }
  ],
  subjects: Object.entries(failingBodies).map(([name, title]) => ({ name, title })),
  rounds: { quick: 1, full: 1 },
  measure: (subject, harness) => harness.program("failing-process.js", subject, harness.size)
}
