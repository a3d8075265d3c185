/**
 * Writes the API reference: one Markdown page for each public module of the SDK, from its docstrings, into `packages/reference/api`.
 * Fails where a public export has no description, and where a `{@link}` points to nothing.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import {
  Application,
  Comment,
  type Context,
  Converter,
  type DeclarationReflection,
  LogLevel,
  ReflectionKind
} from "typedoc"
import { publicModulesOf, type PublicModule } from "../../../scripts/exports.js"

const home = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const sdk = Path.resolve(home, "../friendli")
const out = Path.join(home, "api")

const reExport = /^export \* as (\w+) from "(\.[^"]+)\.js"$/gm

/** The modules that an index collects under one import: `effect-friendli/testing` has `Wire`, which is `src/testing/Wire.ts`. */
const collectedBy = ({ file, specifier }: PublicModule): ReadonlyArray<PublicModule> =>
  [...Fs.readFileSync(Path.join(sdk, file), "utf8").matchAll(reExport)].map(([, name, path]) => ({
    specifier: `${specifier}/${name}`,
    file: Path.posix.join(Path.posix.dirname(file), `${path}.ts`)
  }))

const modules = publicModulesOf(sdk)
const isIndex = ({ file }: PublicModule): boolean => file.endsWith("/index.ts")
/** What the top index collects has a subpath of its own. */
const pages = [
  ...modules.filter((module) => !isIndex(module)),
  ...modules.filter((module) => isIndex(module) && module.specifier !== "effect-friendli").flatMap(collectedBy)
]
const nameOf = new Map(
  pages.map(({ file, specifier }) => [Path.join(sdk, file), specifier.slice("effect-friendli/".length)])
)

/** Options of the Markdown plugin: one page for each module, without navigation that repeats the folders. */
const markdown = {
  router: "module",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandObjects: false
}

/** The comment at the top of a file, which is about the module and not about its first export. */
const header = (path: string): string | undefined => {
  const [comment, text] =
    /^\/\*\*([\s\S]*?)\*\/(?=\s*(?:import |export [{*]|\/\*\*|\/\/))/.exec(Fs.readFileSync(path, "utf8")) ?? []
  if (comment === undefined) return undefined
  const lines = text!.split("\n").map((line) => line.replace(/^ *\* ?/, ""))
  const tag = lines.findIndex((line) => line.startsWith("@"))
  const description = (tag < 0 ? lines : lines.slice(0, tag)).join("\n").trim()
  return description === "" ? undefined : description
}

const describeModule = (context: Context, reflection: DeclarationReflection): void => {
  if (!reflection.kindOf(ReflectionKind.Module)) return
  const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
  const path = declaration?.getSourceFile().fileName
  const name = path === undefined ? undefined : nameOf.get(path)
  if (path === undefined || name === undefined) return
  reflection.name = name
  const text = header(path)
  if (text !== undefined) reflection.comment = new Comment([{ kind: "text", text }])
}

const isDescribed = (reflection: DeclarationReflection): boolean =>
  [reflection, ...(reflection.signatures ?? [])].some(({ comment }) =>
    comment?.summary.some(({ text }) => text.trim() !== "")
  )

/** Exports without a description. A namespace that goes with a class of its name is described by the class. */
const undescribed = (reflection: DeclarationReflection): ReadonlyArray<string> => {
  const exported = reflection.children ?? []
  const names = exported.filter(isDescribed).map(({ name }) => name)
  return exported
    .filter(({ kind }) => kind !== ReflectionKind.Reference)
    .flatMap((child) => [
      ...(names.includes(child.name) ? [] : [child.getFullName()]),
      ...(child.kindOf(ReflectionKind.Namespace) ? undescribed(child) : [])
    ])
}

const app = await Application.bootstrapWithPlugins({
  name: "effect-friendli",
  entryPoints: [...nameOf.keys()],
  tsconfig: Path.join(sdk, "tsconfig.src.json"),
  // the type check of the workspace has found them already
  skipErrorChecking: true,
  plugin: ["typedoc-plugin-markdown"],
  out,
  readme: "none",
  githubPages: false,
  // what Effect's classes bring along is described by Effect
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
  logLevel: LogLevel.Warn,
  ...markdown
})
app.converter.on(Converter.EVENT_CREATE_DECLARATION, describeModule)

Fs.rmSync(out, { recursive: true, force: true })
const project = await app.convert()
if (project) {
  app.validate(project)
  await app.generateOutputs(project)
}
const written = project?.children ?? []
const problems = [
  ...[...nameOf.values()]
    .filter((name) => !written.some((page) => page.name === name))
    .map((name) => `${name}: no page`),
  ...written.filter((page) => !isDescribed(page)).map(({ name }) => `${name}: the module has no description`),
  ...written.flatMap(undescribed).map((name) => `${name}: no description`)
]
for (const problem of problems) console.error(problem)
console.log(`${written.length} modules in ${Path.relative(process.cwd(), out)}`)
if (!project || problems.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
