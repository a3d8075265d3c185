/**
 * Answers of the wire by plain callbacks. In: whoever reads. Out: head, bytes, end or error, as the transport gives them, without an
 * effect for each. A fiber that is woken for every chunk costs more than everything that this SDK does with the chunk.
 *
 * All callbacks come in order, and none comes after `cancel`.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Context from "effect/Context"
import { globalValue } from "effect/GlobalValue"

/** What reads a body chunk by chunk. */
export interface BodyListener {
  /** Says whether more may come. After `false` nothing comes until `resume`: this is the back-pressure. */
  readonly onBytes: (bytes: Uint8Array) => boolean
  readonly onEnd: () => void
  readonly onError: (cause: unknown) => void
}

/** A body that has not been read. One of `read` and `text` may be called, once. */
export interface Body {
  readonly read: (listener: BodyListener) => void
  /** More may come again, after `onBytes` has said no. */
  readonly resume: () => void
  /** Reads the whole body. Calls one of the two. */
  readonly text: (onText: (text: string) => void, onError: (cause: unknown) => void) => void
  /** Stops reading, and releases the connection. */
  readonly cancel: () => void
}

/** The head of an answer. Names of headers are in lower case. */
export interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** What waits for an answer: one of the two is called. */
export interface AnswerListener {
  /** Reads the body, or cancels it, before it returns. */
  readonly onHead: (head: Head, body: Body) => void
  /** The request could not be sent, or no answer came. */
  readonly onError: (cause: unknown) => void
}

/**
 * Sends what `execute` of the same client sends, without an effect. Gives what cancels it, the body included; `undefined` where only
 * `execute` can do what the context asks for.
 */
export type SendDirectly = (
  request: HttpClientRequest.HttpClientRequest,
  context: Context.Context<never>,
  listener: AnswerListener
) => (() => void) | undefined

/** A client that can send without effects. */
interface DirectClient {
  /** The `execute` that it had. A client that was changed since is not the same client. */
  readonly execute: HttpClient.HttpClient["execute"]
  /** The name of the transport, for logs. */
  readonly name: string
  readonly send: SendDirectly
}

/** By the identity of the client: whatever wraps one is another object, of which nothing is known. */
const directClients = globalValue("effect-friendli/directClients", () => new WeakMap<object, DirectClient>())

/** Says how a client sends without effects. */
export const registerDirect = <Client extends HttpClient.HttpClient>(
  client: Client,
  name: string,
  send: SendDirectly
): Client => {
  directClients.set(client, { execute: client.execute, name, send })
  return client
}

/** How a client sends without effects, if it can: a client of this SDK's own layers, with nothing around it. */
export const directOf = (client: HttpClient.HttpClient): DirectClient | undefined => {
  const direct = directClients.get(client)
  return direct?.execute === client.execute ? direct : undefined
}
