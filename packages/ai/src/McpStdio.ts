/** MCP servers that are programs: started, connected over their standard input and output, and stopped with the scope. For Node, Bun and Deno. */
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import * as Effect from "effect/Effect"

/** How the program is started. */
export interface Options {
  /** The program: its name in `PATH`, or its path. */
  readonly command: string
  /** Its arguments. Default: none. */
  readonly args?: ReadonlyArray<string> | undefined
  /** Environment variables, in addition to those that every program needs (`PATH`, `HOME` …). Other variables of this process are not passed on. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** The working directory. Default: that of this process. */
  readonly cwd?: string | undefined
}

/**
 * The transport to a program, for `McpToolkit.make`, which starts the program when it connects.
 * @category constructors
 */
export const make = ({ args, command, cwd, env }: Options): Effect.Effect<Transport> =>
  Effect.sync(
    () =>
      new StdioClientTransport({
        command,
        // the program's standard error must not appear in this terminal
        stderr: "ignore",
        ...(args === undefined ? {} : { args: [...args] }),
        ...(env === undefined ? {} : { env: { ...env } }),
        ...(cwd === undefined ? {} : { cwd })
      })
  )
