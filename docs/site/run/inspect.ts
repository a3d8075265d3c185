/** Values as Node prints them, so that the output in a page is the output that the guides show. */

interface State {
  /** The depth of the value that was printed last: what is nested deeper than three levels takes several lines. */
  last: number
  readonly seen: Set<object>
}

const custom = Symbol.for("nodejs.util.inspect.custom")
const maxDepth = 2
const lineLength = 80
const maxItems = 100

const quoted = (text: string): string => {
  const mark = !text.includes("'") ? "'" : text.includes('"') ? (text.includes("`") ? "'" : "`") : '"'
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")
  return `${mark}${mark === "'" ? escaped.replaceAll("'", "\\'") : escaped}${mark}`
}

const keyText = (key: string | symbol): string =>
  typeof key === "symbol" ? `[${String(key)}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)

const nameOf = (value: object): string | undefined => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return undefined
  const { constructor } = value
  return typeof constructor === "function" ? constructor.name : undefined
}

/** Several short items of a list share a line, as in a table. What says that there are more has a line of its own. */
const grouped = (all: ReadonlyArray<string>, indent: number, isNumeric: boolean): ReadonlyArray<string> => {
  const items = all.slice(0, maxItems)
  const separator = 2
  const lengths = items.map((item) => item.length + separator)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const longest = Math.max(...lengths)
  if (longest * 3 + indent >= lineLength) return all
  if (!(total / longest > 5 || longest <= 6 + separator)) return all
  const width = Math.max(longest - 3 - Math.sqrt(longest - total / all.length), 1)
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * width * items.length) / width),
    Math.floor((lineLength - indent) / longest),
    12
  )
  if (columns <= 1) return all
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lengths.filter((__, index) => index % columns === column))
  )
  const lines: Array<string> = []
  for (let start = 0; start < items.length; start += columns) {
    const end = Math.min(start + columns, items.length)
    let line = ""
    for (let index = start; index < end; index++) {
      const isLast = index === end - 1
      const cell = isLast ? items[index]! : `${items[index]!}, `
      const length = widths[index - start]! - (isLast ? separator : 0)
      line += isNumeric ? cell.padStart(length) : isLast ? cell : cell.padEnd(length)
    }
    lines.push(line)
  }
  return [...lines, ...all.slice(maxItems)]
}

const braces = (
  state: State,
  depth: number,
  indent: number,
  prefix: string,
  [open, close]: readonly [string, string],
  items: ReadonlyArray<string>,
  isNumeric: boolean
): string => {
  const start = prefix === "" ? open : `${prefix} ${open}`
  if (items.length === 0) return `${start}${close}`
  const lines = open === "[" && items.length > 6 ? grouped(items, indent, isNumeric) : items
  if (state.last - depth < 3 && lines.length === items.length) {
    const length = items.reduce((sum, item) => sum + item.length, 2 * items.length + indent + start.length + 10)
    const joined = items.join(", ")
    if (length <= lineLength && !joined.includes("\n")) return `${start} ${joined} ${close}`
  }
  const margin = `\n${" ".repeat(indent)}`
  return `${start}${margin}  ${lines.join(`,${margin}  `)}${margin}${close}`
}

const isEmpty = (value: object): boolean =>
  Object.keys(value).length === 0 && (value instanceof Map || value instanceof Set ? value.size === 0 : true)

const ofObject = (value: object, state: State, depth: number, indent: number): string => {
  if (state.seen.has(value)) return "[Circular *1]"
  const own: unknown = (value as { readonly [custom]?: unknown })[custom]
  if (typeof own === "function") {
    const shown: unknown = own.call(value)
    if (shown !== value) return typeof shown === "string" ? shown : inspected(shown, state, depth, indent)
  }
  if (value instanceof Error) return value.stack?.startsWith(value.name) ? value.stack.split("\n")[0]! : String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof RegExp || value instanceof URL) return String(value)
  const name = nameOf(value)
  const isList = Array.isArray(value)
  // what is empty is never too deep, and has no depth of its own
  if (!isEmpty(value)) {
    if (depth > maxDepth) return isList ? "[Array]" : `[${name ?? "Object: null prototype"}]`
    state.last = depth
  }
  state.seen.add(value)
  const inner = (item: unknown, more = 2): string => inspected(item, state, depth + 1, indent + more)
  const fields = Reflect.ownKeys(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .filter((key) => !(isList || ArrayBuffer.isView(value)) || typeof key === "symbol" || !/^\d+$/.test(key))
    .map((key) => {
      const accessor = Object.getOwnPropertyDescriptor(value, key)!
      return accessor.get === undefined ? `${keyText(key)}: ${inner(accessor.value)}` : `${keyText(key)}: [Getter]`
    })
  const rest = (count: number): ReadonlyArray<string> =>
    count > maxItems ? [`... ${count - maxItems} more item${count - maxItems > 1 ? "s" : ""}`] : []
  const result = (() => {
    if (isList || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      const list: ReadonlyArray<unknown> = isList ? value : [...(value as Uint8Array)]
      const items = list.slice(0, maxItems).map((item) => inner(item))
      const prefix = isList ? "" : `${name}(${list.length})`
      const isNumeric = list.every((item) => typeof item === "number" || typeof item === "bigint")
      return braces(state, depth, indent, prefix, ["[", "]"], [...items, ...rest(list.length), ...fields], isNumeric)
    }
    if (value instanceof Map) {
      const items = [...value].map(([key, item]) => `${inner(key)} => ${inner(item)}`)
      return braces(state, depth, indent, `${name}(${value.size})`, ["{", "}"], [...items, ...fields], false)
    }
    if (value instanceof Set) {
      const items = [...value].map((item) => inner(item))
      return braces(state, depth, indent, `${name}(${value.size})`, ["{", "}"], [...items, ...fields], false)
    }
    const prefix = name === "Object" ? "" : (name ?? "[Object: null prototype]")
    return braces(state, depth, indent, prefix, ["{", "}"], fields, false)
  })()
  state.seen.delete(value)
  return result
}

const inspected = (value: unknown, state: State, depth: number, indent: number): string => {
  if (typeof value === "string") return quoted(value)
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value)
  if (typeof value === "function") {
    const isClass = /^class\b/.test(Function.prototype.toString.call(value))
    return isClass ? `[class ${value.name}]` : `[Function: ${value.name || "(anonymous)"}]`
  }
  if (typeof value !== "object" || value === null) return String(value)
  return ofObject(value, state, depth, indent)
}

/** A value as `console.log` of Node prints it within an object. */
export const inspect = (value: unknown): string => inspected(value, { last: 0, seen: new Set() }, 0, 0)

/** The arguments of `console.log` as one text. */
export const format = (values: ReadonlyArray<unknown>): string =>
  values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" ")
