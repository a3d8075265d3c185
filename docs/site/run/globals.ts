/**
 * What the build puts in place of the global names in all modules of `runtime.js`. The page's own console, its `fetch` and everybody else's
 * `process` stay as they are.
 */
import { page } from "./page.js"

export { console, process } from "./page.js"

/** In place of `globalThis.fetch`, which is the default of the platform's `FetchHttpClient.Fetch`. */
export const pageFetch: typeof globalThis.fetch = (input, init) => page.fetch(input, init)
