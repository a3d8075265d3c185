/**
 * The server for the programs of the page: the emulator in the page, or a server that the user names. A token is only in memory: it is
 * never stored, shown or logged, and never part of a URL.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Chat from "effect-friendli/Chat"
import * as Container from "effect-friendli/Container"
import * as Serverless from "effect-friendli/Serverless"
import * as Tokens from "effect-friendli/Tokens"
import type { SceneEmulator } from "./emulator.js"
import type { Recorder, Send } from "./recorder.js"

/** The capabilities that the programs of the scenes use. */
export type Capabilities = Chat.Chat | Tokens.Tokens

/** The server that answers. */
export type Connection =
  | { readonly kind: "emulator" }
  | { readonly kind: "serverless"; readonly baseUrl: string; readonly token: Redacted.Redacted }
  | { readonly kind: "container"; readonly baseUrl: string; readonly token: Redacted.Redacted | undefined }

export const emulated: Connection = { kind: "emulator" }

/** The initial URLs of the form. */
export const baseUrls = { serverless: Serverless.kind.defaultBaseUrl, container: Container.kind.defaultBaseUrl }

const overNetwork: Send = (input, init) => ({ response: globalThis.fetch(input, init) })

const clientOf = (connection: Connection) => {
  switch (connection.kind) {
    // The emulator accepts any token.
    case "emulator":
      return Serverless.layerClient({ token: "flp_playground" })
    case "serverless":
      return Serverless.layerClient({ baseUrl: connection.baseUrl, token: connection.token })
    case "container":
      return Container.layerClient({ baseUrl: connection.baseUrl, token: connection.token })
  }
}

/** The capabilities, with a connection. The recorder records their requests and responses. */
export const layer = (
  connection: Connection,
  emulator: SceneEmulator,
  recorder: Recorder
): Layer.Layer<Capabilities, ConfigError.ConfigError> =>
  Layer.mergeAll(Chat.layer, Tokens.layer).pipe(
    Layer.provide(clientOf(connection)),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(
      Layer.succeed(FetchHttpClient.Fetch, recorder.fetch(connection.kind === "emulator" ? emulator.send : overNetwork))
    )
  )
