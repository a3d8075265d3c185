/**
 * The path of a request through the emulator, from its arrival to its answer. In: a `Request`. Out: a `Response`, or an error as `fetch` throws it.
 * It needs no socket, so the same handler runs in a server, in a test and in a page.
 */
import { checkPacing } from "../base/checkPacing.js"
import type { JsonRecord } from "../base/json.js"
import type { ScriptRule } from "../base/script.js"
import type { EmulatorOptions } from "../base/types.js"
import { type OperationName, type Route, routes } from "../contract/routes.js"
import { type ControlAccess, controlAnswer, isControlPath } from "../control/answer.js"
import type { Controlled } from "../control/controlled.js"
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
import { toolAssisted } from "../operations/toolAssisted.js"
import { checkAccess, targetAt } from "./access.js"
import { sendAnswer, sendFile } from "./answer.js"
import { authorize } from "./auth.js"
import { isLoopbackOrigin, makeCors } from "./cors.js"
import { type Exchange, openExchange, type Wire } from "./exchange.js"
import { chooseFault, faultAnswer, headersOf } from "./faultAnswer.js"
import { makeJournal } from "./journal.js"
import { limitAnswer } from "./limits.js"
import { isBilled, makeManagement, manage, openMeter } from "./management.js"
import { makeModels, type Model, pacingOf } from "./models.js"
import { makePace } from "./pace.js"
import { describeBody, readBody, recordedSize } from "./requestBody.js"
import { makeScopes, type ScopeState } from "./scopes.js"
import { chooseRule, faultOf } from "./scripted.js"
import { storeAnswer } from "./storage.js"
import { type Upstream, upstreamAnswer } from "./upstream.js"
import { modelAnswer, rejectFor, validateBody } from "./validation.js"

/** A running emulator, without a socket. */
export interface Handler {
  readonly handle: (request: Request, wire?: Wire) => Promise<Response>
  /** The state that a program or a call over HTTP can see and change. */
  readonly control: Controlled
  /** Replaces the rules of the start, in every scope. */
  readonly setScript: (rules: ReadonlyArray<ScriptRule>) => void
}

/** The defaults of the options. */
const defaultJournalLimit = 1000
const defaultJournalBytes = 64 * 1024 * 1024
export const defaultMaxBodyBytes = 32 * 1024 * 1024
const fileLimit = 64
const defaultMaxTokens = 512

/** One function for each operation of the contract. A route without one does not compile. */
const operations: Readonly<
  Record<OperationName, (body: JsonRecord, context: OperationContext) => Answer | Promise<Answer>>
