/**
 * The sources of the published packages, bundled for the tests. Vite transforms each module alone and hands it to each thread and process
 * of tests, which takes seconds where a bundler takes a fraction of one. Modules keep their identity: each source is an entry of the bundle,
 * and entries share their code. Not for watching, where Vite has to know which source a test depends on.
 */
import { build, type Plugin as BundlerPlugin } from "esbuild"
import { createHash } from "node:crypto"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Plugin } from "vitest/config"
import { published } from "../published.js"
import { vocabulary, vocabularyModule } from "./vocabulary.js"

const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "../..")

interface Bundle {
  readonly sources: string
  readonly folder: string
}

/** The module of a bundle that a source became. */
const bundledModule = (bundles: ReadonlyArray<Bundle>, source: string): string | undefined => {
  const bundle = bundles.find(({ sources }) => source.startsWith(sources) && source.endsWith(".ts"))
  return bundle && Path.join(bundle.folder, `${source.slice(bundle.sources.length, -".ts".length)}.mjs`)
}

/** Bare imports stay imports: of other packages' bundles, or of dependencies. */
const imports = (home: string, bundles: ReadonlyArray<Bundle>): BundlerPlugin => ({
  name: "imports",
  setup: ({ onLoad, onResolve }) => {
    const { resolve } = createRequire(Path.join(home, "package.json"))
    onResolve({ filter: /^effect-friendli/ }, ({ path }) => ({
      path: bundledModule(bundles, resolve(path)) ?? path,
      external: true
    }))
    onResolve({ filter: new RegExp(`^${vocabulary}$`) }, async () => ({
      path: await vocabularyModule(),
      external: true
    }))
    // a module that looks for files finds them next to its source
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = Fs.readFileSync(path, "utf8")
      const url = JSON.stringify(pathToFileURL(path).href)
      return source.includes("import.meta.url")
        ? { contents: source.replaceAll("import.meta.url", url), loader: "ts" }
        : undefined
    })
  }
})

const day = 24 * 60 * 60 * 1000

/** Removes the bundles that were made more than a day ago: no run uses them any more. */
const removeOld = (cache: string): void => {
  if (!Fs.existsSync(cache)) return
  for (const name of Fs.readdirSync(cache)) {
    const folder = Path.join(cache, name)
    if (Fs.statSync(folder).mtimeMs < Date.now() - day) Fs.rmSync(folder, { recursive: true })
  }
}

/** Bundles a package into a folder below its dependencies, unless a bundle of the same content is there. */
const bundle = async (name: string, bundles: ReadonlyArray<Bundle>): Promise<Bundle> => {
  const home = Path.join(root, "packages", name)
  const sources = `${Path.join(home, "src")}${Path.sep}`
  const cache = Path.join(home, "node_modules/.cache/tests")
  // as deep as the folder will be: source maps are relative to it
  const outdir = Path.join(cache, "bundle")
  const { outputFiles } = await build({
    entryPoints: Fs.readdirSync(sources, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => Path.join(sources, file)),
    outbase: sources,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "node20",
    packages: "external",
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    plugins: [imports(home, bundles)],
    write: false
  })
  const hash = createHash("sha256")
  for (const { contents, path } of outputFiles) hash.update(path).update(contents)
  const folder = Path.join(cache, hash.digest("hex").slice(0, 16))
  if (!Fs.existsSync(folder)) {
    removeOld(cache)
    // two runs may begin at the same time: the folder is whole when it has its name
    const made = `${folder}.${process.pid}`
    for (const { contents, path } of outputFiles) {
      const file = Path.join(made, Path.relative(outdir, path))
      Fs.mkdirSync(Path.dirname(file), { recursive: true })
      Fs.writeFileSync(file, contents)
    }
    try {
      Fs.renameSync(made, folder)
    } catch {
      Fs.rmSync(made, { recursive: true })
    }
  }
  return { sources, folder }
}

/** Loads the sources of the published packages from bundles. */
export const bundled = (): Plugin => {
  const bundles: Array<Bundle> = []
  return {
    name: "effect-friendli:bundled",
    enforce: "pre",
    async configureVitest({ vitest }) {
      if (vitest.config.watch || bundles.length > 0) return
      for (const name of published) bundles.push(await bundle(name, bundles))
    },
    async resolveId(source, importer, options) {
      if (!/^effect-friendli|^\..*\/src\//.test(source)) return
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
      return (resolved && bundledModule(bundles, resolved.id)) ?? resolved
    }
  }
}
