/**
 * The recommended HTTP layer on Node: undici, without an effect for each step.
 *
 * It is the platform's `NodeHttpClient.layerUndici` with a faster path for this SDK, which gives its requests directly to undici's
 * dispatcher: a call costs about a third of the CPU time of a call over `fetch`. Needs the package `@effect/platform-node`.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type * as Undici from "@effect/platform-node/Undici"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { concatenate, makeTextReader } from "./internal/bytes.js"
import {
  type AnswerListener,
  type Body,
  type BodyListener,
  layerDirect,
  ListenedBody,
  type SendDirectly
} from "./internal/transport.js"

type Controller = Undici.Dispatcher.DispatchController

/** As in the platform's layer. The options of this SDK limit these waits, not the layer. */
const limits = { headersTimeout: 3_600_000, bodyTimeout: 0 }

const cancelled = new Error("the answer is no longer wanted")

/** One request and its answer: a handler for undici's dispatcher, and the body for the reader. */
class UndiciExchange extends ListenedBody implements Undici.Dispatcher.DispatchHandler, Body {
  private controller: Controller | undefined
  /** What the parser has found in the bytes that it is reading now. */
  private parts: Array<Uint8Array> = []
  private hasHead = false

  constructor(private readonly answer: AnswerListener) {
    super()
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    if (this.isOver) controller.abort(cancelled)
  }

  onResponseStart(
    _: Controller,
    status: number,
    headers: Readonly<Record<string, string | Array<string> | undefined>>
  ): void {
    // an informational response has no body
    if (this.isOver || status < 200) return
    this.hasHead = true
    this.answer.onHead({ status, headers: Headers.fromInput(headers) }, this)
  }

  /**
   * The parser reports every chunk of the transfer encoding separately: hundreds for one read of the socket if each event is a chunk.
   * They are passed on together, when the parser has processed everything that was read.
   */
  onResponseData(_: Controller, bytes: Uint8Array): void {
    if (this.isOver) return
    if (this.parts.push(bytes) === 1) queueMicrotask(this.flush)
  }

  onResponseEnd(): void {
    this.flush()
    this.finish()
  }

  onResponseError(_: Controller, cause: Error): void {
    this.flush()
    if (this.hasHead) this.fail(cause)
    else if (this.end()) this.answer.onError(cause)
  }

  private readonly flush = (): void => {
    const { parts } = this
    if (parts.length === 0 || this.isOver) return
    this.parts = []
    if (!this.listener!.onBytes(concatenate(parts)) && !this.isOver) this.controller!.pause()
  }

  read(listener: BodyListener): void {
    this.listener = listener
  }

  resume(): void {
    if (!this.isOver) this.controller!.resume()
  }

  text(onText: (text: string) => void, onError: (cause: unknown) => void): void {
    const reader = makeTextReader()
    this.listener = {
      onBytes: (bytes) => {
        reader.add(bytes)
        return true
      },
      onEnd: () => onText(reader.text()),
      onError
    }
  }

  cancel(): void {
    if (this.end()) this.controller?.abort(cancelled)
  }
}

/** The origin and path of a URL. Each URL is parsed once, since an operation has few. */
const makeTargets = (): ((url: string) => { readonly origin: string; readonly path: string }) => {
  const maxTargets = 256
  const targets = new Map<string, { readonly origin: string; readonly path: string }>()
  return (url) => {
    const known = targets.get(url)
    if (known !== undefined) return known
    const { origin, pathname, search } = new URL(url)
    const target = { origin, path: pathname + search }
    if (targets.size >= maxTargets) targets.clear()
    targets.set(url, target)
    return target
  }
}

/** Sends as the platform's layer does. */
const sendWith = (built: Context.Context<NodeHttpClient.Dispatcher>): SendDirectly => {
  const dispatcher = Context.get(built, NodeHttpClient.Dispatcher)
  const targetOf = makeTargets()
  const optionsKey = NodeHttpClient.UndiciRequestOptions.key
  return ({ body, headers, method, url, urlParams }, context, answer) => {
    const isPlain = body._tag === "Empty" || body._tag === "Raw" || body._tag === "Uint8Array"
    // these options are for undici's `request`, not for its dispatcher
    const hasOptions = context.unsafeMap.has(optionsKey) || built.unsafeMap.has(optionsKey)
    if (!isPlain || hasOptions || urlParams.length > 0) return undefined
    const exchange = new UndiciExchange(answer)
    const content = body._tag === "Empty" ? null : (body.body as string | Uint8Array)
    try {
      dispatcher.dispatch({ ...targetOf(url), ...limits, method, headers, body: content }, exchange)
    } catch (cause) {
      queueMicrotask(() => exchange.onResponseError(undefined as never, cause as Error))
    }
    return () => exchange.cancel()
  }
}

/**
 * As `layer`, over your own dispatcher: an `Agent` with other limits, a `ProxyAgent`, a `MockAgent`.
 * @category layers
 */
export const layerWithoutDispatcher: Layer.Layer<HttpClient.HttpClient, never, NodeHttpClient.Dispatcher> =
  /*#__PURE__*/ layerDirect("UndiciTransport", NodeHttpClient.layerUndiciWithoutDispatcher, sendWith)

/**
 * An `HttpClient` over undici, as `NodeHttpClient.layerUndici` of the platform, and with less work for each request of this SDK.
 *
 * **When to use**: on Node, always. Elsewhere `FetchTransport.layer`.
 *
 * **Details**: the layer has its own `Agent`, which is closed with the layer. A client that you wrap, for example with
 * `HttpClient.mapRequest`, is an ordinary `HttpClient` and takes the platform's path. So do traced requests, uploads, and requests with
 * `NodeHttpClient.UndiciRequestOptions`. At the log level `Debug` each request logs which path it took.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Serverless, Tokens } from "effect-friendli"
 * import * as UndiciTransport from "effect-friendli/UndiciTransport"
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Effect.provide(Serverless.layerConfig()),
 *   Effect.provide(UndiciTransport.layer),
 *   Effect.runPromise
 * ).then(({ tokens }) => console.log(tokens.length))
 * // => 3
 * ```
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = /*#__PURE__*/ Layer.provide(
  layerWithoutDispatcher,
  NodeHttpClient.dispatcherLayer
)
