/** What is checked on every runtime: the names of the checks, in groups. What each does is in `program`. */

/** What a check needs, and so where it can run. */
export type GroupId = "fetch" | "undici" | "inProcess" | "packages"

/** Checks of the SDK over any HTTP layer, against any emulator. */
const calls = [
  "a whole answer",
  "a stream, with the text of the whole answer",
  "a tool call in a stream, decoded",
  "structured output as a value of a class",
  "tokens of a text, and back",
  "twenty streams at once",
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
  "a stream left early: the server sees it",
  "an interrupted call: the server sees it",
  "the request id in an error",
  "no token in an error, however it is shown"
] as const

/** Checks that need a network. */
const network = ["a connection that nobody accepts", "the header user-agent"] as const

/** Checks of what is around the calls. */
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
    about: "The same over undici's dispatcher.",
    checks: [...calls, ...network]
  },
  {
    id: "inProcess",
    title: "The emulator inside",
    about:
      "`emulator.fetch` of `makeEmulator()` is the service `FetchHttpClient.Fetch`: SDK and emulator run in one place, without a network. In Chromium that is a page without HTTPS, under a policy that forbids `eval`.",
    checks: calls
  },
  {
    id: "packages",
    title: "The packages around it",
    about:
      "`effect-friendli-ai`, `effect-friendli-batch` and `effect-friendli-emulator/NodeServer`, in the runtime itself.",
    checks: around
  }
]
