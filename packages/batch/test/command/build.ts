/** Builds the command as tests start it: in few files, since a process that translates every source for itself takes seconds to start. */
import { build } from "esbuild"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("../..", import.meta.url))
const source = `${folder}/src/bin.ts`

/** Puts the command into files of a folder, with all its packages but some, and gives the path of the first file. */
const buildInto = async (outdir: string, without: ReadonlyArray<string>): Promise<string> => {
  await build({
    entryPoints: [source],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["pg-native", ...without],
    // packages of the older form ask for Node's modules with a function that new ones do not have
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);'
    }
  })
  return `${outdir}/bin.js`
}

/** The command with all its packages. Two test files need two names. */
export const buildCommand = (name: string): Promise<string> => buildInto(`${folder}/.tested/${name}`, [])

/** The command in a folder from which nothing else is found, as where some packages are not installed. */
export const buildWithout = async (elsewhere: string, packages: ReadonlyArray<string>): Promise<string> => {
  Fs.copyFileSync(`${folder}/package.json`, `${elsewhere}/package.json`)
  return buildInto(`${elsewhere}/dist/command`, packages)
}
