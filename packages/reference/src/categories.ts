/**
 * The categories of exports: the groups on a page. TypeDoc shows an export without a category in a group "Other" as soon as another export of the
 * same kind has one. Values have their category in the tag `@category`. Most types belong to a value and get its category by a rule.
 */

/** The facts of an export that decide its category. */
export interface Export {
  readonly name: string
  /** The kind by which TypeDoc groups first: functions, interfaces and so on. */
  readonly kind: number
  readonly isType: boolean
  /** The category in its docstring. */
  readonly category: string | undefined
}

/** The category of types without a value of the same name. */
export const ofTypes = "models"

/**
 * The categories of the exports of one module, in their order. A type gets the category of the value with its name, such as a schema. Otherwise it
 * gets `models`, if other types of its kind have a category. A page on which no type has a category stays as it is.
 */
export const categoriesOfTypes = (exports: ReadonlyArray<Export>): ReadonlyArray<string | undefined> => {
  const ofValues = new Map(exports.filter(({ isType }) => !isType).map(({ category, name }) => [name, category]))
  const own = exports.map(({ category, isType, name }) => category ?? (isType ? ofValues.get(name) : undefined))
  const sorted = new Set(exports.filter((_, at) => own[at] !== undefined).map(({ kind }) => kind))
  return exports.map(({ isType, kind }, at) => own[at] ?? (isType && sorted.has(kind) ? ofTypes : undefined))
}

/** A group of TypeDoc, or a category in one. */
interface Titled {
  readonly title: string
  readonly children: ReadonlyArray<{ readonly name: string }>
}

/** The exports that are in a group "Other". */
export const inOther = (groups: ReadonlyArray<Titled & { readonly categories?: ReadonlyArray<Titled> | undefined }>) =>
  groups
    .flatMap(({ categories = [] }) => categories)
    .filter(({ title }) => title === "Other")
    .flatMap(({ children }) => children.map(({ name }) => name))
