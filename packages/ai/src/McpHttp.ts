/** MCP servers at a URL, over streamable HTTP. */
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { McpError } from "./McpToolkit.js"

/** The server's URL and headers. */
export interface Options {
  /** The URL of the MCP endpoint, without a user name and a password. */
  readonly url: string | URL
  /** Headers of every request, such as `authorization`. Secrets are `Redacted`. */
  readonly headers?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
}

const invalid = (message: string): McpError => new McpError({ reason: "Connection", message })

const plain = (value: string | Redacted.Redacted): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

/**
 * The transport to a URL, for `McpToolkit.make`.
 *
 * **Details**: fails with an `McpError` (`Connection`) if the URL is not valid or has a user name or a password, or if a header is not valid. The
 * platform's own errors would repeat these values to the model and in logs; these errors do not. Closing the connection ends the session at the
 * server.
 * @category constructors
 */
export const make = ({ headers = {}, url }: Options): Effect.Effect<Transport, McpError> =>
  Effect.gen(function* () {
    const address = yield* Effect.try({
      try: () => new URL(url),
      catch: () => invalid("The address of the MCP server is not valid.")
    })
    if (address.username !== "" || address.password !== "") {
      return yield* invalid("The address of the MCP server has a user name or a password. Use a header.")
    }
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plain(value)]))
    yield* Effect.try({
      try: () => new Headers(sent),
      catch: () => invalid("A header for the MCP server is not valid.")
    })
    const transport = new StreamableHTTPClientTransport(address, { requestInit: { headers: sent } })
    const close = transport.close.bind(transport)
    // nobody waits long for a server that does not answer
    const endSession = Effect.ignore(
      Effect.timeout(
        Effect.tryPromise(() => transport.terminateSession()),
        "2 seconds"
      )
    )
    transport.close = () => Effect.runPromise(endSession).then(close)
    // the class has optional fields of a form that `exactOptionalPropertyTypes` does not accept
    return transport as Transport
  })
