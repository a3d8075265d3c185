/**
 * The command of a built package in few files. Node loads a module in a quarter of a millisecond, and the emulator has hundreds of
 * them: as they are, a third of its start would be spent on finding and reading files.
 */
import { build, type Plugin } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"

/** A megabyte that is there already. */
const vocabulary: Plugin = {
  name: "vocabulary",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/vocabulary\.js$/ }, () => ({ path: "../engine/vocabulary.js", external: true }))
  }
}

/**
 * Puts the modules that `dist/bin.js` loads together, in `dist/command`; what is loaded on demand stays in files of its own. Packages are
 * not put in: their licenses, and what else of them a user may have, stay where they are.
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
    // data that is read from the package's folder
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
