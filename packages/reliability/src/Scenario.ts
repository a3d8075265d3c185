/**
 * A row of the table: the behaviour of the server, the result of a correct client, and why it matters.
 */
import { type Call, type Contender, type Outcome, run } from "./Contender.js"
import { listen, type RawServer, type Script } from "./RawServer.js"
import { gatewayKey, prompt, text as wholeText, token } from "./wire.js"

export interface Verdict {
  /** `"partly"`: half of the requirement is met, for example if there is no failure but the finish reason is missing. */
  readonly ok: boolean | "partly"
  /** The observed result, in one line. */
  readonly seen: string
}

export interface Scenario {
  readonly id: string
  /** The behaviour of the server. */
  readonly server: string
  /** The result of a correct client. */
  readonly shows: string
  readonly why: string
  /** Whether it applies to other clients, too: if they promise it, or if every client must do it. */
  readonly peers: boolean | ReadonlyArray<string>
  /** Why it currently fails, if it does. */
  readonly fails?: string | undefined
  /** Takes seconds or keeps the process busy, so it runs alone. */
  readonly slow?: boolean | undefined
  /**
   * The row is about the meaning of bytes, which is the same over every HTTP layer. The tests run it over one layer; the report runs
   * every row over each.
   */
  readonly anyLayer?: boolean | undefined
  readonly run: (client: Contender) => Promise<Verdict>
}

/** Marks the rows for which one HTTP layer is enough: all of them, or those whose ids match. */
export const overAnyLayer = (scenarios: ReadonlyArray<Scenario>, ids: RegExp = /./): ReadonlyArray<Scenario> =>
  scenarios.map((scenario) => (ids.test(scenario.id) ? { ...scenario, anyLayer: true } : scenario))

export interface Family {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly scenarios: ReadonlyArray<Scenario>
}

/** The expected outcome of a call. */
export interface Expected {
  /** `"complete"`, or the name of the failure in the SDK. If a failure is named, other clients must fail in some way. */
  readonly ended: string | ReadonlyArray<string>
  /** The text that was delivered. */
  readonly text?: string | undefined
  /** The number of delivered events. Only checked for the SDK, because others count differently. */
  readonly events?: number | undefined
  /** The number of requests that the server received. */
  readonly attempts?: number | undefined
  readonly status?: number | undefined
  readonly retryAfter?: number | undefined
  /** The message must match this. Only checked for the SDK. */
  readonly message?: RegExp | undefined
  /** The server sees the client disconnect before its answer ends. */
  readonly closed?: boolean | undefined
  /**
   * No rendering of the failure shows the token, the key of a gateway or the prompt. Always checked for the SDK. Spans of the transport below are
   * also checked, except for `"own"`.
   */
  readonly secret?: boolean | "own" | undefined
}

