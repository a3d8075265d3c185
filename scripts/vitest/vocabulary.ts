/**
 * The vocabulary of Llama 3 for the tests: a module with only the pieces, instead of `llama3-tokenizer-js`, like the one of the build
 * (`scripts/vocabulary.ts`). That package unpacks its list of merges when it is loaded, which takes most of a second in each thread and each process
 * of tests.
 */
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/** The package that has the vocabulary. */
export const vocabulary = "llama3-tokenizer-js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../..")

/** No piece contains this character, because the vocabulary writes bytes as printable characters. */
const separator = " "

interface Llama3 {
  readonly default: { readonly vocabById: ReadonlyArray<string> }
}

/** The path of the module. It is written once for each version of the package, into a folder that an installation may remove. */
export const vocabularyModule = async (): Promise<string> => {
  const source = createRequire(Path.join(root, "packages/emulator/package.json")).resolve(vocabulary)
  // pnpm has the version in the path of a package
  const version = /llama3-tokenizer-js@([^/\\]+)/.exec(Fs.realpathSync(source))?.[1] ?? String(Fs.statSync(source).size)
  const folder = Path.join(root, "node_modules/.cache/effect-friendli")
  const path = Path.join(folder, `llama3-vocabulary-${version}.mjs`)
  if (Fs.existsSync(path)) return path
  const { vocabById } = ((await import(pathToFileURL(source).href)) as Llama3).default
  if (vocabById.some((piece) => piece.includes(separator)))
    throw new Error(`${vocabulary}: a piece contains the separator`)
  const text = `const pieces = ${JSON.stringify(vocabById.join(separator))}
export default { vocabById: pieces.split(${JSON.stringify(separator)}) }
`
  Fs.mkdirSync(folder, { recursive: true })
  // two runs may start at the same time: the file is complete when it gets its final name
  const made = `${path}.${process.pid}`
  Fs.writeFileSync(made, text)
  Fs.renameSync(made, path)
  return path
}
