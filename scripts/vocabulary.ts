/**
 * The vocabulary of the built emulator: a module with only the pieces, instead of the module that loads `llama3-tokenizer-js`. That package unpacks
 * its list of merges when it is loaded, which takes most of a second, and the emulator does not use them.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"

/** No piece contains this character, because the vocabulary writes bytes as printable characters. */
const separator = " "

/** Replaces `engine/vocabulary.js` of a compiled emulator. Returns the size of the new module in bytes. */
export const writeVocabulary = async (emulator: string): Promise<number> => {
  const path = Path.join(emulator, "dist/engine/vocabulary.js")
  const { readPieces } = (await import(pathToFileURL(path).href)) as {
    readonly readPieces: () => ReadonlyArray<string>
  }
  const pieces = readPieces()
  if (pieces.some((piece) => piece.includes(separator))) throw new Error(`${path}: a piece contains the separator`)
  const license = Fs.readFileSync(Path.join(emulator, "node_modules/llama3-tokenizer-js/LICENSE.md"), "utf8").trim()
  const text = [
    "/*!",
    " * The vocabulary is that of the package llama3-tokenizer-js, under this license:",
    " *",
    ...license.split("\n").map((line) => ` * ${line}`.trimEnd()),
    " */",
    `const pieces = ${JSON.stringify(pieces.join(separator))}`,
    `export const readPieces = () => pieces.split(${JSON.stringify(separator)})`,
    ""
  ].join("\n")
  Fs.writeFileSync(path, text)
  Fs.rmSync(`${path}.map`)
  return Buffer.byteLength(text)
}
