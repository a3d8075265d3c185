/**
 * A chat server with its page: the browser sends a question, and shows the answer as it arrives.
 *
 * Start it, and open http://localhost:3000.
 */
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { Chat, ChatStream, Serverless } from "effect-friendli"
import * as SseResponse from "effect-friendli/SseResponse"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { realpathSync } from "node:fs"
import { createServer } from "node:http"

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>Chat</title>
<main><h1>Chat</h1><form><label>Question <input name="question" required></label> <button>Ask</button></form>
<p><output></output></p></main>
<script type="module">
  const form = document.querySelector("form"), output = document.querySelector("output")
  const ask = async () => {
    output.textContent = ""
    const response = await fetch("/ask", { method: "POST", body: form.question.value })
    if (!response.ok) throw new Error("no answer")
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let rest = "", part; !(part = await reader.read()).done; ) {
      const events = (rest + part.value).split("\\n\\n")
      rest = events.pop()
      for (const event of events) {
        if (event.startsWith("data: {")) throw new Error("the answer broke off")
        if (event.startsWith('data: "')) output.textContent += JSON.parse(event.slice(6))
      }
    }
  }
  form.onsubmit = (event) => {
    event.preventDefault()
    ask().catch(() => (output.textContent += " There is no answer now. Please try again later."))
  }
</script></html>`

const ask = Effect.gen(function* () {
  const question = yield* Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => request.text)
  const answer = Chat.stream({ messages: [{ role: "user", content: question }], max_tokens: 500 })
  return yield* SseResponse.make(ChatStream.text(answer))
}).pipe(Effect.catchAll(SseResponse.fromError))

export const layer = HttpRouter.empty.pipe(
  HttpRouter.get("/", HttpServerResponse.html(page)),
  HttpRouter.post("/ask", ask),
  HttpServer.serve(),
  HttpServer.withLogAddress
)

export const runnable = layer.pipe(
  Layer.provide(Serverless.layerConfig({ model: Config.succeed("meta-llama-3.1-8b-instruct") })),
  Layer.provide(NodeHttpServer.layer(createServer, { port: 3000 })),
  Layer.provide(UndiciTransport.layer),
  Layer.launch
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