export const eventually = async (holds: () => boolean, patience = 5000): Promise<boolean> => {
  const until = Date.now() + patience
  while (!holds()) {
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

/** Whether the client closes the connection of the last request. True if there was no request. */
export const closes = async (requests: RawServer["requests"]): Promise<boolean> =>
  requests.length > 0 && (await eventually(() => requests.at(-1)?.closed !== undefined))

/** The secrets that a failure shows. */
export const leaksOf = (outcome: Outcome, own = false): ReadonlyArray<string> => {
  const shown = [...(outcome.renderings ?? []), ...(own ? [] : (outcome.belowRenderings ?? []))].join("\n")
  return [
    ...(shown.includes(token) || shown.includes(token.slice(8)) ? ["the token"] : []),
    ...(shown.includes(gatewayKey) || shown.includes(gatewayKey.slice(7)) ? ["the key of the gateway"] : []),
    ...(shown.includes(prompt) || /zebras|quokkas/.test(shown) ? ["the prompt"] : [])
  ]
}

const shorten = (text: string): string =>
  text.length > 60 ? `${text.slice(0, 40)}… (${text.length} characters)` : text

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const describe = (outcome: Outcome): string =>
  [
    outcome.ended === "complete" ? "ended as complete" : outcome.ended === "hang" ? "hangs" : outcome.ended,
    ...(outcome.message === undefined || outcome.ended === "hang" ? [] : [`“${shorten(outcome.message)}”`]),
    outcome.text === "" ? "no text" : `text “${shorten(outcome.text)}”`
  ].join(", ")

/** Ends that are neither a success nor a failure, for clients that only report the finish reason. */
const isUnfinished = (ended: string): boolean => ended.startsWith("finish reason") || ended === "no finish reason"

const endsRight = (client: Contender, { ended }: Outcome, expected: Expected): boolean | "partly" => {
  const wanted = typeof expected.ended === "string" ? [expected.ended] : expected.ended
  const successes: ReadonlyArray<string> = wanted.filter((name) => name === "complete" || name === "left")
  if (client.isOurs || successes.includes(ended) || successes.length === wanted.length) return wanted.includes(ended)
  if (isUnfinished(ended)) return "partly"
  // one client reports its own timeouts as a part of the stream
  if (ended === "aborted") return wanted.some((name) => name.startsWith("RequestTimeoutError"))
  return ended !== "complete" && ended !== "hang" && ended !== "no end"
}

/** Compares an outcome with what was expected. */
export const judge = async (
  client: Contender,
  outcome: Outcome,
  server: Pick<RawServer, "requests" | "violations"> | undefined,
  expected: Expected
): Promise<Verdict> => {
  const ends = endsRight(client, outcome, expected)
  const wrong: Array<string> = ends === false ? [describe(outcome)] : []
  if (ends === "partly") wrong.push(`no failure: only the finish reason is missing`)
  const differs = (what: string, wanted: unknown, got: unknown): void => {
    if (wanted !== undefined && wanted !== got) wrong.push(`${what}: ${String(got)}, expected ${String(wanted)}`)
  }
  if (expected.text !== undefined && expected.text !== outcome.text && ends !== false) {
    wrong.push(`text “${shorten(outcome.text)}”, expected “${shorten(expected.text)}”`)
  }
  if (client.isOurs) {
    differs("events", expected.events, outcome.events)
    if (expected.message !== undefined && !expected.message.test(outcome.message ?? "")) {
      wrong.push(`the message says “${outcome.message}”`)
    }
    differs("retryAfter", expected.retryAfter, outcome.retryAfter)
  }
  if (ends !== false) differs("status", expected.status, outcome.status)
  differs("requests", expected.attempts, server?.requests.length)
  if (expected.closed === true && !(await closes(server?.requests ?? []))) wrong.push("the connection stays open")
  if (client.isOurs || expected.secret !== undefined) {
    const leaks = leaksOf(outcome, expected.secret === "own")
    if (leaks.length > 0) wrong.push(`the failure shows ${leaks.join(" and ")}`)
  }
  wrong.push(...new Set(server?.violations))
  if (wrong.length === 0) return { ok: true, seen: describe(outcome) }
  return { ok: ends === "partly" && wrong.length === 1 ? "partly" : false, seen: wrong.join("; ") }
}

/** A verdict with additional problems. */
export const and = (verdict: Verdict, wrong: ReadonlyArray<string>): Verdict =>
  wrong.length === 0
    ? verdict
    : { ok: false, seen: [...(verdict.ok === true ? [] : [verdict.seen]), ...wrong].join("; ") }

/** Runs with a separate server. */
export const withServer = async <A>(script: Script, use: (server: RawServer) => Promise<A>): Promise<A> => {
  const server = await listen(script)
  try {
    return await use(server)
  } finally {
    await server.close()
  }
}

export type Settings = Omit<Call, "baseUrl" | "kind">

interface Described extends Pick<Scenario, "id" | "server" | "shows" | "why" | "fails"> {
  readonly peers?: Scenario["peers"] | undefined
  readonly slow?: boolean | undefined
}

/** A row with one call that a script answers. */
export const one = (
  row: Described & {
    readonly kind: Call["kind"]
    readonly script: () => Script
    readonly settings?: Settings | undefined
    readonly expected: Expected
    /** How long other clients may take, if their waits are longer. */
    readonly patience?: number | undefined
    /** Additional problems. */
    readonly also?: ((server: RawServer, outcome: Outcome) => ReadonlyArray<string>) | undefined
  }
): Scenario => ({
  ...row,
  peers: row.peers ?? true,
  run: (client) =>
    withServer(row.script(), async (server) => {
      const patience = client.isOurs ? client.patience : (row.patience ?? client.patience)
      const outcome = await run(client, { kind: row.kind, baseUrl: server.url, ...row.settings }, patience)
      return and(await judge(client, outcome, server, row.expected), row.also?.(server, outcome) ?? [])
    })
})

export const appliesTo = ({ peers }: Scenario, client: Contender): boolean =>
  client.isOurs || peers === true || (Array.isArray(peers) && peers.includes(client.name))

/** Runs a row. An error in the row itself also counts as its failure. */
export const attempt = (scenario: Scenario, client: Contender): Promise<Verdict> =>
  scenario.run(client).catch((error: unknown) => ({ ok: false, seen: `broke off: ${String(error)}` }))

/** The expected outcome of a complete stream. */
export const complete: Expected = { ended: "complete", text: wholeText, attempts: 1 }
