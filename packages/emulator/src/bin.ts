#!/usr/bin/env node
/**
 * The command `friendli-emulator`. In: arguments of the command line. Out: a server that runs until Ctrl-C, a
 * message that shows how to call it, and a line for each request.
 */
import { defineCommand, runMain } from "citty"
import { readFileSync } from "node:fs"
import { ScriptError } from "./base/script.js"
import type { RecordedRequest } from "./base/types.js"
import type { ScriptChange } from "./config/scriptFile.js"
import { basePath } from "./contract/routes.js"
import type { ListenOptions, RunningEmulator } from "./NodeServer.js"
import { argumentDefinitions, CommandLineError, readCommandLine } from "./config/commandLine.js"

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }

/** Ends the command with a message, without a stack trace. */
const fail = (message: string): never => {
  console.error(`friendli-emulator: ${message}`)
  process.exit(1)
}

/** The message of what was thrown. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The model in the example call, unless the command names others. */
const exampleModel = "meta-llama-3.1-8b-instruct"

/** Prints one line for a request when it has ended. It shows no body and no header. */
const logLine = (request: RecordedRequest): void => {
  // An answer whose head was never sent has no status: a fault reset the connection.
  const status = request.aborted ? "disconnected" : String(request.status ?? "reset")
  const detail = [
    ...(request.tokensGenerated > 0 ? [`${request.tokensGenerated} tokens`] : []),
    ...(request.eventsSent > 0 ? [`${request.eventsSent} events`] : []),
    `${request.bytesSent} bytes`,
    ...(request.rule === undefined ? [] : [`answered by ${request.rule}`])
  ]
  // The reason says where and why, without values of the request.
  if (request.reason !== undefined) detail.push(request.reason)
  console.log(`${new Date().toISOString()} ${status} ${request.method} ${request.path} ${detail.join(", ")}`)
}

/** Prints what a change of the script file led to. An error is printed with `--quiet`, too. */
const logScript = (change: ScriptChange): void => {
  if ("error" in change) console.error(`friendli-emulator: ${change.error.message}; the rules before the change stay`)
  else console.log(`${new Date().toISOString()} script: ${change.rules} ${change.rules === 1 ? "rule" : "rules"}`)
}

/**
 * What is printed when the server listens: the base URL of each deployment, with a call that can be pasted
 * into a shell.
 */
const startMessage = (server: RunningEmulator, options: ListenOptions): string => {
  const first = options.models === "any" ? undefined : options.models?.[0]
  const model = typeof first === "object" ? first.id : (first ?? exampleModel)
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
    `serverless  ${server.url}${basePath("serverless")}`,
    call(`${basePath("serverless")}/chat/completions`, { model, ...hello }, true),
    "",
    `dedicated   ${server.url}${basePath("dedicated")}`,
    call(`${basePath("dedicated")}/completions`, { model: "my-endpoint", prompt: "Once", max_tokens: 20 }, true),
    "",
    `container   ${server.url}${basePath("container")}`,
    call(`${basePath("container")}/tokenize`, { prompt: "What is generative AI?" }, options.tokens !== undefined),
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
  args: argumentDefinitions,
  run: async ({ args }) => {
    let options: ListenOptions
    try {
      const { quiet, ...others } = readCommandLine(args)
      options = { ...others, onScriptChange: logScript, ...(quiet ? {} : { onRequest: logLine }) }
    } catch (error) {
      if (error instanceof CommandLineError) return fail(error.message)
      throw error
    }
    // The vocabulary takes time to load: `--help` and errors in the arguments do not need it.
    const { listen } = await import("./NodeServer.js")
    const server = await listen(options).catch((error: unknown) =>
      fail(error instanceof ScriptError ? error.message : `cannot listen: ${reasonOf(error)}`)
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
