/**
 * The bytes of answers: heads, bodies, events, and the conversation of all scenarios.
 */
import { halfClose, type Step, type Steps, write } from "./RawServer.js"

export const token = "flp_S7r3amsThatCann0tLie"
/** The key of a gateway in front of the API, in a header or in the path of the base URL. */
export const gatewayKey = "gw-key-5ec4e7Tr0ut9"
export const model = "meta-llama-3.1-8b-instruct"
/** No message of a client contains these words, so finding them means that the prompt was shown. */
export const prompt = "Why do zebras yawn at quokkas in moonlit orchards?"

export const words = ["Streams ", "that ", "cannot ", "lie."] as const
export const text = words.join("")

/** The JSON of an event with a piece of text. */
export const chunk = (content: string, finish: string | null = null): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model,
    choices: [
      { index: 0, delta: finish === null ? { role: "assistant", content } : {}, finish_reason: finish, logprobs: null }
    ]
  })

export const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }

export const usageChunk: string = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_700_000_000,
  model,
  choices: [],
  usage
})

/** The JSON of a whole answer. */
export const completion = (content: string = text): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", logprobs: null }],
    usage
  })

export const event = (data: string, end = "\n"): string => `data: ${data}${end}${end}`

/** The data of a whole stream: four pieces of text, the finish reason, the usage. */
export const whole: ReadonlyArray<string> = [...words.map((word) => chunk(word)), chunk("", "stop"), usageChunk]

/** The whole stream with `[DONE]`, as one text. */
export const wholeText = (end = "\n"): string => [...whole, "[DONE]"].map((data) => event(data, end)).join("")

/** The first two pieces, which have arrived before a fault. */
export const begun = words
  .slice(0, 2)
  .map((word) => event(chunk(word)))
  .join("")
export const begunText = words.slice(0, 2).join("")

export const head = (status: string | number, headers: Readonly<Record<string, string | number>> = {}): Step =>
  write(
    `HTTP/1.1 ${status}${typeof status === "number" ? " Status" : ""}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n`
  )

const length = (body: string | Uint8Array): number => Buffer.byteLength(body)

/** A whole answer with its `content-length`. */
export const whole200 = (body: string | Uint8Array = completion(), contentType = "application/json"): Steps => [
  head("200 OK", { "content-type": contentType, "content-length": length(body) }),
  write(body)
]

/** An answer with a status, a body and its `content-length`. */
export const answer = (
  status: string | number,
  body: string | Uint8Array = JSON.stringify({ error: { message: "the server's reason" } }),
  headers: Readonly<Record<string, string | number>> = {}
): Steps => [
  head(status, { "content-type": "application/json", ...headers, "content-length": length(body) }),
  write(body)
]

export const sseHead = (headers: Readonly<Record<string, string>> = {}): Step =>
  head("200 OK", { "content-type": "text/event-stream", "transfer-encoding": "chunked", ...headers })

/** A piece of a chunked body. */
export const piece = (body: string | Uint8Array): Step =>
  write(
    Buffer.concat([
      Buffer.from(`${length(body).toString(16)}\r\n`),
      Buffer.from(body as Uint8Array),
      Buffer.from("\r\n")
    ])
  )

/** The end of a chunked body. */
export const lastPiece: Step = write("0\r\n\r\n")

/** An event stream in these pieces, with the end that HTTP requires. */
export const sse = (...pieces: ReadonlyArray<string | Uint8Array>): Steps => [
  sseHead(),
  ...pieces.filter((it) => it.length > 0).map(piece),
  lastPiece
]

/** An event stream that ends with the connection. */
export const sseUntilClose = (...pieces: ReadonlyArray<string | Uint8Array>): Steps => [
  head("200 OK", { "content-type": "text/event-stream", connection: "close" }),
  ...pieces.map(write),
  halfClose
]

/** A whole answer, event by event. */
export const wholeStream: Steps = sse(...whole.map((data) => event(data)), event("[DONE]"))
