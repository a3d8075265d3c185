/** Calls with one large request, successful and rejected: prints milliseconds of processor time, and of blocks of the event loop. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as Chat from "effect-friendli/Chat"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { watched } from "./blocks.js"
import { model, token } from "./contenders/Contender.js"
import type { FailingBody } from "./scenarios/failing.js"
import { median } from "./statistics.js"

/** Some thousand words, the first ones much more frequent than the last, as in real text. */
const proseOf = (length: number): string => {
  let seed = 1
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return (seed >>> 8) / 0x7fffff
  }
  const syllables =
    "the of a re quest an swer with some text and more than one son while no bo dy ading its words lan guage".split(" ")
  const words = Array.from({ length: 5000 }, (_, at) =>
    Array.from({ length: at < 100 ? 1 : 2 + (at % 3) }, () => syllables[Math.floor(next() * syllables.length)]).join("")
  )
  const parts: Array<string> = []
  for (let size = 0; size < length; size += parts.at(-1)!.length + 1) {
    parts.push(words[Math.floor(words.length ** next()) - 1]! + (next() < 0.1 ? "," : ""))
  }
  return parts.join(" ").slice(0, length)
}

const bodies: Readonly<Record<FailingBody, () => Chat.ChatRequest["messages"]>> = {
  image: () => [
    {
      role: "user",
      content: [
        { type: "text", text: "What is in this picture, and where was it taken?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAA".repeat(416_667)}` } }
      ]
    }
  ],
  text: () => [{ role: "user", content: proseOf(10_000_000) }],
  echo: () => [{ role: "user", content: proseOf(10_000_000) }],
  korean: () => [
    { role: "user", content: "안녕하세요 오늘은 무엇을 도와드릴까요 ".repeat(50_000).slice(0, 1_000_000) }
  ],
  messages: () => {
    const prose = proseOf(10_000_000)
    return Array.from({ length: 20_000 }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: prose.slice(at * 500, at * 500 + 500)
    }))
  }
}

const [body, size] = process.argv.slice(2) as [FailingBody, "quick" | "full"]
const messages = bodies[body]()

const server = fork(fileURLToPath(new URL("failing-server-process.js", import.meta.url)), { execArgv: [] })
const [port] = (await once(server, "message")) as [number]

/** How many calls of each kind are made, and how many of them are for warming up. */
const calls = size === "quick" ? 10 : 16
const warmUp = 4

/** How the server answers. */
const segments = { whole: "whole", rejected: body === "echo" ? "echoed" : "rejected", repeated: "repeated" }

const callsOf = (answer: "whole" | "rejected" | "repeated") => {
  const runtime = ManagedRuntime.make(
    Serverless.layer({ token, model, baseUrl: `http://127.0.0.1:${port}/${segments[answer]}` }).pipe(
      Layer.provide(NodeHttpClient.layerUndici)
    )
  )
  const retry =
    answer === "repeated"
      ? Retry.backoff({ initialInterval: "1 millis", maxInterval: "1 millis", maxRetries: 2 })
      : Retry.never
  const call = Effect.match(Chat.complete({ messages }, { retry }), {
    onFailure: (error) =>
      error._tag === "RateLimitError" ? "repeated" : error._tag === "InvalidRequestError" ? "rejected" : error._tag,
    onSuccess: () => "whole"
  })
  return { call: () => runtime.runPromise(call), close: () => runtime.dispose() }
}

/** Medians of processor time and of the longest block. */
const measure = async (answer: "whole" | "rejected" | "repeated") => {
  const { call, close } = callsOf(answer)
  const times: Array<number> = []
  const blocks: Array<number> = []
  for (let at = 0; at < calls; at++) {
    const { block, cpu } = await watched(async () => {
      const ended = await call()
      if (ended !== answer) throw new Error(`the call ended with ${ended}, expected ${answer}`)
    })
    if (at < warmUp) continue
    times.push(cpu)
    blocks.push(block)
  }
  await close()
  return { time: median(times), block: median(blocks) }
}

const whole = await measure("whole")
const rejected = await measure("rejected")
const repeated = await measure("repeated")
server.kill()

console.log(
  JSON.stringify({
    whole: whole.time,
    rejected: rejected.time,
    rejectedRatio: rejected.time / whole.time,
    repeatedRatio: repeated.time / 3 / whole.time,
    wholeBlock: whole.block,
    block: Math.max(rejected.block, repeated.block)
  })
)
process.exit()
