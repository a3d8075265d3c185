/** Builds the command as tests start it: in few files, since a process that translates every source for itself takes seconds to start. */
import { build } from "esbuild"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("../..", import.meta.url))
const source = `${folder}/src/bin.ts`

/** Puts the command with all its packages into files of a folder, and gives the path of the first. Two test files need two folders. */
export const buildCommand = async (name: string): Promise<string> => {
  await build({
    entryPoints: [source],
    outdir: `${folder}/.tested/${name}`,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["pg-native"],
    // packages of the older form ask for Node's modules with a function that new ones do not have
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
    }
  })
  return `${folder}/.tested/${name}/bin.js`
}