> = {
  chat,
  toolAssisted,
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

/** Makes a handler with its own journal, faults, files and managed objects. An `upstream` answers instead of the emulator, except for faults. */
export const makeHandler = (options: EmulatorOptions, upstream?: Upstream): Handler => {
  const scopes = makeScopes(options)
  const journal = makeJournal({
    entries: options.journalLimit ?? defaultJournalLimit,
    bytes: options.journalBytes ?? defaultJournalBytes
  })
  const cors = makeCors(options.cors ?? "*")
  // A page that may call the API must not read the record of all requests: by default only pages of this machine may.
  const controlCors = makeCors(options.cors ?? isLoopbackOrigin)
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes
  const files = makeFiles(fileLimit)
  const models = makeModels(options)
  const management = makeManagement(options, models)
  const isStrict = options.strict === true

  const control: Controlled = {
    requests: () => journal.entries,
    scopeNames: scopes.names,
    scope: (name) => {
      const scope = scopes.of(name)
      return {
        faults: scope.faults.queue,
        scripts: scope.scripts,
        pacing: () => scope.pacing ?? pacingOf(options),
        setPacing: (pacing) => {
          scope.pacing = pacing === undefined ? undefined : checkPacing(pacing)
        }
      }
    },
    models: models.list,
    reset: (name) => {
      scopes.reset(name)
      journal.clear(name)
      // Files, endpoints and other managed objects belong to no scope.
      if (name !== undefined) return
      files.clear()
      management.reset()
    }
  }

  /**
   * The context of an operation. `generated` is called for every token: it controls the speed, and stops the generation if the client disconnects.
   */
  const contextFor = (
    { deployment }: Route,
    model: Model,
    scope: ScopeState,
    { entry, request, signal }: Exchange,
    meter: Meter
  ): OperationContext => {
    const pace = makePace(scope.pacing ?? pacingOf(model), scope.random(), signal)
    return {
      deployment,
      signal,
      contextLength: model.contextLength,
      reasoning: model.reasoning,
      defaultMaxTokens: options.defaultMaxTokens ?? defaultMaxTokens,
      host: (file) => new URL(files.host(file), request.url).href,
      readFile: management.uploads.readFile,
      received: (input) => {
        meter.received(input)
        if ("tokens" in input) scope.limits.spend(input.tokens)
      },
      generated: () => {
        entry.tokensGenerated++
        scope.limits.spend(1)
        meter.generated()
        return pace()
      }
    }
  }

  /** The stages in order. Each one returns a value for the next, or the response that ends the exchange early. */
  const respond = async (exchange: Exchange, wire: Wire | undefined): Promise<Response> => {
    const { entry, request } = exchange
    const scope = scopes.of(entry.scope)

    // The body is read and the fault is chosen before anything is checked, so that a fault also replaces the
    // answer to a request that is rejected.
    const body = await readBody(request, maxBodyBytes, wire?.read)
    journal.addBody(entry, describeBody(body.parsed), recordedSize(body))
    const reached = targetAt(entry.path)
    const authorization = authorize(reached?.deployment, request.headers, options.tokens)
    entry.authorized = authorization === "authorized"

    const chosen = chooseFault(exchange, routes.get(entry.path), scope.faults)
    if (chosen instanceof Response) return chosen
    const replacement = await faultAnswer(exchange, chosen)
    if (replacement !== undefined) return replacement
    if (upstream !== undefined && !("tooLarge" in body.parsed)) return upstreamAnswer(upstream, exchange, body.bytes)
    // Hosted files come before the access check: reading them needs only their URL.
    const file = files.at(entry.path)
    if (file !== undefined) return sendFile(exchange, file, chosen)
    const stored = await storeAnswer(exchange, body, management.uploads, chosen)
    if (stored !== undefined) return stored
    // From here on, the order of checks is: path, method, token, body, model.
    const asked = checkAccess(exchange, reached, authorization, chosen.headers)
    if (asked instanceof Response) return asked
    if (asked.call !== undefined) return manage(exchange, asked.target, asked.call, body, management, chosen, isStrict)

    const { route } = asked
    const limited = limitAnswer(exchange, scope.limits, chosen.headers)
    if (limited !== undefined) return limited
    const headers = { ...scope.limits.headers(), ...chosen.headers }
    const reject = rejectFor(exchange, route, headers)
    const valid = await validateBody(exchange, route, body, headers, reject, isStrict)
    if (valid instanceof Response) return valid
    const unavailable = modelAnswer(exchange, route, valid["model"], models, management.endpoints, headers)
    if (unavailable !== undefined) return unavailable

    const script = chooseRule(exchange, route, valid, scope.scripts, options.strictScript === true, headers)
    if (script instanceof Response) return script
    const scripted = script === undefined ? undefined : faultOf(script)
    if (scripted !== undefined) {
      const replacement = await faultAnswer(exchange, headersOf(scripted))
      if (replacement !== undefined) return replacement
    }
    const model = models.resolve(route.deployment, valid["model"])
    const meter = openMeter(management.ledger, route, valid["model"])
    const context = contextFor(route, model, scope, exchange, meter)
    const answer = await operations[route.operation](valid, { ...context, script })
    if (answer.kind !== "invalid" && isBilled(route)) meter.keep()
    const { fault, headers: added } = headersOf({ ...chosen.fault, ...scripted })
    // By now the prompt has been counted, and also an answer that is not streamed.
    return sendAnswer(exchange, answer, { fault, headers: { ...scope.limits.headers(), ...added } }, reject)
  }

  /** Who may call a control path. */
  const controlAccess: ControlAccess = {
    isAuthorized: (headers) => {
      const authorization = authorize("container", headers, options.tokens)
      return authorization === "authorized" || authorization === "anonymous"
    },
    allowsOrigin: controlCors.accepts,
    maxBodyBytes
  }

  /** Answers a call to a control path. */
  const handleControl = async (request: Request, wire: Wire | undefined): Promise<Response> =>
    controlCors.preflight(request) ??
    controlCors.allow(request, await controlAnswer(control, request, controlAccess, wire?.read))

  const handle: Handler["handle"] = async (request, wire) => {
    if (isControlPath(new URL(request.url).pathname)) return handleControl(request, wire)
    // A preflight comes from the browser, not from the program under test: it gets no fault and is not recorded.
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

  return { handle, control, setScript: scopes.setScript }
}
