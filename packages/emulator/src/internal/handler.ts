import type { EmulatorOptions } from "../Emulator.js"
import { type Fault, FaultError, makeQueue, parse } from "../Faults.js"
import { authorize } from "./auth.js"
import { Cut, encodeJson, eventBytes, plainBytes } from "./body.js"
import { chat } from "./chat.js"
import { completions } from "./completions.js"
import { classify } from "./classification.js"
import { type Issue, load, type OperationName, type Route, routes } from "./contract.js"
import { embed } from "./embeddings.js"
import { endpointCallAt, makeEndpoints } from "./endpoints.js"
import { makeFiles } from "./files.js"
import { editImage, generateImage } from "./images.js"
import { describeForm, type Parsed, readForm } from "./form.js"
import { type Entry, type Journal, makeJournal } from "./journal.js"
import { errorBody, isRecord, type JsonRecord, jsonResponse } from "./json.js"
import { type Answer, newId, type OperationContext } from "./operation.js"
import { messages, messagesError } from "./messages.js"
import { renderChat } from "./chatRender.js"
import { breathe, sleep } from "./time.js"
import { detokenize, tokenize } from "./tokens.js"
import { transcribe } from "./audio.js"

/** What only a socket can do. */
export interface Wire {
  /** RST, at once. */
  readonly resetNow: () => void
  /** RST, after what was written has left. */
  readonly reset: () => Promise<void>
  /** FIN without the end of the body, after what was written has left. */
  readonly close: () => Promise<void>
}

export interface Handler {
  readonly handle: (request: Request, wire?: Wire) => Promise<Response>
  readonly faults: ReturnType<typeof makeQueue>
  readonly journal: Journal
  readonly reset: () => void
}

const FAULT_HEADER = "x-emulator-fault"
const JOURNAL_LIMIT = 1000
const FILE_LIMIT = 64
const MAX_BODY_BYTES = 32 * 1024 * 1024
const CONTEXT_LENGTH = 131_072
const DEFAULT_MAX_TOKENS = 512

const utf8 = new TextDecoder("utf-8", { fatal: true })

const readJson = (bytes: Uint8Array): Parsed => {
  if (bytes.length === 0) return { issue: { loc: ["body"], msg: "Field required", type: "missing" } }
  try {
    return { value: JSON.parse(utf8.decode(bytes)) }
  } catch (error) {
    // The parser's message quotes the input: only the position is taken from it.
    const at = /position (\d+)/.exec(error instanceof SyntaxError ? error.message : "")?.[1]
    return { issue: { loc: ["body", Number(at ?? 0)], msg: "JSON decode error", type: "json_invalid" } }
  }
}

const isJson = (contentType: string | null): boolean =>
  contentType === null || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType.trim())

const isForm = (contentType: string | null): boolean => /^multipart\/form-data\s*;/i.test(contentType?.trim() ?? "")

const connectionReset = (): TypeError =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) })

const terminated = (): TypeError => new TypeError("terminated", { cause: new Error("other side closed") })

const sized = (type: string, body: Uint8Array, extra: Readonly<Record<string, string>>): Headers =>
  new Headers({ "content-type": type, "content-length": String(body.length), ...extra })

const html =
  "<!doctype html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"

type Respond = (body: JsonRecord, context: OperationContext) => Answer | Promise<Answer>

const operations: Readonly<Record<OperationName, Respond>> = {
  chat,
  completions,
  messages,
  tokenize,
  detokenize,
  transcribe,
  renderChat,
  embed,
  generateImage,
  editImage,
  classify
}

