/**
 * What does not work on a runtime, with the reason and what to do instead. A run fails if one of these works now, or if a check fails
 * that is not listed here.
 */
import type { Check, GroupId } from "./checks.js"
import type { RuntimeId } from "./runtimes.js"

export interface Inability {
  readonly runtimes: ReadonlyArray<RuntimeId>
  readonly groups: ReadonlyArray<GroupId>
  readonly checks: ReadonlyArray<Check>
  /** Why, in one sentence. */
  readonly reason: string
  /** What happens, and what to do. */
  readonly instead: string
}

export const inabilities: ReadonlyArray<Inability> = [
  {
    runtimes: ["chromium"],
    groups: ["fetch"],
    checks: ["an upload of a stream"],
    reason: "Browsers send a stream as a body only over HTTP/2, and some browsers not at all.",
    instead: "The call fails with a `ConnectionError`. Pass a `File`, a `Blob` or bytes to the upload."
  },
  {
    runtimes: ["chromium"],
    groups: ["fetch"],
    checks: ["the header user-agent"],
    reason: "A page cannot set `user-agent`.",
    instead: "The browser sends its own value, and the call works."
  },
  {
    runtimes: ["bun"],
    groups: ["packages"],
    checks: ["a call over UndiciTransport"],
    reason: "Bun replaces undici with its own module, which has no dispatcher.",
    instead: "The call fails with a `ConnectionError` that says so. Use `FetchTransport.layer`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["a call over UndiciTransport"],
    reason: "undici needs the sockets of Node.",
    instead: "Use `FetchTransport.layer`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["settings from the environment"],
    reason: "There are no environment variables: `process.env` does not exist.",
    instead:
      "`layerConfig` fails with a `ConfigError` that names `FRIENDLI_TOKEN`. Use `layer` with the token, or provide `ConfigProvider.fromMap`. A worker can make the map from its `env`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["a batch", "a batch with its journal in a file"],
    reason:
      "`effect-friendli-batch` is for long-running programs on a machine with files: it needs `node:crypto`, `node:os` and a file system.",
    instead: "Run batches on Node, Bun or Deno."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["the emulator on a socket"],
    reason: "Neither a worker nor a page can listen on a socket.",
    instead: "`makeEmulator().fetch` is the same emulator without a socket."
  }
]

/** The inability that says that a check fails, with its number in the table. */
export const inabilityOf = (
  runtime: RuntimeId,
  group: GroupId,
  check: Check
): { readonly number: number; readonly inability: Inability } | undefined => {
  const at = inabilities.findIndex(
    (one) => one.runtimes.includes(runtime) && one.groups.includes(group) && one.checks.includes(check)
  )
  return at < 0 ? undefined : { number: at + 1, inability: inabilities[at]! }
}
