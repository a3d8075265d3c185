import { FetchHttpClient, type HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { ConfigProvider, type Duration, Effect, Layer } from "effect"
import { Retry, Serverless } from "effect-friendli"
import { make } from "effect-friendli-emulator/EmulatorServer"
import type { ListenOptions, RunningEmulator } from "effect-friendli-emulator/NodeServer"
import { createServer } from "node:http"
import { vi } from "vitest"

/** An emulator on a socket of its own, until the test ends. */
export const emulator = (options?: ListenOptions) => make({ port: 0, ...options })

/** The SDK over an emulator on a socket, without retries. */
export const friendli = (upstream: RunningEmulator, headersTimeout: Duration.DurationInput = "20 seconds") =>
  Layer.provide(
    Serverless.layer({
      token: "flp_test",
      baseUrl: upstream.url,
      model: "meta-llama-3.1-8b-instruct",
      retry: Retry.never,
      headersTimeout
    }),
    FetchHttpClient.layer
  )

/**
 * The address of an example's server, which answers with what the emulator says: on a free port and over sockets on both sides, until the
 * test ends.
 */
export const serving = <E>(
  server: Layer.Layer<
    never,
    E,
    Serverless.Capabilities | HttpServer.HttpServer | HttpRouter.HttpRouter.DefaultServices
  >,
  upstream: RunningEmulator,
  headersTimeout?: Duration.DurationInput
) =>
  server.pipe(
    Layer.provide(friendli(upstream, headersTimeout)),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.build,
    Effect.flatMap((context) =>
      Effect.provide(
        HttpServer.addressFormattedWith((url) => Effect.succeed(url)),
        context
      )
    )
  )

/** What a request said. */
export const bodyOf = (server: RunningEmulator, index: number): object => {
  const body = server.requests[index]?.body
  assert.isObject(body)
  return body as object
}

/** What a shell would have set before the program was started. */
export const configured = (server: RunningEmulator, more: Readonly<Record<string, string>> = {}) =>
  Effect.withConfigProvider(
    ConfigProvider.fromMap(
      new Map(Object.entries({ FRIENDLI_TOKEN: "flp_test", FRIENDLI_BASE_URL: server.url, ...more }))
    )
  )

/**
 * Runs a program and keeps what it prints: as one `text`, and as `lines`. The emulator's words are drawn by chance and may hold a line break:
 * compare what contains them with `text`.
 */
export const printing = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const written: Array<string> = []
      const line = (...values: ReadonlyArray<unknown>): void => void written.push(`${values.map(String).join(" ")}\n`)
      const spies = [
        vi.spyOn(console, "log").mockImplementation(line),
        vi.spyOn(console, "error").mockImplementation(line),
        vi.spyOn(process.stdout, "write").mockImplementation((text) => {
          written.push(String(text))
          return true
        })
      ]
      return { written, spies }
    }),
    ({ written }) =>
      Effect.map(program, (value) => {
        const text = written.join("").replace(/\n$/, "")
        return { value, text, lines: text.split("\n") }
      }),
    ({ spies }) => Effect.sync(() => spies.forEach((spy) => spy.mockRestore()))
  )
