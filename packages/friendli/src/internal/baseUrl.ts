/**
 * Base URLs as people paste them. In: any text, and the path of the deployment. Out: a base URL to which the SDK can append its paths, or
 * a sentence that says what to write instead. Parts that the SDK itself appends are removed, and ambiguous URLs are rejected (decision
 * 0028).
 *
 * Examples for dedicated endpoints: `https://api.friendli.ai/dedicated/v1/chat/completions` becomes
 * `https://api.friendli.ai`, and `https://gateway.example/team/dedicated/v1` becomes
 * `https://gateway.example/team`.
 */
import { pastedInUrl } from "./pasted.js"
import { type BaseUrl, joinUrl, normalizeBaseUrl } from "./url.js"

const apiHost = "api.friendli.ai"
const version = "/v1"

/** Paths of the API below the version, in pasted URLs of whole endpoints. */
const endpoints = [
  "/chat/completions",
  "/chat/render",
  "/completions",
  "/messages",
  "/responses",
  "/models",
  "/tokenize",
  "/detokenize",
  "/embeddings",
  "/audio/transcriptions",
  "/images/generations",
  "/images/edits"
]

/** The only path of the API without a version before it. */
const classify = "/classify"

/** The paths of the API's own host, with the layer that uses each of them. */
const products = [
  ["/serverless", "Serverless"],
  ["/dedicated", "Dedicated"]
] as const

const reject = (message: string): BaseUrl => ({ ok: false, message: `the base URL ${message}` })

/**
 * Checks a base URL and removes the parts that the SDK appends: `/v1`, the deployment's path, the path of an operation. Messages never
 * repeat the input, which may contain a key.
 */
export const baseUrlOf = (input: string, productPath: string): BaseUrl => {
  const pasted = pastedInUrl(input.trim())
  if (pasted !== undefined) return { ok: false, message: pasted }
  const checked = normalizeBaseUrl(input)
  if (!checked.ok) return checked
  const product = joinUrl("", productPath)
  const { host, pathname } = new URL(checked.url)
  const origin = checked.url.slice(0, checked.url.indexOf(host) + host.length)
  let path = pathname === "/" ? "" : pathname
  /** Removes a suffix from the path, and returns whether it was present. */
  const cut = (suffix: string): boolean => {
    if (suffix === "" || !path.endsWith(suffix)) return false
    path = path.slice(0, -suffix.length)
    return true
  }

  // In the order in which the SDK appends them, from the end: the operation, the version, the deployment's
  // own path.
  const endpoint = endpoints.find((it) => path.endsWith(version + it))
  if (endpoint !== undefined) cut(endpoint)
  const isVersioned = cut(version)
  const isClassify = !isVersioned && cut(product + classify)
  const isNamed = isClassify || cut(product)
  // A complete URL is not ambiguous: everything before these parts belongs to the gateway.
  const isWhole = isClassify || (isVersioned && (isNamed || product === ""))

  // The rest must not end in another part that the SDK appends: then that part was written twice, or it belongs to another layer.
  const own = `${product}${version}`
  const write =
    host === apiHost ? `write https://${apiHost}` : "give only the part before it, with a gateway's own path"
  const left = [version, product, product + classify, ...endpoints.map((it) => version + it)].find(
    (it) => it !== "" && path.endsWith(it)
  )
  if (left !== undefined) return reject(`has "${left}" in front of what the SDK appends ("${own}" and so on); ${write}`)
  const foreign = products.find(([it]) => it !== product && path.endsWith(it))
  if (foreign !== undefined && (host === apiHost || products.some(([it]) => it === product))) {
    const [otherPath, layer] = foreign
    const instead = host === apiHost ? `https://${apiHost}` : `what comes before "${otherPath}"`
    return reject(
      `has the path "${otherPath}" of another deployment; use the layer ${layer} for it, or write ${instead} for this one`
    )
  }
  if (host === apiHost && path !== "") {
    return reject(`has a path that the API does not have; write https://${apiHost}`)
  }
  // Only paths of two segments, such as `/chat/completions`: the path of a gateway may end in `/models`.
  const bare = endpoints.find((it) => it.lastIndexOf("/") > 0 && path.endsWith(it))
  if (bare !== undefined) {
    return reject(`ends in "${bare}", the path of an operation, without "${version}" before it; leave "${bare}" out`)
  }
  // A version in the middle may be the gateway's own, or a mistake. Only a complete URL tells which.
  if (!isWhole && path.includes(`${version}/`)) {
    return reject(
      `has "${version}" in the middle of its path; leave it out, or end the URL with "${own}" if a gateway has its own "${version}"`
    )
  }
  return { ok: true, url: origin + path }
}
