/**
 * Hides secrets of a deployment from functions that print objects: `console.log`, `util.inspect`, `JSON.stringify` and Effect's loggers.
 * In: a deployment. Out: the same values for code that reads a field, and `<redacted>` for everything that prints the object.
 */
import { redacted, withoutKeys } from "./secrets.js"

/** Node, Bun and Deno ask an object for a method of this name when they print it. */
const inspect = Symbol.for("nodejs.util.inspect.custom")

/** Two methods that are not enumerable, so that copies and comparisons of the object do not see them. */
const shown = (show: () => unknown): PropertyDescriptorMap => ({
  toJSON: { value: show },
  [inspect]: { value: show }
})

/** Headers that print their names without values. Values are getters, for functions that ignore `toJSON`. */
export const hideHeaders = (
  headers: Readonly<Record<string, string | undefined>>
): Readonly<Record<string, string | undefined>> => {
  // in lower case, as they are merged: no header is called `toJSON`
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const names = [...values.keys()]
  const hidden = Object.create(
    Object.prototype,
    Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => values.get(name) }]))
  ) as Record<string, string | undefined>
  return Object.defineProperties(
    hidden,
    shown(() => Object.fromEntries(names.map((name) => [name, values.get(name) === undefined ? undefined : redacted])))
  )
}

/** A deployment that shows neither headers nor a key in its base URL. */
export const hideSecrets = <
  D extends {
    readonly baseUrl: string
    readonly options: { readonly headers?: Readonly<Record<string, string | undefined>> | undefined }
  }
>(
  deployment: D
): D => {
  const { baseUrl, options } = deployment
  const hidden: D = {
    ...deployment,
    options: options.headers === undefined ? options : { ...options, headers: hideHeaders(options.headers) }
  }
  const url = withoutKeys(baseUrl, baseUrl)
  return url === baseUrl
    ? hidden
    : Object.defineProperties(
        hidden,
        shown(() => ({ ...hidden, baseUrl: url }))
      )
}
