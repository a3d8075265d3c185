#!/usr/bin/env node
/**
 * The command `friendli-emulator`. In: arguments of the command line. Out: a server that runs until Ctrl-C, a
 * message that shows how to call it, and a line for each request. Nothing is printed in colour, so that the output is the same in a
 * terminal, a pipe and a file.
 */
import { parseArgs } from "citty"
import { argumentDefinitions, type CommandLine, configPath, readCommandLine } from "./config/commandLine.js"
import { CommandLineError } from "./config/commandLineError.js"
import { helpText } from "./config/help.js"
import { requestLine, scriptLine, startError } from "./config/report.js"
import { readVersion } from "./config/version.js"
import { basePath } from "./contract/routes.js"
import type { ListenOptions, RunningEmulator } from "./NodeServer.js"

const version = readVersion()

/** Ends the command with a message, without a stack trace. */
const fail = (message: string): never => {
  console.error(`friendli-emulator: ${message}`)
  process.exit(1)
}

/** The model in the example call, unless the command names others. */
const exampleModel = "meta-llama-3.1-8b-instruct"

/**
 * The message when the server listens: the base URL of each deployment, with a call that can be pasted into a shell.
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
    `friendli-emulator ${version} listens on ${server.url}`,
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
    `control     ${server.url}/_emulator/openapi.json`,
    "",
    options.tokens === undefined
      ? "Any bearer token is accepted. Press Ctrl-C to stop."
      : "Only the given bearer tokens are accepted. Press Ctrl-C to stop.",
    ""
  ].join("\n")
}

/** The options of the command: its flags, and the file that `--config` names. Ends the command for `--help` and for errors. */
const readOptions = async (words: ReadonlyArray<string>): Promise<CommandLine> => {
  // `pnpm emulator -- --port 1` passes the two dashes on.
  const args = parseArgs(words[0] === "--" ? words.slice(1) : [...words], argumentDefinitions)
  if (args["help"] === true || args["version"] === true) {
    console.log(args["help"] === true ? helpText(version) : version)
    process.exit(0)
  }
  try {
    const path = configPath(args)
    if (path === undefined) return readCommandLine(args)
    const { readConfig } = await import("./config/configFile.js")
    return readCommandLine(args, await readConfig(path))
  } catch (error) {
    if (error instanceof CommandLineError) return fail(error.message)
    throw error
  }
}

const { quiet, ...others } = await readOptions(process.argv.slice(2))
const options: ListenOptions = {
  ...others,
  onScriptChange: (change) => {
    // An error is printed with `--quiet`, too.
    if ("error" in change) console.error(scriptLine(change, new Date()))
    else if (!quiet) console.log(scriptLine(change, new Date()))
  },
  ...(quiet ? {} : { onRequest: (request) => console.log(requestLine(request, new Date())) })
}
// The vocabulary takes time to load: `--help` and errors in the arguments do not need it.
const { listen } = await import("./NodeServer.js")
const server = await listen(options).catch((error: unknown) => fail(startError(error, others.port)))
console.log(startMessage(server, options))

const stop = (): void => {
  void server.close().then(() => process.exit(0))
}
process.once("SIGINT", stop)
process.once("SIGTERM", stop)
