/**
 * Answers of the wire by plain callbacks. In: whoever reads. Out: head, bytes, end or error, as the transport gives them, without an
 * effect for each. A fiber that is woken for every chunk costs more than everything that this SDK does with the chunk.
 *
 * All callbacks come in order, and none comes after `cancel`.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"

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

/**
 * What every body has: its listener, and whether it is over. Only the first end of all counts, and a cancellation is one. Its methods are not
 * named `on…`, since undici looks for such names in its handlers.
 */
export abstract class ListenedBody {
  protected listener: BodyListener | undefined
  protected isOver = false

  /** Whether it ends now, and not before. */
  protected end(): boolean {
    const ends = !this.isOver
    this.isOver = true
    return ends
  }

  protected readonly finish = (): void => {
    if (this.end()) this.listener!.onEnd()
  }

  protected readonly fail = (cause: unknown): void => {
    if (this.end()) this.listener!.onError(cause)
  }

  /** Calls back with a text that a transport collects by itself. */
  protected settle(reading: Promise<string>, onText: (text: string) => void, onError: (cause: unknown) => void): void {
    reading.then(
      (text) => {
        if (this.end()) onText(text)
      },
      (cause: unknown) => {
        if (this.end()) onError(cause)
      }
    )
  }
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

/** A layer of the platform whose client can also send without effects, as `sendOf` says of the context that it was built in. */
export const layerDirect = <R>(
  name: string,
  platform: Layer.Layer<HttpClient.HttpClient, never, R>,
  sendOf: (context: Context.Context<R>) => SendDirectly
): Layer.Layer<HttpClient.HttpClient, never, R> =>
  Layer.provide(
    Layer.effect(
      HttpClient.HttpClient,
      Effect.map(Effect.context<HttpClient.HttpClient | R>(), (context) => {
        const client = Context.get(context as Context.Context<HttpClient.HttpClient>, HttpClient.HttpClient)
        directClients.set(client, { execute: client.execute, name, send: sendOf(context) })
        return client
      })
    ),
    // fresh: the client of a program that also has the platform's layer stays as it is
    Layer.fresh(platform)
  )

/** How a client sends without effects, if it can: a client of this SDK's own layers, with nothing around it. */
export const directOf = (client: HttpClient.HttpClient): DirectClient | undefined => {
  const direct = directClients.get(client)
  return direct?.execute === client.execute ? direct : undefined
}
