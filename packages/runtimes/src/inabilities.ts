/**
 * What a runtime cannot do, with the reason and what to do instead. A run fails when one of these works now, and when a check fails that
 * is not here.
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
    reason: "Browsers send a body that is a stream over HTTP/2 alone, and some not at all.",
    instead: "The call fails with a `ConnectionError`. Give the upload a `File`, a `Blob` or bytes."
  },
  {
    runtimes: ["chromium"],
    groups: ["fetch"],
    checks: ["the header user-agent"],
    reason: "A page cannot set `user-agent`.",
    instead: "The browser sends its own, and the call is not affected."
  },
  {
    runtimes: ["bun"],
    groups: ["packages"],
    checks: ["a call over UndiciTransport"],
    reason: "Bun puts a module of its own in place of undici, which has no dispatcher.",
    instead: "The call fails with a `ConnectionError` that says so. Use `FetchTransport.layer`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["a call over UndiciTransport"],
    reason: "undici is for Node, and needs its sockets.",
    instead: "Use `FetchTransport.layer`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["settings from the environment"],
    reason: "There is no environment: no `process.env`.",
    instead:
      "`layerConfig` fails with a `ConfigError` that names `FRIENDLI_TOKEN`. Use `layer` with the token, or provide `ConfigProvider.fromMap`; in a worker from its `env`."
  },
  {
    runtimes: ["workerd", "chromium"],
    groups: ["packages"],
    checks: ["a batch", "a batch with its journal in a file"],
    reason:
      "`effect-friendli-batch` is for programs that run for hours on a machine with files: it needs `node:crypto`, `node:os` and a file system.",
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
