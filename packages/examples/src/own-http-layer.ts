/**
 * Your own HTTP layer: undici with a connection limit, through the proxy in HTTPS_PROXY or HTTP_PROXY. Every request is
 * tagged and logged.
 *
 * The SDK uses the `HttpClient` that you provide, and has no own client. Requests already have their token at this point: log method
 * and URL, but no headers.
 */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option } from "effect"
import { Inference, Serverless } from "effect-friendli"
import { realpathSync } from "node:fs"
import { Agent, ProxyAgent } from "undici"

const proxyUrl = Config.option(
  Config.orElse(Config.nonEmptyString("HTTPS_PROXY"), () => Config.nonEmptyString("HTTP_PROXY"))
)

/** At most 16 connections per origin. They are closed when the program ends. */
const dispatcher = Layer.scoped(
  NodeHttpClient.Dispatcher,
  Effect.flatMap(proxyUrl, (proxy) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        Option.match(proxy, {
          onNone: () => new Agent({ connections: 16 }),
          onSome: (uri) => new ProxyAgent({ uri, connections: 16 })
        })
      ),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )
)

const tagged = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) =>
    client.pipe(
      HttpClient.mapRequest(HttpClientRequest.setHeader("x-job", "nightly")),
      HttpClient.tapRequest((request) => Console.log(`${request.method} ${request.url}`))
    )
  )
)

export const http = tagged.pipe(Layer.provide(NodeHttpClient.layerUndiciWithoutDispatcher), Layer.provide(dispatcher))

export const program = Inference.tokenization({
  model: "meta-llama-3.1-8b-instruct",
  prompt: "What is generative AI?"
}).pipe(Effect.tap(({ tokens }) => Console.log(tokens.join(" "))))

export const runnable = program.pipe(Effect.provide(Serverless.layerConfig()), Effect.provide(http))

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
