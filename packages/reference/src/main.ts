/**
 * Writes the API reference: one Markdown page for each public module of the published packages, from its docstrings, into `packages/reference/api`.
 * Fails if a module or a public export has no description, if a value has no category while others on its page have one, or if a `{@link}` has no
 * target.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import {
  Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DeclarationReflection,
  LogLevel,
  type ProjectReflection,
  ReflectionKind
} from "typedoc"
import { correctAnchors } from "./anchors.js"
import { categoriesOfTypes, inOther } from "./categories.js"
import { header, type Pages, pagesOf } from "./pages.js"

const home = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")
const api = Path.join(home, "api")

/** Options of the Markdown plugin: one page for each module, without navigation that repeats the folders. */
const markdown = {
  router: "module",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  expandObjects: false
}

const describeModule =
  (pages: Pages) =>
  (context: Context, reflection: DeclarationReflection): void => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
    const source = declaration?.getSourceFile()
    const name = source === undefined ? undefined : pages.get(source.fileName)
    if (source === undefined || name === undefined) return
    reflection.name = name
    const text = header(source.text)
    if (text !== undefined) reflection.comment = new Comment([{ kind: "text", text }])
  }

const modulesAndNamespaces = ReflectionKind.Module | ReflectionKind.Namespace
const types = ReflectionKind.Interface | ReflectionKind.TypeAlias

/** The category in the docstring of an export, or of one of its signatures. */
const categoryOf = (reflection: DeclarationReflection): string | undefined => {
  const tags = [reflection, ...(reflection.signatures ?? [])].map(({ comment }) => comment?.getTag("@category"))
  const tag = tags.find((found) => found !== undefined)
  return tag === undefined ? undefined : Comment.combineDisplayParts(tag.content).trim()
}

/** Gives each type a category before TypeDoc groups the exports. */
const categorizeTypes = ({ project }: Context): void => {
  for (const module of project.getReflectionsByKind(modulesAndNamespaces) as Array<DeclarationReflection>) {
    const exported = module.children ?? []
    const categories = categoriesOfTypes(
      exported.map((child) => ({
        name: child.name,
        kind: child.kind,
        isType: child.kindOf(types),
        category: categoryOf(child)
      }))
    )
    for (const [at, child] of exported.entries()) {
      const category = categories[at]
      if (category === undefined || categoryOf(child) !== undefined) continue
      child.comment ??= new Comment()
      child.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]))
    }
  }
}

/** Exports that a page would show as "Other". */
const uncategorized = (project: ProjectReflection): ReadonlyArray<string> =>
  (project.getReflectionsByKind(modulesAndNamespaces) as Array<DeclarationReflection>).flatMap((module) =>
    inOther(module.groups ?? []).map((name) => `${module.getFullName()}.${name}`)
  )

const isDescribed = (reflection: DeclarationReflection): boolean =>
  [reflection, ...(reflection.signatures ?? [])].some(({ comment }) =>
    comment?.summary.some(({ text }) => text.trim() !== "")
  )

/** Exports without a description. A namespace with the name of a class is described by the class. */
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

/** Writes the pages of one package. Returns the missing descriptions. */
const write = async (name: string, folder: string): Promise<ReadonlyArray<string>> => {
  const pages = pagesOf(folder)
  const app = await Application.bootstrapWithPlugins({
    name,
    entryPoints: [...pages.keys()],
    tsconfig: Path.join(folder, "tsconfig.src.json"),
    // the type check of the workspace finds them
    skipErrorChecking: true,
    plugin: ["typedoc-plugin-markdown"],
    out: Path.join(api, name),
    readme: "none",
    githubPages: false,
    // inherited members of Effect's classes are described by Effect
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    disableSources: true,
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
    logLevel: LogLevel.Warn,
    ...markdown
  })
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, describeModule(pages))
  app.converter.on(Converter.EVENT_RESOLVE_END, categorizeTypes)
  const project = await app.convert()
  if (project) {
    app.validate(project)
    await app.generateOutputs(project)
  }
  const written = project?.children ?? []
  console.log(`${name}: ${written.length} modules in ${Path.relative(process.cwd(), Path.join(api, name))}`)
  return [
    ...[...pages.values()]
      .filter((page) => !written.some((module) => module.name === page))
      .map((page) => `${page}: no page`),
    ...written
      .filter((module) => !isDescribed(module))
      .map((module) => `${module.name}: the module has no description`),
    ...written.flatMap(undescribed).map((fullName) => `${fullName}: no description`),
    ...(project === undefined ? [] : uncategorized(project)).map((fullName) => `${fullName}: no @category`),
    ...(app.logger.hasErrors() || app.logger.hasWarnings() ? [`${name}: see the messages above`] : [])
  ]
}

/** Corrects links to existing headings. Returns the links without a heading. */
const correctPages = (): ReadonlyArray<string> => {
  const files = Fs.readdirSync(api, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"))
  const { broken, changed } = correctAnchors(
    new Map(files.map((file) => [file.split(Path.sep).join("/"), Fs.readFileSync(Path.join(api, file), "utf8")]))
  )
  for (const [file, text] of changed) Fs.writeFileSync(Path.join(api, file), text)
  return broken.map((link) => `${link} has no target`)
}

Fs.rmSync(api, { recursive: true, force: true })
const problems = [
  ...(await write("effect-friendli", Path.resolve(home, "../friendli"))),
  ...(await write("effect-friendli-emulator", Path.resolve(home, "../emulator"))),
  ...(await write("effect-friendli-ai", Path.resolve(home, "../ai"))),
  ...(await write("effect-friendli-batch", Path.resolve(home, "../batch")))
]
problems.push(...correctPages())
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
