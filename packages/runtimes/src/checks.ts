/** The names of the checks that run on every runtime, in groups. The code of each check is in `program`. */

/** A group of checks that need the same things, and can run in the same places. */
export type GroupId = "fetch" | "undici" | "inProcess" | "packages"

/** Checks of the SDK over any HTTP layer, against any emulator. */
const calls = [
  "a whole answer",
  "a stream, with the text of the whole answer",
  "a tool call in a stream, decoded",
  "structured output as a value of a class",
  "tokens of a text, and back",
  "twenty streams at the same time",
  "an upload of bytes",
  "an upload of a stream",
  "429 with Retry-After, then the answer",
  "422 that names the field",
  "an error frame in a stream",
  "a stream that ends early",
  "a connection that is cut in a stream",
  "a connection that is reset before the answer",
  "a stream without data, ended by the idle timeout",
  "no answer, ended by the headers timeout",
  "a stream that is stopped early: the server notices it",
  "an interrupted call: the server notices it",
  "the request id in an error",
  "no token in an error, in any output format"
] as const

/** Checks that need a network. */
const network = ["a connection that is refused", "the header user-agent"] as const

/** Checks of the other packages and of settings. */
const around = [
  "a call over UndiciTransport",
  "settings from the environment",
  "a model of @effect/ai",
  "a batch",
  "a batch with its journal in a file",
  "the emulator on a socket"
] as const

export type CallCheck = (typeof calls)[number]
export type NetworkCheck = (typeof network)[number]
export type PackageCheck = (typeof around)[number]
export type Check = CallCheck | NetworkCheck | PackageCheck

/** Checks that have one subject. */
export interface Group {
  readonly id: GroupId
  readonly title: string
  /** One sentence for the page. */
  readonly about: string
  readonly checks: ReadonlyArray<Check>
}

export const groups: ReadonlyArray<Group> = [
  {
    id: "fetch",
    title: "FetchTransport",
    about: "The SDK over the runtime's own `fetch`. The emulator is a server in another process.",
    checks: [...calls, ...network]
  },
  {
    id: "undici",
    title: "UndiciTransport",
    about: "The SDK over undici's dispatcher. The emulator is a server in another process.",
    checks: [...calls, ...network]
  },
  {
    id: "inProcess",
    title: "The emulator in the same process",
    about:
      "`emulator.fetch` of `makeEmulator()` is the service `FetchHttpClient.Fetch`: the SDK and the emulator run in the same process, without a network. In Chromium they run in a page without HTTPS, with a policy that forbids `eval`.",
    checks: calls
  },
  {
    id: "packages",
    title: "The other packages",
    about:
      "`effect-friendli-ai`, `effect-friendli-batch` and `effect-friendli-emulator/NodeServer`, in the runtime itself.",
    checks: around
  }
]
