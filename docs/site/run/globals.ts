/**
 * The build replaces the global names in all modules of `runtime.js` with these values. The page's own console, its `fetch` and the `process` of
 * other modules do not change.
 */
import { page } from "./page.js"

export { console, process } from "./page.js"

/** Replaces `globalThis.fetch`, which is the default of the platform's `FetchHttpClient.Fetch`. */
export const pageFetch: typeof globalThis.fetch = (input, init) => page.fetch(input, init)
