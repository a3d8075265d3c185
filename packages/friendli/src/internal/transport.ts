/**
 * Answers from the network by plain callbacks. In: a listener. Out: head, bytes, end or error, as the transport reports them, without an
 * effect for each. Waking a fiber for every chunk costs more than everything that this SDK does with the chunk.
 *
 * All callbacks are called in order, and none after `cancel`.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"

/** The listener that reads a body chunk by chunk. */
export interface BodyListener {
  /** Returns whether more may follow. After `false` nothing follows until `resume`: this is the back-pressure. */
  readonly onBytes: (bytes: Uint8Array) => boolean
  readonly onEnd: () => void
  readonly onError: (cause: unknown) => void
}

/** A body that has not been read. One of `read` and `text` may be called, once. */
export interface Body {
  readonly read: (listener: BodyListener) => void
  /** More may follow again, after `onBytes` has returned false. */
  readonly resume: () => void
  /** Reads the whole body. Calls one of the two callbacks. */
  readonly text: (onText: (text: string) => void, onError: (cause: unknown) => void) => void
  /** Stops reading, and releases the connection. */
  readonly cancel: () => void
}

/**
 * The common part of all bodies: the listener, and whether the body has ended. Only the first end counts, and a cancellation is an end.
 * Its methods are not named `on…`, since undici looks for such names in its handlers.
 */
export abstract class ListenedBody {
  protected listener: BodyListener | undefined
  protected isOver = false

  /** Ends the body. Returns false if it had already ended. */
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

/** The listener for an answer: one of the two callbacks is called. */
export interface AnswerListener {
  /** Reads the body, or cancels it, before it returns. */
  readonly onHead: (head: Head, body: Body) => void
  /** The request could not be sent, or no answer arrived. */
  readonly onError: (cause: unknown) => void
}

/**
 * Sends the same as `execute` of the same client, without an effect. Returns a function that cancels the request and its body;
 * `undefined` if only `execute` can do what the context requires.
 */
export type SendDirectly = (
  request: HttpClientRequest.HttpClientRequest,
  context: Context.Context<never>,
  listener: AnswerListener
) => (() => void) | undefined

/** A client that can send without effects. */
interface DirectClient {
  /** Its `execute` at that time. A client that was changed since then is not the same client. */
  readonly execute: HttpClient.HttpClient["execute"]
  /** The name of the transport, for logs. */
  readonly name: string
  readonly send: SendDirectly
}

/** By the identity of the client: a wrapped client is another object, and therefore not in the map. */
const directClients = globalValue("effect-friendli/directClients", () => new WeakMap<object, DirectClient>())

/**
 * A layer of the platform whose client can also send without effects. `sendOf` makes that function from the context in which the layer is
 * built.
 */
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
    // fresh: the client of a program that also uses the platform's layer is not changed
    Layer.fresh(platform)
  )

/** How a client sends without effects, if it can: only an unwrapped client of this SDK's own layers can. */
export const directOf = (client: HttpClient.HttpClient): DirectClient | undefined => {
  const direct = directClients.get(client)
  return direct?.execute === client.execute ? direct : undefined
}
