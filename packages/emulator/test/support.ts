import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import { contract, json } from "effect-friendli-vectors"
import * as net from "node:net"

export { basePaths as base, deployments, type Deployment } from "effect-friendli-vectors"

/** A vector that is an object. */
export const read = (name: string): Record<string, unknown> => json(name)

// Independent of the emulator: the schemas of the contract, without the changes that the emulator makes.
const ajv = new Ajv2020({ strict: false, strictNumbers: true, validateFormats: false, validateSchema: false })
ajv.addSchema({ $id: "api", components: { schemas: contract.components.schemas } })
const validators = new Map<string, ValidateFunction>()

/** Why a value does not match a schema of the contract; `undefined` when it does. */
export const mismatch = (schema: string, value: unknown): string | undefined => {
  let validate = validators.get(schema)
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `api#/components/schemas/${schema}` })
    validators.set(schema, validate)
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors)
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>

export const post = (
  fetch: Fetch,
  url: string,
  body: unknown,
  init: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {}
): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { authorization: "Bearer test-token", "content-type": "application/json", ...init.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(init.signal === undefined ? {} : { signal: init.signal })
  })

export interface Chunk {
  readonly id: string
  readonly choices: ReadonlyArray<{
    readonly index: number
    readonly text?: string
    readonly token?: number
    readonly delta?: {
      readonly role?: string
      readonly content?: string
      readonly reasoning_content?: string
      readonly tool_calls?: ReadonlyArray<{
        readonly index: number
        readonly id?: string
        readonly function: { readonly name?: string; readonly arguments: string }
      }>
    }
    readonly logprobs?: { readonly content: ReadonlyArray<{ readonly token: string }> } | null
    readonly finish_reason: string | null
  }>
  readonly usage?: Usage | null
}

export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** The `data:` values of an event stream, in order. */
export const dataOf = (text: string): ReadonlyArray<string> =>
  text.split(/\r?\n\r?\n/).flatMap((frame) => {
    const line = frame.split(/\r?\n/).find((part) => part.startsWith("data: "))
    return line === undefined ? [] : [line.slice(6)]
  })

export const chunksOf = (text: string): ReadonlyArray<Chunk> =>
  dataOf(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data) as Chunk)

export interface RawAnswer {
  /** All received bytes. */
  readonly text: string
  /** The bytes of each read. */
  readonly reads: ReadonlyArray<string>
  /** `ECONNRESET` after an RST, `undefined` after a FIN. */
  readonly error: string | undefined
}

/** Sends one request on a new socket and reads until the socket closes, or until `until` returns true. */
export const raw = (
  port: number,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  until: (text: string) => boolean = () => false
): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const payload = JSON.stringify(body)
    const reads: Array<string> = []
    let text = ""
    let error: string | undefined
    const socket = net.connect(port, "127.0.0.1", () => {
      const head = {
        host: "127.0.0.1",
        authorization: "Bearer test-token",
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(payload)),
        ...headers
      }
      const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
      socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${payload}`)
    })
    socket.on("data", (bytes: Buffer) => {
      const part = bytes.toString("latin1")
      reads.push(part)
      text += part
      if (until(text)) socket.destroy()
    })
    socket.on("error", (failure: NodeJS.ErrnoException) => {
      error = failure.code
    })
    socket.on("close", () => resolve({ text, reads, error }))
  })

/** Waits until a condition is true. */
export const eventually = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 30_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("it did not happen")
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
