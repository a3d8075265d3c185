/**
 * The way of a request through the emulator, from its arrival to its answer. In: a `Request`. Out: a
 * `Response`, or an error as `fetch` throws it. It needs no socket, so the same handler runs in a server, in
 * a test and in a page.
 */
import type { JsonRecord } from "../base/json.js"
import { sleep, yieldToEventLoop } from "../base/time.js"
import type { EmulatorOptions } from "../base/types.js"
import type { OperationName, Route } from "../contract/routes.js"
import { transcribe } from "../operations/audio.js"
import { chat } from "../operations/chat.js"
import { renderChat } from "../operations/chatRender.js"
import { classify } from "../operations/classification.js"
import { completions } from "../operations/completions.js"
import { embed } from "../operations/embeddings.js"
import { makeFiles } from "../operations/files.js"
import { editImage, generateImage } from "../operations/images.js"
import { messages } from "../operations/messages.js"
import type { Meter } from "../management/ledger.js"
import type { Answer, OperationContext } from "../operations/operation.js"
import { responses } from "../operations/responses.js"
import { detokenize, tokenize } from "../operations/tokens.js"
import { makeRuleSet, type RuleSet } from "../scripts/ruleSet.js"
import { checkAccess, targetAt } from "./access.js"
import { sendAnswer, sendFile } from "./answer.js"
import { authorize } from "./auth.js"
import { makeCors } from "./cors.js"
import { type Exchange, openExchange, type Wire } from "./exchange.js"
import { chooseFault, faultAnswer, headersOf } from "./faultAnswer.js"
import { type FaultSource, makeFaultSource } from "../faults/faultQueue.js"
import { type Journal, makeJournal } from "./journal.js"
import { isBilled, makeManagement, manage, openMeter } from "./management.js"
import { makeModels, type Model } from "./models.js"
import { describeBody, readBody, recordedSize } from "./requestBody.js"
import { chooseRule, faultOf } from "./scripted.js"
import { storeAnswer } from "./storage.js"
import { type Upstream, upstreamAnswer } from "./upstream.js"
import { modelAnswer, rejectFor, validateBody } from "./validation.js"

/** A running emulator, without a socket. */
export interface Handler {
  readonly handle: (request: Request, wire?: Wire) => Promise<Response>
  readonly faults: FaultSource["queue"]
  readonly scripts: RuleSet
  readonly journal: Journal
  /** Removes faults, rules, records and files, and returns what is managed to its state at the start. */
  readonly reset: () => void
}

/** The defaults of the options. */
const defaultJournalLimit = 1000
const defaultJournalBytes = 64 * 1024 * 1024
export const defaultMaxBodyBytes = 32 * 1024 * 1024
const fileLimit = 64
const defaultMaxTokens = 512
/** Without a pace, other work runs after this many tokens: often enough to notice a client that has disconnected. */
const tokensPerYield = 16

/** One function for each operation of the contract. A route without one does not compile. */
const operations: Readonly<
  Record<OperationName, (body: JsonRecord, context: OperationContext) => Answer | Promise<Answer>>
> = {
  chat,
  completions,
  messages,
  responses,
  tokenize,
  detokenize,
  transcribe,
  renderChat,
  embed,
  generateImage,
  editImage,
  classify
}

