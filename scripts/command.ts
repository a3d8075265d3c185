/**
 * The command of a built package in few files. Node needs a quarter of a millisecond to load a module, and the emulator has hundreds of modules:
 * unbundled, a third of its start would be spent on finding and reading files.
 */
import { build, type Plugin } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"

/** The vocabulary stays in its own file: it is a megabyte of data. */
const vocabulary: Plugin = {
  name: "vocabulary",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/vocabulary\.js$/ }, () => ({ path: "../engine/vocabulary.js", external: true }))
  }
}

/**
 * Bundles the modules that `dist/bin.js` loads, in `dist/command`; modules that are loaded on demand stay in separate files. Packages are not
 * bundled, so that their licenses stay with them, and a user's copies of them are shared.
 */
export const bundleCommand = async (folder: string): Promise<void> => {
  const entry = Path.join(folder, "dist/bin.js")
  await build({
    entryPoints: [entry],
    outdir: Path.join(folder, "dist/command"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    // data files are read from the package's folder
    external: ["*.json"],
    plugins: [vocabulary],
    charset: "utf8",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning"
  })
  Fs.writeFileSync(entry, '#!/usr/bin/env node\nimport "./command/bin.js"\n')
  Fs.rmSync(`${entry}.map`)
}
