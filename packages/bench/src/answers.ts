/**
 * The answers of the server, and the values that a client must have read from them. Events have the shape and size of Friendli's own: about 230 bytes
 * per token.
 */

/** The values that a client must have read, in one answer or in many. */
export interface Expected {
  /** Answers that were read to their end. */
  readonly answers: number
  /** Texts that are not empty: one per event, or the whole text of a whole answer. */
  readonly pieces: number
  readonly characters: number
  /** Of the usage at the end. */
  readonly tokens: number
  /** Calls that were answered with 422. */
  readonly rejections: number
}

/** An answer in parts, so that a long answer needs little memory: the block is sent several times. */
export interface Answer {
  readonly head: Buffer
  readonly block: Buffer
  readonly blocks: number
  readonly tail: Buffer
}

export const lastPiece = " The end."

const words = (
  " the| network| answers| with| a| stream| of| small| events|,| and| each| one| carries| a| token| or| two|.| Nobody| reads" +
  "| them| by| eye|;| a| program| puts| them| together| again| —| quickly|,| if| it| can|.| What| it| costs| to| do| so| is" +
  "| measured| here|:| in| micro|seconds| of| processor| time|,| not| in| pro|mises|.\n\n|It| is| a| fair| question"
).split("|")

const pieceAt = (index: number): string => words[index % words.length]!

const chunk = (choices: ReadonlyArray<unknown>, usage: unknown): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-2f6d1a8c90b44e7a",
    object: "chat.completion.chunk",
    created: 1767225601,
    model: "meta-llama-3.1-8b-instruct",
    choices,
    usage
  })}\n\n`

const delta = (content: string, role?: string): string =>
  chunk(
    [{ index: 0, delta: { ...(role === undefined ? {} : { role }), content }, finish_reason: null, logprobs: null }],
    null
  )

const promptTokens = 24

const usage = (tokens: number) => ({
  prompt_tokens: promptTokens,
  completion_tokens: tokens,
  total_tokens: promptTokens + tokens
})

const opening = (): string => delta("", "assistant")
const closing = (pieces: number): ReadonlyArray<string> => [
  delta(lastPiece),
  chunk([{ index: 0, delta: {}, finish_reason: "stop", logprobs: null }], null),
  chunk([], usage(pieces)),
  "data: [DONE]\n\n"
]

/** The number of events of a stream without text: the role, the finish reason, the usage. */
export const eventsBesides = 3

/** Every event of a stream with this number of texts, including `[DONE]`, as text. */
export const events = (pieces: number): ReadonlyArray<string> => [
  opening(),
  ...Array.from({ length: pieces - 1 }, (_, index) => delta(pieceAt(index))),
  ...closing(pieces)
]

const headOf = (contentType: string, rest: string, status = 200): string =>
  `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Unprocessable Content"}\r\nContent-Type: ${contentType}\r\nX-Request-Id: bench\r\nConnection: keep-alive\r\n${rest}\r\n\r\n`

/** One write of the server as an HTTP chunk: clients get it in one piece, however the network splits it. */
const written = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

export const streamHead: Buffer = Buffer.from(headOf("text/event-stream", "Transfer-Encoding: chunked"))
export const streamEnd: Buffer = Buffer.from("0\r\n\r\n")
export const writtenEvents = (pieces: number): ReadonlyArray<Buffer> =>
  events(pieces).map((event) => Buffer.from(written(event)))

const inWrites = (all: ReadonlyArray<string>, eventsPerWrite: number): string => {
  let text = ""
  for (let at = 0; at < all.length; at += eventsPerWrite) text += written(all.slice(at, at + eventsPerWrite).join(""))
  return text
}

/** A stream with this number of texts and of events per write, without pauses. */
export const stream = (pieces: number, eventsPerWrite: number): Answer => {
  // a multiple of the number of words and of the events per write
  const period = words.length * eventsPerWrite
  const blocks = Math.floor((pieces - 1) / period)
  const texts = (count: number) => Array.from({ length: count }, (_, index) => delta(pieceAt(index)))
  const rest = [...texts(pieces - 1 - blocks * period), ...closing(pieces)]
  return {
    head: Buffer.concat([streamHead, Buffer.from(written(opening()))]),
    block: Buffer.from(inWrites(texts(period), eventsPerWrite)),
    blocks,
    tail: Buffer.concat([Buffer.from(inWrites(rest, eventsPerWrite)), streamEnd])
  }
}

const wholePieces = 120
const wholeText = Array.from({ length: wholePieces - 1 }, (_, index) => pieceAt(index)).join("") + lastPiece

/** The JSON of a whole answer. */
export const wholeJson: string = JSON.stringify({
  id: "chatcmpl-2f6d1a8c90b44e7a",
  object: "chat.completion",
  created: 1767225601,
  model: "meta-llama-3.1-8b-instruct",
  choices: [{ index: 0, message: { role: "assistant", content: wholeText }, finish_reason: "stop", logprobs: null }],
  usage: usage(wholePieces)
})

/** An answer that is sent in one write. */
export const json = (status: number, text: string): Answer => ({
  head: Buffer.from(headOf("application/json", `Content-Length: ${Buffer.byteLength(text)}`, status) + text),
  block: Buffer.alloc(0),
  blocks: 0,
  tail: Buffer.alloc(0)
})

export const whole: Answer = json(200, wholeJson)

/** The bodies of a 422 from a server, or from a gateway in front of it: issues as JSON, or a page. */
const rejectionParts = {
  json: (at: number) =>
    `${at === 0 ? "" : ","}${JSON.stringify({
      type: "string_type",
      loc: ["body", "messages", at, "content"],
      msg: "Input should be a valid string",
      input: { role: "user", parts: words.slice(at % 8) }
    })}`,
  page: (at: number) => `<p class="line-${at}">${words.slice(at % 8).join("")}</p>\n`
}

export type RejectionKind = keyof typeof rejectionParts

const rejectionFrames = {
  json: { contentType: "application/json", head: `{"detail":[`, tail: "]}" },
  page: { contentType: "text/html", head: "<html><body><h1>422</h1>\n", tail: "</body></html>" }
}

/** A rejection with a body of about this number of megabytes; 0 means about 60 KB. */
export const rejection = (megabytes: number, kind: RejectionKind): Answer => {
  const { contentType, head, tail } = rejectionFrames[kind]
  const part = rejectionParts[kind]
  const first = Buffer.from(head + part(0))
  const block = Buffer.from(Array.from({ length: 100 }, (_, at) => part(at + 1)).join(""))
  const blocks = Math.max(1, Math.round((megabytes * 1e6) / block.length))
  const length = first.length + block.length * blocks + tail.length
  return {
    head: Buffer.concat([Buffer.from(headOf(contentType, `Content-Length: ${length}`, 422)), first]),
    block,
    blocks,
    tail: Buffer.from(tail)
  }
}

export const expectedOfRejections = (calls: number): Expected => ({
  answers: 0,
  pieces: 0,
  characters: 0,
  tokens: 0,
  rejections: calls
})

export const expectedOfWhole = (calls: number): Expected => ({
  answers: calls,
  pieces: calls,
  characters: calls * wholeText.length,
  tokens: calls * (promptTokens + wholePieces),
  rejections: 0
})

export const expectedOfStreams = (streams: number, pieces: number): Expected => {
  let characters = lastPiece.length
  for (let index = 0; index < pieces - 1; index++) characters += pieceAt(index).length
  return {
    answers: streams,
    pieces: streams * pieces,
    characters: streams * characters,
    tokens: streams * (promptTokens + pieces),
    rejections: 0
  }
}
