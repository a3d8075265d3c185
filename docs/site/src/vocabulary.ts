/**
 * What the bundler has to know for the playground: the emulator gets its vocabulary alone.
 *
 * `llama3-tokenizer-js` brings its list of merges along and unpacks it when it is loaded. The emulator does not use them: with the
 * vocabulary alone the page loads a third of the bytes. The published emulator is built in the same way (`scripts/vocabulary.ts`).
 */
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

/** No piece contains it: the vocabulary writes bytes as printable characters. */
const separator = " "

interface Llama3 {
  readonly default: { readonly vocabById: ReadonlyArray<string> }
}

/** What only Node needs to be told. The development server of Vite answers with a script. */
const jsonAttribute = ', { with: { type: "json" } }'

/** A plugin of Vite, which has no dependency on a version of it. */
export const vocabulary = () => ({
  name: "effect-friendli:vocabulary",
  enforce: "pre" as const,
  transform: (code: string, id: string): string | undefined =>
    id.endsWith("/emulator/src/contract/document.ts") ? code.replace(jsonAttribute, "") : undefined,
  load: async (id: string): Promise<string | undefined> => {
    if (!id.endsWith("/emulator/src/engine/vocabulary.ts")) return undefined
    const path = createRequire(id).resolve("llama3-tokenizer-js")
    const { vocabById } = ((await import(pathToFileURL(path).href)) as Llama3).default
    const pieces = JSON.stringify(vocabById.join(separator))
    return `const pieces = ${pieces}\nexport const readPieces = () => pieces.split(${JSON.stringify(separator)})\n`
  }
})
