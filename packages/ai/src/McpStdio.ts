/** MCP servers that are programs: started, spoken to over their standard input and output, and ended with the scope. For Node, Bun and Deno. */
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import * as Effect from "effect/Effect"

/** The program. */
export interface Options {
  readonly command: string
  readonly args?: ReadonlyArray<string> | undefined
  /** Its environment, in addition to what every program needs (`PATH`, `HOME` …). Other variables of this process are not passed on. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Where it runs. Default: the folder of this process. */
  readonly cwd?: string | undefined
}

/**
 * The transport of a program, for `McpToolkit.make`, which starts it when it connects.
 * @category constructors
 */
export const make = ({ args, command, cwd, env }: Options): Effect.Effect<Transport> =>
  Effect.sync(
    () =>
      new StdioClientTransport({
        command,
        // what it writes to its standard error is not for this terminal
        stderr: "ignore",
        ...(args === undefined ? {} : { args: [...args] }),
        ...(env === undefined ? {} : { env: { ...env } }),
        ...(cwd === undefined ? {} : { cwd })
      })
  )
