/** Base URLs, paths, and URLs that are safe in an error message, without Effect. */

/** The result of {@link normalizeBaseUrl}. The message never repeats the input, which may contain a password. */
export type BaseUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string }

// oxlint-disable-next-line no-control-regex -- the pattern searches for control characters
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

const withoutTrailingSlashes = (text: string): string => {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 47) end--
  return text.slice(0, end)
}

const withoutOuterSlashes = (text: string): string => {
  let start = 0
  while (start < text.length && text.charCodeAt(start) === 47) start++
  return withoutTrailingSlashes(text.slice(start))
}

const parse = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const reject = (message: string): BaseUrl => ({ ok: false, message })

/**
 * Checks a base URL and brings it into the form that {@link joinUrl} extends: scheme, host, port and path prefix,
 * without a slash at the end.
 *
 * Surrounding whitespace is removed. Other schemes than http and https, control characters, credentials, a query and a fragment are
 * rejected with a sentence that says so.
 *
 * @example
 * ```ts
 * import { normalizeBaseUrl } from "./url.js"
 *
 * console.log(normalizeBaseUrl(" HTTP://localhost:8000/proxy/ ")) // { ok: true, url: 'http://localhost:8000/proxy' }
 * console.log(normalizeBaseUrl("localhost:8000").ok) // false
 * ```
 *
 * @category urls
 */
export const normalizeBaseUrl = (input: string): BaseUrl => {
  const text = input.trim()
  if (text === "") return reject("the base URL is empty")
  if (control.test(text)) return reject("the base URL has a control character in it")
  if (!/^https?:\/\//i.test(text)) return reject("the base URL has to start with http:// or https://")
  if (text.includes("\\")) return reject("the base URL has a backslash in it")
  const url = parse(text)
  if (url === undefined) return reject("the base URL is not a valid URL")
  const authority = text.slice(text.indexOf("//") + 2).split(/[/?#]/, 1)[0]!
  if (url.username !== "" || url.password !== "" || authority.includes("@")) {
    return reject("the base URL has credentials in it: give the token as the option `token`")
  }
  if (text.includes("?")) return reject("the base URL has a query in it")
  if (text.includes("#")) return reject("the base URL has a fragment in it")
  return { ok: true, url: `${url.protocol}//${url.host}${withoutTrailingSlashes(url.pathname)}` }
}

/**
 * Extends a normalized base URL by paths, with one slash between two of them; empty ones are skipped.
 *
 * A path may have several segments (`"/serverless"`, `"/v1/chat/completions"`) and is used unchanged: encode untrusted segments with
 * {@link encodePathSegment} first.
 *
 * @example
 * ```ts
 * import { joinUrl } from "./url.js"
 *
 * console.log(joinUrl("https://api.friendli.ai", "/dedicated", "v1/tokenize")) // https://api.friendli.ai/dedicated/v1/tokenize
 * ```
 *
 * @category urls
 */
export const joinUrl = (base: string, ...paths: ReadonlyArray<string>): string => {
  let url = withoutTrailingSlashes(base)
  for (const path of paths) {
    const inner = withoutOuterSlashes(path)
    if (inner !== "") url += `/${inner}`
  }
  return url
}

/**
 * Percent-encodes any text as one path segment. Returns `undefined` for the three texts that cannot be a segment: the empty text, which
 * would refer to the collection, and `.` and `..`, which change the path even if they are percent-encoded. A surrogate without its pair
 * becomes U+FFFD.
 *
 * @example
 * ```ts
 * import { encodePathSegment } from "./url.js"
 *
 * console.log(encodePathSegment("a/b c")) // a%2Fb%20c
 * console.log(encodePathSegment("..")) // undefined
 * ```
 *
 * @category urls
 */
export const encodePathSegment = (segment: string): string | undefined =>
  segment === "" || segment === "." || segment === ".."
    ? undefined
    : encodeURIComponent(segment.replace(/\p{Surrogate}/gu, "\ufffd"))

/**
 * A URL without user name, password, query and fragment, for error messages and spans. Text that is not an http(s) URL is cut by hand; in
 * doubt too much is removed, not too little.
 *
 * @example
 * ```ts
 * import { withoutCredentials } from "./url.js"
 *
 * console.log(withoutCredentials("https://me:secret@host/v1?key=secret#x")) // https://host/v1
 * ```
 *
 * @category urls
 */
export const withoutCredentials = (url: string): string => {
  const parsed = parse(url)
  if (parsed !== undefined && (parsed.protocol === "https:" || parsed.protocol === "http:")) {
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
  }
  // An unencoded password may contain `/`, `?` or `#`, so the last `@` is searched before anything is cut.
  const at = url.lastIndexOf("@")
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? ""
  return (at === -1 ? url : scheme + url.slice(at + 1)).split(/[?#]/, 1)[0]!
}