export const makeHandler = (options: EmulatorOptions): Handler => {
  const faults = makeQueue()
  const journal = makeJournal(options.journalLimit ?? JOURNAL_LIMIT)
  const files = makeFiles(FILE_LIMIT)
  const endpoints = makeEndpoints(options.endpoints ?? {})
  const headerUses = new Map<string, number>()
  const models = options.models ?? "any"
  const tokenTime = options.tokensPerSecond === undefined ? undefined : 1000 / options.tokensPerSecond

  const faultOf = (header: string | null): Fault => {
    if (header === null) return faults.take() ?? {}
    const fault = parse(header)
    if (fault.times === undefined) return fault
    const used = headerUses.get(header) ?? 0
    headerUses.set(header, used + 1)
    return used < fault.times ? fault : {}
  }

  const contextFor = (route: Route, entry: Entry, signal: AbortSignal, url: string): OperationContext => {
    const started = performance.now()
    let tokens = 0
    return {
      deployment: route.deployment,
      signal,
      contextLength: options.contextLength ?? CONTEXT_LENGTH,
      defaultMaxTokens: options.defaultMaxTokens ?? DEFAULT_MAX_TOKENS,
      host: (file) => new URL(files.host(file), url).href,
      generated: async () => {
        tokens++
        entry.tokensGenerated++
        if (tokenTime === undefined) {
          if (tokens % 16 === 0) await breathe()
        } else await sleep(Math.max(0, started + tokens * tokenTime - performance.now()), signal)
      }
    }
  }

  const handle = async (request: Request, wire?: Wire): Promise<Response> => {
    const requestId = newId("req_")
    const entry = journal.open(request, requestId)
    const abort = new AbortController()
    const { signal } = abort
    const finish = (aborted = false): void => {
      if (entry.finished) return
      entry.finished = true
      entry.aborted = aborted
      request.signal.removeEventListener("abort", leave)
      options.onRequest?.(entry)
    }
    const leave = (): void => {
      finish(true)
      abort.abort(request.signal.reason)
    }
    if (request.signal.aborted) leave()
    else request.signal.addEventListener("abort", leave)

    // A body of ours, sent as it is read: nothing is generated for a reader that has left.
    const streamed = (bytes: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> =>
      new ReadableStream<Uint8Array>(
        {
          start: (controller) => {
            // In process nobody but us can fail the body of an aborted request, as a real `fetch` would.
            if (wire !== undefined) return
            request.signal.addEventListener("abort", () => {
              if (entry.aborted) controller.error(signal.reason)
            })
          },
          pull: async (controller) => {
            try {
              const next = await bytes.next()
              if (signal.aborted) return
              if (next.done === true) {
                finish()
                controller.close()
                return
              }
              entry.bytesSent += next.value.length
              controller.enqueue(next.value)
            } catch (error) {
              finish()
              abort.abort()
              const reset = error instanceof Cut && error.how === "reset"
              if (wire !== undefined) await (reset ? wire.reset() : wire.close())
              else controller.error(reset ? connectionReset() : terminated())
            }
          },
          cancel: async (reason) => {
            finish(true)
            abort.abort(reason)
            await bytes.return()
          }
        },
        { highWaterMark: 0 }
      )

    const send = (status: number, body: string | ReadableStream<Uint8Array> | null, headers: Headers): Response => {
      entry.status = status
      headers.set("x-request-id", requestId)
      if (body === null || typeof body === "string") {
        entry.bytesSent = body === null ? 0 : new TextEncoder().encode(body).length
        finish()
      }
      return new Response(body, { status, headers })
    }

    const json = (status: number, value: unknown, headers?: Readonly<Record<string, string>>): Response => {
      const response = jsonResponse(status, value, requestId, headers)
      entry.status = status
      entry.bytesSent = Number(response.headers.get("content-length"))
      finish()
      return response
    }

    const respond = async (): Promise<Response> => {
      const place = routes.get(entry.path) ?? endpointCallAt(entry.path)
      const bytes = new Uint8Array(await request.arrayBuffer())
      const contentType = request.headers.get("content-type")
      const parsed = isForm(contentType) ? await readForm(bytes, contentType!) : readJson(bytes)
      if ("form" in parsed) entry.body = describeForm(parsed.form)
      if ("value" in parsed) entry.body = parsed.value
      const decision = authorize(place?.deployment, request.headers, options.tokens)
      entry.authorized = decision === "authorized"

      let fault: Fault
      try {
        fault = faultOf(request.headers.get(FAULT_HEADER))
      } catch (error) {
        if (error instanceof FaultError) return json(400, errorBody(400, `${FAULT_HEADER}: ${error.message}`))
        throw error
      }
      const extra: Record<string, string> = {
        ...fault.headers,
        ...(fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }),
        ...(fault.connectionClose === true ? { connection: "close" } : {})
      }
      if (fault.delayHeaders !== undefined) await sleep(fault.delayHeaders, signal)
      signal.throwIfAborted()
      if (fault.reset?.afterEvents === 0) {
        throw new Cut("reset")
      }
      if (fault.redirect !== undefined) {
        return send(307, null, new Headers({ ...extra, location: fault.redirect, "content-length": "0" }))
      }
      if (fault.html === true) {
        return send(200, html, new Headers({ ...extra, "content-type": "text/html; charset=utf-8" }))
      }
      if (fault.status !== undefined) {
        const { body = errorBody(fault.status, "The emulator was asked to answer with this status"), status } = fault
        // These have no body, and `Response` refuses one.
        if (status === 204 || status === 205 || status === 304) return send(status, null, new Headers(extra))
        const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json"
        const whole = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body))
        return send(status, streamed(plainBytes(whole, fault, signal)), sized(type, whole, extra))
      }

      // Whoever has the link may have the file, as with the links of the API.
      const file = files.at(entry.path)
      if (file !== undefined) {
        if (request.method !== "GET") {
          return json(405, errorBody(405, "This path takes GET"), { ...extra, allow: "GET" })
        }
        return send(200, streamed(plainBytes(file.bytes, fault, signal)), sized(file.contentType, file.bytes, extra))
      }
      if (place === undefined) return json(404, errorBody(404, "There is no such path"), extra)
      const method = "action" in place ? place.method : "POST"
      if (request.method !== method) {
        return json(405, errorBody(405, `This path takes ${method}`), { ...extra, allow: method })
      }
      if (decision === "missing") {
        return json(401, errorBody(401, "A bearer token is needed: send 'Authorization: Bearer <token>'"), {
          ...extra,
          "www-authenticate": "Bearer"
        })
      }
      if (decision === "wrong") {
        return json(401, errorBody(401, "The bearer token is not valid"), { ...extra, "www-authenticate": "Bearer" })
      }
      if ("action" in place) return json(200, endpoints.answer(place), extra)
      const route = place
      if (bytes.length > (options.maxBodyBytes ?? MAX_BODY_BYTES)) {
        return json(413, errorBody(413, "The request body is too large"), extra)
      }
      const refuse = (issues: ReadonlyArray<Issue>): Response =>
        json(422, route.operation === "messages" ? messagesError(issues, requestId) : { detail: issues }, extra)
      if (!(route.contentType === "application/json" ? isJson(contentType) : isForm(contentType))) {
        const issue = {
          loc: ["header", "content-type"],
          msg: `Input should be '${route.contentType}'`,
          type: "value_error"
        }
        return refuse([issue])
      }
      if ("issue" in parsed) return refuse([parsed.issue])
      const contract = await load()
      const { issues, value: body } =
        "form" in parsed
          ? contract.readForm(route, parsed.form)
          : { issues: contract.requestIssues(route, parsed.value), value: parsed.value }
      if (issues.length > 0 || !isRecord(body)) return refuse(issues)
      if (route.deployment === "serverless" && models !== "any" && !models.includes(String(body["model"]))) {
        return json(404, errorBody(404, "There is no such model, or the token may not use it"), extra)
      }

      const refusal = route.deployment === "dedicated" ? endpoints.refusal(body["model"]) : undefined
      if (refusal !== undefined) return json(503, errorBody(503, refusal.why), { ...refusal.headers, ...extra })

      const result = await operations[route.operation](body, contextFor(route, entry, signal, request.url))
      if (result.kind === "invalid") return refuse(result.issues)
      if (result.kind === "events") {
        const headers = new Headers({
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-cache",
          ...extra
        })
        return fault.emptyBody === true
          ? send(200, "", headers)
          : send(200, streamed(eventBytes(result, fault, entry, signal)), headers)
      }
      if (fault.emptyBody === true) {
        return send(200, "", new Headers({ "content-type": "application/json", ...extra }))
      }
      const whole = encodeJson(result.value, fault)
      return send(200, streamed(plainBytes(whole, fault, signal)), sized("application/json", whole, extra))
    }

    try {
      const response = await respond()
      signal.throwIfAborted()
      return response
    } catch (error) {
      if (signal.aborted) {
        entry.status = undefined
        throw error
      }
      if (error instanceof Cut) {
        finish()
        wire?.resetNow()
        throw connectionReset()
      }
      return json(500, errorBody(500, "The emulator failed: this is a bug in it"))
    }
  }

  return {
    handle,
    faults,
    journal,
    reset: () => {
      faults.clear()
      journal.clear()
      files.clear()
      headerUses.clear()
      endpoints.reset()
    }
  }
}
