/** The chat application: `npx -y pnpm@12 chat`. `--help` shows its options. */
import { Command, Options, ValidationError } from "@effect/cli"
import { HttpServer } from "@effect/platform"
import { NodeContext, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { ConfigError, Console, Effect, Layer } from "effect"
import { layer as emulatorLayer } from "effect-friendli-emulator/EmulatorServer"
import * as UndiciTransport from "effect-friendli/UndiciTransport"
import { realpathSync } from "node:fs"
import { createServer } from "node:http"
import { emulator, Emulated, Live } from "./deployment.js"
import { layer } from "./server.js"

const options = {
  live: Options.boolean("live").pipe(
    Options.withDescription("Use Friendli with the token in FRIENDLI_TOKEN, which costs money, instead of the emulator")
  ),
  model: Options.text("model").pipe(
    Options.withDescription("The model that is selected at the start"),
    Options.withDefault("zai-org/GLM-5.3-Flash")
  ),
  port: Options.integer("port").pipe(
    Options.withDescription("The port of the page; 0 means any free port"),
    Options.withDefault(3000)
  )
}

const told = (live: boolean) =>
  Layer.effectDiscard(
    HttpServer.addressFormattedWith((url) =>
      Console.log(
        `The chat is at ${url}\n${live ? "Friendli answers, which costs money." : "The emulator answers, in this process. With --live, Friendli answers."}`
      )
    )
  )

const command = Command.make("chat", options, ({ live, model, port }) =>
  told(live).pipe(
    // first, so that the address is printed when the server answers
    Layer.provide(layer(model)),
    Layer.provide(live ? Live : Layer.provide(Emulated, emulatorLayer(emulator))),
    Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1" })),
    // last, so that it is closed last: running answers need its connections
    Layer.provide(UndiciTransport.layer),
    Layer.launch
  )
).pipe(Command.withDescription("A chat application with Friendli, in the browser"))

/** Why the command cannot start, and what the user can do. */
const problem = (error: { readonly _tag?: string; readonly message?: string }): string => {
  if (error._tag === "ServeError")
    return "The port is in use. Choose another port with --port, or any free port with --port 0."
  return ConfigError.isConfigError(error)
    ? "There is no token. Set FRIENDLI_TOKEN, or do not use --live."
    : (error.message ?? String(error))
}

export const run = (argv: ReadonlyArray<string>) =>
  Command.run(command, { name: "chat", version: "1.0.0" })(argv).pipe(
    // the error of the command line has already been printed
    Effect.tapError((error) => (ValidationError.isValidationError(error) ? Effect.void : Console.error(problem(error))))
  )

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) {
  run(process.argv).pipe(Effect.provide(NodeContext.layer), NodeRuntime.runMain({ disableErrorReporting: true }))
}
