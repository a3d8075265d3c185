/**
 * What is asked of each client, and what it is reduced to: one common outcome.
 */
import type * as Retry from "effect-friendli/Retry"

/** A call that a scenario makes. A client without such a setting ignores it. */
export interface Call {
  readonly kind: "stream" | "unary"
  /** Chat where it is left out. Other clients have chat alone. */
  readonly api?: "messages" | undefined
  readonly baseUrl: string
  /** Fields over those of the request. */
  readonly request?: Readonly<Record<string, unknown>> | undefined
  /** Below the base URL: where a gateway would have the API. */
  readonly basePath?: string | undefined
  /** Headers, and where they are set. */
  readonly headers?:
    | { readonly at: "call" | "region" | "layer"; readonly values: Readonly<Record<string, string>> }
    | undefined
  /** Milliseconds. */
  readonly clocks?:
    | {
        readonly headers?: number | undefined
        readonly idle?: number | undefined
        readonly idleReset?: "bytes" | "events" | undefined
        readonly total?: number | undefined
      }
    | undefined
  /** Without it nothing is tried again. `times` is for clients that know no policies. */
  readonly retry?: { readonly policy: Retry.Policy; readonly times: number } | undefined
  /** The consumer leaves after so many events. */
  readonly take?: number | undefined
  /** The caller gives the call up when this resolves. */
  readonly stop?: Promise<void> | undefined
  /** Text is counted and not kept. */
  readonly discard?: boolean | undefined
  /** The answer is put together, as each client offers it; functions of these names are on offer. */
  readonly fold?: { readonly tools?: ReadonlyArray<string> | undefined } | undefined
  /** The answer is given back in a second request; its text is what counts. Only the SDK is asked to. */
  readonly replay?: boolean | undefined
  /** The consumer takes so long over an event. */
  readonly consume?: ((event: number) => Promise<void> | undefined) | undefined
}

/** Filled in while the call is under way, so that it is known when it never ends. */
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

/** An answer put together from its pieces. */
export interface Answer {
  /** Of each choice. */
  readonly texts: ReadonlyArray<string>
  /** Of the first choice. `arguments` are the values, as JSON without spaces; as they came where they are no JSON. */
  readonly calls: ReadonlyArray<{ readonly id: string; readonly name: string; readonly arguments: string }>
  /** How many tokens it took in all. */
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
  /** Where the call asked for it. */
  readonly answer?: Answer | undefined
  /** Everything that shows the failure: text, JSON, what was logged, what spans say. */
  readonly renderings?: ReadonlyArray<string> | undefined
  /** What spans say that are not the client's own, but of the transport below it. */
  readonly belowRenderings?: ReadonlyArray<string> | undefined
}

export interface Contender {
  readonly name: string
  readonly title: string
  /** Whether every row binds it, with the names of its failures. Others are judged by what all clients have in common. */
  readonly isOurs: boolean
  /** How long a call may take before it is said to hang, in milliseconds. */
  readonly patience: number
  /** Never rejects for a failure of the call. */
  readonly run: (call: Call, signal: AbortSignal, progress: Progress) => Promise<Ending>
  readonly close: () => Promise<void>
}

/** What a call came to. */
export interface Outcome extends Progress, Ending {}

/** Makes a call; one that never ends is given up and said to hang. */
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
