/** MCP servers behind an address, over streamable HTTP. */
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { McpError } from "./McpToolkit.js"

/** The server. */
export interface Options {
  readonly url: string | URL
  /** Headers of every request, such as `authorization`. Secrets are `Redacted`. */
  readonly headers?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
}

const plain = (value: string | Redacted.Redacted): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

/**
 * The transport of an address, for `McpToolkit.make`.
 * @category constructors
 */
export const make = ({ headers = {}, url }: Options): Effect.Effect<Transport, McpError> =>
  Effect.try({
    try: () =>
      new StreamableHTTPClientTransport(new URL(url), {
        requestInit: {
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plain(value)]))
        }
        // the class has optional fields of a form that `exactOptionalPropertyTypes` does not take
      }) as Transport,
    catch: () => new McpError({ reason: "Connection", message: "The address of the MCP server is not valid." })
  })
