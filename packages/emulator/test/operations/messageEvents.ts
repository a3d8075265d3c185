/**
 * Answers of messages, whole and streamed, as the tests read them.
 */
export interface Block {
  readonly type: string
  readonly text?: string
  readonly thinking?: string
  readonly signature?: string
  readonly id?: string
  readonly name?: string
  readonly input?: unknown
}

export interface Message {
  readonly id: string
  readonly model: string | null
  readonly content: ReadonlyArray<Block>
  readonly stop_reason: string | null
  readonly stop_sequence: string | null
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number }
}

export interface Event {
  readonly type: string
  readonly index?: number
  readonly message?: Message
  readonly content_block?: Block
  readonly delta?: {
    readonly type?: string
    readonly text?: string
    readonly thinking?: string
    readonly signature?: string
    readonly partial_json?: string
    readonly stop_reason?: string
    readonly stop_sequence?: string | null
  }
  readonly usage?: { readonly output_tokens: number }
}

export interface Frame {
  readonly event: string | undefined
  readonly data: string
}

export const framesOf = (text: string): ReadonlyArray<Frame> =>
  text.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.split(/\r?\n/)
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const data = field("data")
    return data === undefined ? [] : [{ event: field("event"), data }]
  })

export const eventsOf = (text: string): ReadonlyArray<Event> =>
  framesOf(text).map(({ data }) => JSON.parse(data) as Event)
