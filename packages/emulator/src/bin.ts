#!/usr/bin/env node
/**
 * The command `friendli-emulator`.
 *
 * @since 0.1.0
 */
import { defineCommand, runMain } from "citty"
import { readFileSync } from "node:fs"
import { pathOf, type RecordedRequest } from "./Emulator.js"
import { listen, type ListenOptions, type RunningEmulator } from "./NodeServer.js"

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }

const fail = (message: string): never => {
  console.error(`friendli-emulator: ${message}`)
  process.exit(1)
}

const numberArg = (name: string, text: string, minimum: number, maximum: number, whole: boolean): number => {
  const value = Number(text)
  const fits = text.trim() !== "" && value >= minimum && value <= maximum && (!whole || Number.isInteger(value))
  return fits ? value : fail(`--${name} takes a ${whole ? "whole " : ""}number from ${minimum} to ${maximum}`)
}

const list = (text: string | undefined): ReadonlyArray<string> | undefined => {
  const items = (text ?? "").split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]))
  return items.length === 0 ? undefined : items
}

const DEFAULT_MODEL = "meta-llama-3.1-8b-instruct"

const logLine = (request: RecordedRequest): void => {
  const status = request.aborted ? "gone" : String(request.status ?? "cut ")
  const detail = [
    ...(request.tokensGenerated > 0 ? [`${request.tokensGenerated} tokens`] : []),
    ...(request.eventsSent > 0 ? [`${request.eventsSent} events`] : []),
    `${request.bytesSent} bytes`
  ]
  console.log(`${new Date().toISOString()} ${status} ${request.method} ${request.path} ${detail.join(", ")}`)
}

const startMessage = (server: RunningEmulator, options: ListenOptions): string => {
  const model = Array.isArray(options.models) ? String(options.models[0]) : DEFAULT_MODEL
  const token = options.tokens === undefined ? "any-token" : "$FRIENDLI_TOKEN"
  const call = (path: string, body: unknown, authorized: boolean): string =>
    [
      `  curl ${server.url}${path} \\`,
      ...(authorized ? [`    -H "authorization: Bearer ${token}" \\`] : []),
      `    -H "content-type: application/json" \\`,
      `    -d '${JSON.stringify(body)}'`
    ].join("\n")
  const hello = { messages: [{ role: "user", content: "Hello!" }], max_tokens: 50 }
  return [
    `friendli-emulator ${manifest.version} listens on ${server.url}`,
    "",
    `serverless  ${server.url}${pathOf("serverless")}`,
    call(`${pathOf("serverless")}/chat/completions`, { model, ...hello }, true),
    "",
    `dedicated   ${server.url}${pathOf("dedicated")}`,
    call(`${pathOf("dedicated")}/completions`, { model: "my-endpoint", prompt: "Once", max_tokens: 20 }, true),
    "",
    `container   ${server.url}${pathOf("container")}`,
    call(`${pathOf("container")}/tokenize`, { prompt: "What is generative AI?" }, options.tokens !== undefined),
    "",
    options.tokens === undefined
      ? "Any bearer token is accepted. Press Ctrl-C to stop."
      : "Only the given bearer tokens are accepted. Press Ctrl-C to stop.",
    ""
  ].join("\n")
}

const command = defineCommand({
  meta: {
    name: "friendli-emulator",
    version: manifest.version,
    description: "Friendli's inference API on your own machine"
  },
  args: {
    port: { type: "string", default: "8000", description: "Port; 0 takes a free one" },
    host: { type: "string", default: "127.0.0.1", description: "Address to listen on" },
    token: { type: "string", description: "Accepted bearer tokens, separated by commas; any if left out" },
    model: { type: "string", description: "Serverless models that exist, separated by commas; any if left out" },
    asleep: {
      type: "string",
      description: "Dedicated endpoints that sleep until woken, separated by commas; none if left out"
    },
    "wake-time": { type: "string", description: "Milliseconds from waking an endpoint until it runs; 100 if left out" },
    "tokens-per-second": { type: "string", description: "Pace of generation; as fast as it goes if left out" },
    quiet: { type: "boolean", default: false, description: "Print nothing after the start but errors" }
  },
  run: async ({ args }) => {
    const known = "port host token model asleep wake-time wakeTime tokens-per-second tokensPerSecond quiet _".split(" ")
    const unknown = Object.keys(args).find((name) => !known.includes(name))
    if (unknown !== undefined) fail(`there is no option --${unknown}; see --help`)
    if (args._.length > 0) fail("takes options only; see --help")

    const tokens = list(args.token)
    const models = list(args.model)
    if (args.token !== undefined && tokens === undefined) fail("--token takes at least one token")
    const asleep = list(args.asleep)
    if (args.asleep !== undefined && asleep === undefined) fail("--asleep takes at least one endpoint id")
    const wakeTime = args["wake-time"]
    const endpoints = {
      ...(asleep === undefined ? {} : { asleep }),
      ...(wakeTime === undefined ? {} : { wakeTime: numberArg("wake-time", wakeTime, 0, 3_600_000, false) })
    }
    const options: ListenOptions = {
      endpoints,
      port: numberArg("port", args.port, 0, 65_535, true),
      host: args.host,
      ...(tokens === undefined ? {} : { tokens }),
      ...(models === undefined ? {} : { models }),
      ...(args["tokens-per-second"] === undefined
        ? {}
        : { tokensPerSecond: numberArg("tokens-per-second", args["tokens-per-second"], 0.01, 1_000_000, false) }),
      ...(args.quiet ? {} : { onRequest: logLine })
    }
    const server = await listen(options).catch((error: unknown) =>
      fail(`cannot listen: ${error instanceof Error ? error.message : String(error)}`)
    )
    console.log(startMessage(server, options))

    const stop = (): void => {
      void server.close().then(() => process.exit(0))
    }
    process.once("SIGINT", stop)
    process.once("SIGTERM", stop)
  }
})

await runMain(command)
