#!/usr/bin/env node
/** The command `friendli-batch`. In: arguments of the command line. Out: results, a summary, an exit code. */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import process from "node:process"
import { command } from "./command/commands.js"
import { exitCodes } from "./command/exitCodes.js"
import { readVersion } from "./command/version.js"

const exitCodeOf = (error: { readonly _tag: string }): number =>
  error._tag.startsWith("Journal") || error._tag === "WorkerError" ? exitCodes.journal : exitCodes.usage

/** The message of a `ConfigError` alone does not name the variable. */
const wordsOf = (error: { readonly _tag: string; readonly message: string } | ConfigError.ConfigError): string =>
  ConfigError.isConfigError(error) ? String(error) : error.message

const program = Command.run(command, { name: "friendli-batch", version: readVersion() })(process.argv).pipe(
  // the library has already printed the error of the command line
  Effect.catchIf(ValidationError.isValidationError, () => Effect.sync(() => void (process.exitCode = exitCodes.usage))),
  Effect.catchAll((error) =>
    Effect.sync(() => {
      process.exitCode = exitCodeOf(error)
      process.stderr.write(`friendli-batch: ${wordsOf(error)}\n`)
    })
  ),
  Effect.catchAllCause((cause) =>
    Effect.sync(() => {
      process.exitCode = 1
      process.stderr.write(`friendli-batch: ${Cause.pretty(cause)}\n`)
    })
  ),
  // standard output is only for results
  Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))),
  Effect.provide(NodeContext.layer)
)

Effect.runFork(program)
