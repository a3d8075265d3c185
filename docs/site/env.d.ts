/** What Vite gives to modules of the site. */
interface ImportMetaEnv {
  readonly SSR: boolean
}

interface ImportMeta {
  readonly env: ImportMetaEnv
  readonly glob: <Module>(pattern: string) => Record<string, () => Promise<Module>>
}

declare module "*.css"

declare module "*.vue" {
  import type { Component } from "vue"
  const component: Component
  export default component
}

/** What the libraries in a page send requests with: see `run/globals.ts`. */
declare const pageFetch: typeof globalThis.fetch
