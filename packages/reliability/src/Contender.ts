/**
 * The calls of each client, and their common form of an outcome.
 */
import type * as Retry from "effect-friendli/Retry"

/** A call that a scenario makes. A client without such a setting ignores it. */
export interface Call {
  readonly kind: "stream" | "unary"
  /** Default: chat. Other clients have only chat. */
  readonly api?: "messages" | undefined
  readonly baseUrl: string
  /** Fields that override those of the request. */
  readonly request?: Readonly<Record<string, unknown>> | undefined
  /** The path below the base URL, as behind a gateway. */
  readonly basePath?: string | undefined
  /** Headers, and the place where they are set. */
  readonly headers?:
    | { readonly at: "call" | "region" | "layer"; readonly values: Readonly<Record<string, string>> }
    | undefined
  /** Timeouts in milliseconds. */
  readonly clocks?:
    | {
        readonly headers?: number | undefined
        readonly idle?: number | undefined
        readonly idleReset?: "bytes" | "events" | undefined
        readonly total?: number | undefined
      }
    | undefined
  /** Without it, nothing is retried. `times` is for clients without policies. */
  readonly retry?: { readonly policy: Retry.Policy; readonly times: number } | undefined
  /** The consumer stops reading after this number of events. */
  readonly take?: number | undefined
  /** The caller cancels the call when this resolves. */
  readonly stop?: Promise<void> | undefined
  /** Text is counted but not stored. */
  readonly discard?: boolean | undefined
  /** The answer is assembled with the functions of each client; functions with these names are offered. */
  readonly fold?: { readonly tools?: ReadonlyArray<string> | undefined } | undefined
  /** The answer is sent back in a second request, whose answer has the text of the outcome. Only for the SDK. */
  readonly replay?: boolean | undefined
  /** How long the consumer takes for an event. */
  readonly consume?: ((event: number) => Promise<void> | undefined) | undefined
}

/** Filled in while the call runs, so that it is known even if the call never ends. */
export interface Progress {
  text: string
  characters: number
  events: number
}

/** Adds a piece of text. */
export const take = (progress: Progress, { discard }: Call, text: string | null | undefined): void => {
  if (text == null) return
  progress.characters += text.length
  if (discard !== true) progress.text += text
}

/** An answer that is assembled from its pieces. */
export interface Answer {
  /** The text of each choice. */
  readonly texts: ReadonlyArray<string>
  /** The calls of the first choice. `arguments` is JSON without spaces, or the unchanged text if it is not JSON. */
  readonly calls: ReadonlyArray<{ readonly id: string; readonly name: string; readonly arguments: string }>
  /** The total number of tokens. */
  readonly tokens: number | undefined
}

/** JSON without spaces, so that clients that parse and clients that do not can be compared. */
export const compact = (json: string): string => {
  try {
    return JSON.stringify(JSON.parse(json))
  } catch {
    return json
  }
}

/** How a call ended. */
export interface Ending {
  /** `"complete"`, `"left"` after `take`, `"aborted"`, or the name of the failure. */
  readonly ended: string
  readonly message?: string | undefined
  readonly status?: number | undefined
  readonly retryAfter?: number | undefined
  /** Present if the call requested it. */
  readonly answer?: Answer | undefined
  /** Everything that shows the failure: text, JSON, logs, spans. */
  readonly renderings?: ReadonlyArray<string> | undefined
  /** The spans of the transport below the client. */
  readonly belowRenderings?: ReadonlyArray<string> | undefined
}

export interface Contender {
  readonly name: string
  readonly title: string
  /** Whether every row applies to it, including the names of failures. Other clients are judged only by the common requirements. */
  readonly isOurs: boolean
  /** How long a call may take before it counts as hanging, in milliseconds. */
  readonly patience: number
  /** Never rejects for a failure of the call. */
  readonly run: (call: Call, signal: AbortSignal, progress: Progress) => Promise<Ending>
  readonly close: () => Promise<void>
}

/** The outcome of a call. */
export interface Outcome extends Progress, Ending {}

/** Makes a call. A call that does not end is cancelled and reported as hanging. */
export const run = async (client: Contender, call: Call, patience = client.patience): Promise<Outcome> => {
  const abort = new AbortController()
  const progress: Progress = { text: "", characters: 0, events: 0 }
  let timer: NodeJS.Timeout | undefined
  const hang = new Promise<Ending>((resolve) => {
    timer = setTimeout(
      () => resolve({ ended: "hang", message: `nothing came of it within ${patience / 1000} s` }),
      patience
    )
  })
  void call.stop?.then(() => abort.abort())
  const ending = await Promise.race([client.run(call, abort.signal, progress), hang])
  clearTimeout(timer)
  const outcome = { ...progress, ...ending }
  if (ending.ended === "hang") abort.abort()
  return outcome
}
