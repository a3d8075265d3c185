import type { Contender } from "../Contender.js"

/** Loaded one by one: npm's undici changes how Node's own fetch treats incomplete bodies, so each client runs in its own process. */
export const contenders: Readonly<Record<string, () => Promise<Contender>>> = {
  "ours-fetch": async () => (await import("./ours-fetch.js")).make(),
  "ours-undici": async () => (await import("./ours-undici.js")).make(),
  "ours-fetch-transport": async () => (await import("./ours-fetch-transport.js")).make(),
  "ours-undici-transport": async () => (await import("./ours-undici-transport.js")).make(),
  openai: async () => (await import("./openai.js")).make(),
  "ai-sdk": async () => (await import("./ai-sdk.js")).make()
}
