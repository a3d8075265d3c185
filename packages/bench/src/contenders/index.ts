import type { Make } from "./Contender.js"

interface Entry {
  readonly title: string
  /** Loaded in the client's process alone, so that no contender pays for, or changes, what another imports. */
  readonly load: () => Promise<{ readonly make: Make }>
}

export const contenders = {
  "ours-fetch": { title: "ours on fetch", load: () => import("./ours-fetch.js") },
  "ours-undici": { title: "ours on undici", load: () => import("./ours-undici.js") },
  "ours-fetch-chunks": { title: "ours on fetch, by chunks", load: () => import("./ours-fetch-chunks.js") },
  "ours-undici-chunks": { title: "ours on undici, by chunks", load: () => import("./ours-undici-chunks.js") },
  openai: { title: "openai", load: () => import("./openai.js") },
  "ai-sdk": { title: "@friendliai/ai-provider with ai", load: () => import("./ai-sdk.js") },
  "effect-by-hand": { title: "Effect by hand, on fetch", load: () => import("./effect-by-hand.js") },
  "baseline-fetch": { title: "baseline: fetch, JSON.parse", load: () => import("./baseline-fetch.js") },
  "baseline-undici": { title: "baseline: undici, JSON.parse", load: () => import("./baseline-undici.js") }
} as const satisfies Record<string, Entry>

export type ContenderName = keyof typeof contenders

export const reference: ContenderName = "openai"

export const everyCall: ReadonlyArray<ContenderName> = [
  "ours-fetch",
  "ours-undici",
  "openai",
  "ai-sdk",
  "effect-by-hand",
  "baseline-fetch",
  "baseline-undici"
]

export const everyStream: ReadonlyArray<ContenderName> = [...everyCall, "ours-fetch-chunks", "ours-undici-chunks"]
