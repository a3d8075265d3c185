import type { Make } from "./Contender.js"
import type { Consumer } from "./ours.js"

export interface Entry {
  readonly title: string
  /** Its HTTP layer. */
  readonly http: string
  /** Its packages, by their names in `node_modules`. Their versions are in the report. */
  readonly packages: ReadonlyArray<string>
  /** Loaded only in the client's process, so that no contender pays for, or changes, the imports of another one. */
  readonly load: () => Promise<{ readonly make: Make }>
}

const effect = ["effect", "@effect/platform"]

/** HTTP layers for ours. To add one: a file in `layers`, an entry here, and its contenders below. */
const layers = {
  fetch: {
    title: "fetch",
    http: "`FetchHttpClient.layer`",
    packages: effect,
    load: () => import("./layers/fetch.js")
  },
  undici: {
    title: "undici",
    http: "`NodeHttpClient.layerUndici`",
    packages: [...effect, "@effect/platform-node", "undici"],
    load: () => import("./layers/undici.js")
  },
  fetchTransport: {
    title: "FetchTransport",
    http: "`FetchTransport.layer`",
    packages: effect,
    load: () => import("./layers/fetch-transport.js")
  },
  undiciTransport: {
    title: "UndiciTransport",
    http: "`UndiciTransport.layer`",
    packages: [...effect, "@effect/platform-node", "undici"],
    load: () => import("./layers/undici-transport.js")
  }
}

const consumerTitles: Readonly<Record<Consumer, string>> = {
  events: "",
  chunks: ", by chunks",
  forEach: ", forEach"
}

/** Ours: any layer with any consumer of streams. */
const ours = (layer: keyof typeof layers, consumer: Consumer): Entry => {
  const { http, load, packages, title } = layers[layer]
  return {
    title: `ours on ${title}${consumerTitles[consumer]}`,
    http,
    packages,
    load: async () => {
      const [transport, { over }] = await Promise.all([load(), import("./ours.js")])
      return { make: over(transport.layer, consumer) }
    }
  }
}

export const contenders = {
  "ours-fetch": ours("fetch", "events"),
  "ours-undici": ours("undici", "events"),
  "ours-fetch-chunks": ours("fetch", "chunks"),
  "ours-undici-chunks": ours("undici", "chunks"),
  "ours-fetch-each": ours("fetch", "forEach"),
  "ours-undici-each": ours("undici", "forEach"),
  "ours-fetch-transport": ours("fetchTransport", "events"),
  "ours-undici-transport": ours("undiciTransport", "events"),
  "ours-fetch-transport-each": ours("fetchTransport", "forEach"),
  "ours-undici-transport-each": ours("undiciTransport", "forEach"),
  openai: { title: "openai 6", http: "fetch", packages: ["openai"], load: () => import("./openai.js") },
  openai7: { title: "openai 7", http: "fetch", packages: ["openai7"], load: () => import("./openai7.js") },
  "ai-sdk": {
    title: "@friendliai/ai-provider with ai",
    http: "fetch",
    packages: ["@friendliai/ai-provider", "ai"],
    load: () => import("./ai-sdk.js")
  },
  "effect-by-hand": {
    title: "Effect by hand",
    http: "`FetchHttpClient.layer`",
    packages: effect,
    load: () => import("./effect-by-hand.js")
  },
  "baseline-fetch": {
    title: "baseline: fetch, JSON.parse",
    http: "fetch",
    packages: [],
    load: () => import("./baseline-fetch.js")
  },
  "baseline-undici": {
    title: "baseline: undici, JSON.parse",
    http: "undici",
    packages: ["undici"],
    load: () => import("./baseline-undici.js")
  }
} as const satisfies Record<string, Entry>

export type ContenderName = keyof typeof contenders

export const reference = "openai" satisfies ContenderName
export const nextReference = "openai7" satisfies ContenderName

/** The contenders that `docs/guides/performance.md` recommends on each transport, for calls and for streams. The budgets apply to these. */
export const recommended = {
  undici: { calls: "ours-undici-transport", streams: "ours-undici-transport-each" },
  fetch: { calls: "ours-fetch-transport", streams: "ours-fetch-transport-each" }
} as const satisfies Record<string, Record<"calls" | "streams", ContenderName>>

/** The contenders of the budgets, and the baselines of Node itself: measured in every round. The others are measured only in the first round. */
export const compared: ReadonlySet<ContenderName> = new Set([
  ...Object.values(recommended).flatMap(({ calls, streams }) => [calls, streams]),
  reference,
  nextReference,
  "baseline-fetch",
  "baseline-undici"
])

const others: ReadonlyArray<ContenderName> = [
  "openai",
  "openai7",
  "ai-sdk",
  "effect-by-hand",
  "baseline-fetch",
  "baseline-undici"
]

/** The contenders for calls. A call has no consumer. */
export const everyCall: ReadonlyArray<ContenderName> = [
  "ours-fetch",
  "ours-undici",
  "ours-fetch-transport",
  "ours-undici-transport",
  ...others
]

export const everyStream: ReadonlyArray<ContenderName> = [
  ...everyCall,
  "ours-fetch-chunks",
  "ours-undici-chunks",
  "ours-fetch-each",
  "ours-undici-each",
  "ours-fetch-transport-each",
  "ours-undici-transport-each"
]