/** Makes a handler with its own journal, faults, files, and all that is managed. An `upstream` answers in place of the emulator, faults aside. */
export const makeHandler = (options: EmulatorOptions, upstream?: Upstream): Handler => {
  const faults = makeFaultSource()
  const journal = makeJournal({
    entries: options.journalLimit ?? defaultJournalLimit,
    bytes: options.journalBytes ?? defaultJournalBytes
  })
  const cors = makeCors(options.cors ?? "*")
  const files = makeFiles(fileLimit)
  const models = makeModels(options)
  const scripts = makeRuleSet(options.script ?? [])
  const management = makeManagement(options, models)
  const tokenTime = options.tokensPerSecond === undefined ? undefined : 1000 / options.tokensPerSecond

  /**
   * What an operation may know of the request. `generated` is called for every token: it is what makes the
   * pace, and what lets a client that disconnects stop the generation.
   */
  const contextFor = (
    { deployment }: Route,
    model: Model,
    { entry, request, signal }: Exchange,
    meter: Meter
  ): OperationContext => {
    const started = performance.now()
    let tokens = 0
    return {
      deployment,
      signal,
      contextLength: model.contextLength,
      reasoning: model.reasoning,
      defaultMaxTokens: options.defaultMaxTokens ?? defaultMaxTokens,
      host: (file) => new URL(files.host(file), request.url).href,
      received: meter.received,
      generated: async () => {
        // The pace is kept over the whole answer and not from token to token: a late timer does not slow the
        // rest.
        tokens++
        entry.tokensGenerated++
        meter.generated()
        if (tokenTime === undefined) {
          if (tokens % tokensPerYield === 0) await yieldToEventLoop()
        } else await sleep(Math.max(0, started + tokens * tokenTime - performance.now()), signal)
      }
    }
  }

  /** The stages in order. Each one returns a value for the next, or the response that ends the exchange early. */
  const respond = async (exchange: Exchange, wire: Wire | undefined): Promise<Response> => {
    const { entry, request } = exchange

    // The body is read and the fault is chosen before anything is checked, so that a fault also replaces the
    // answer to a request that is rejected.
    const body = await readBody(request, options.maxBodyBytes ?? defaultMaxBodyBytes, wire?.read)
    journal.addBody(entry, describeBody(body.parsed), recordedSize(body))
    const reached = targetAt(entry.path)
    const authorization = authorize(reached?.deployment, request.headers, options.tokens)
    entry.authorized = authorization === "authorized"

    const chosen = chooseFault(exchange, faults)
    if (chosen instanceof Response) return chosen
    const replacement = await faultAnswer(exchange, chosen)
    if (replacement !== undefined) return replacement
    if (upstream !== undefined && !("tooLarge" in body.parsed)) return upstreamAnswer(upstream, exchange, body.bytes)
    const { headers } = chosen

    // Hosted files come before access: their URL is all that is needed to read them.
    const file = files.at(entry.path)
    if (file !== undefined) return sendFile(exchange, file, chosen)
    const stored = await storeAnswer(exchange, body, management.uploads, chosen)
    if (stored !== undefined) return stored
    // From here on the order of checks is: path, method, token, body, model.
    const asked = checkAccess(exchange, reached, authorization, headers)
    if (asked instanceof Response) return asked
    if (asked.call !== undefined) return manage(exchange, asked.target, asked.call, body, management, chosen)

    const { route } = asked
    const reject = rejectFor(exchange, route, headers)
    const valid = await validateBody(exchange, route, body, headers, reject)
    if (valid instanceof Response) return valid
    const unavailable = modelAnswer(exchange, route, valid["model"], models, management.endpoints, headers)
    if (unavailable !== undefined) return unavailable

    const script = chooseRule(exchange, route, valid, scripts, options.strictScript === true, headers)
    if (script instanceof Response) return script
    const scripted = script === undefined ? undefined : faultOf(script)
    if (scripted !== undefined) {
      const replacement = await faultAnswer(exchange, headersOf(scripted))
      if (replacement !== undefined) return replacement
    }
    const model = models.resolve(route.deployment, valid["model"])
    const meter = openMeter(management.ledger, route, valid["model"])
    const answer = await operations[route.operation](valid, { ...contextFor(route, model, exchange, meter), script })
    if (answer.kind !== "invalid" && isBilled(route)) meter.keep()
    return sendAnswer(exchange, answer, headersOf({ ...chosen.fault, ...scripted }), reject)
  }

  const handle: Handler["handle"] = async (request, wire) => {
    // A preflight is asked by the browser and not by the program under test: it takes no fault, and is not recorded.
    const preflight = cors.preflight(request)
    if (preflight !== undefined) return preflight
    const exchange = openExchange(request, wire, journal, options.onRequest)
    try {
      const response = await respond(exchange, wire)
      // The client may have disconnected while the answer was made.
      exchange.signal.throwIfAborted()
      return cors.allow(request, response)
    } catch (error) {
      return cors.allow(request, exchange.recover(error))
    }
  }

  return {
    handle,
    faults: faults.queue,
    scripts,
    journal,
    reset: () => {
      faults.clear()
      journal.clear()
      files.clear()
      management.reset()
      scripts.reset()
    }
  }
}
