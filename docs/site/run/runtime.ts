/** Runs programs of the documentation. This module, the libraries and the emulator are loaded when the first program is run. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { modules } from "shared-modules"
import { makeEmulator } from "./emulator.js"
import { console, page, process, type Stream } from "./page.js"

/** The outcome of a run. A failure has the name and the message of the error. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly name: string; readonly message: string }

/** A running program. */
export interface Running {
  readonly outcome: Promise<Outcome>
  /** Interrupts the program. */
  readonly stop: () => void
}

type Program = (scope: {
  readonly modules: typeof modules
  readonly console: typeof console
  readonly process: typeof process
  readonly fetch: typeof globalThis.fetch
}) => Promise<void>

const failed = (error: unknown): Outcome => {
  const { _tag, message, name } = (typeof error === "object" && error !== null ? error : {}) as Partial<
    Record<"_tag" | "message" | "name", unknown>
  >
  return {
    kind: "failed",
    name: typeof _tag === "string" ? _tag : typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : String(error)
  }
}

const ofCause = (cause: Cause.Cause<unknown>): Outcome =>
  Cause.isInterruptedOnly(cause)
    ? { kind: "stopped" }
    : failed(Option.getOrElse(Cause.failureOption(cause), () => Cause.squash(cause)))

/** The error of a rejected promise. Effect wraps the cause of a failure in its own error. */
const ofRejection = (reason: unknown): Outcome =>
  Runtime.isFiberFailure(reason) ? ofCause(reason[Runtime.FiberFailureCauseId]) : failed(reason)

/** Fibers without a parent. A program runs as long as it has such a fiber. */
const roots = (): ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>> =>
  Effect.runSync(Effect.zipWith(Fiber.roots, Effect.fiberId, (all, own) => all.filter((fiber) => fiber.id() !== own)))

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Runs a program by its name. Its file is in a folder. One program runs at a time: stop it before you start the next one. */
export const run = (id: string, folder: string, write: (text: string, stream: Stream) => void): Running => {
  const others = new Set(roots())
  const own = (): ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>> => roots().filter((fiber) => !others.has(fiber))
  let end: Outcome | undefined
  let isStopped = false
  let stopNow = (): void => {}
  const stopping = new Promise<void>((resolve) => {
    stopNow = resolve
  })
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault()
    end ??= ofRejection(event.reason)
  }
  page.depth = 0
  page.write = write
  // no run sees the state of another run
  page.fetch = makeEmulator().fetch
  page.ended = (exit) => {
    if (Exit.isExit(exit) && Exit.isFailure(exit)) end ??= ofCause(exit.cause)
  }

  const finish = async (): Promise<void> => {
    const { default: program } = (await import(`${folder}${id}.js`)) as { readonly default: Program }
    await program({ modules, console, process, fetch: page.fetch })
    // twice in a row, because a callback may start the next task
    for (let calm = 0; calm < 2 && !isStopped;) {
      await pause(calm === 0 ? 5 : 15)
      calm = own().length === 0 ? calm + 1 : 0
    }
  }

  const outcome = (async (): Promise<Outcome> => {
    globalThis.addEventListener("unhandledrejection", onRejection)
    try {
      await Promise.race([finish(), stopping])
    } catch (error) {
      end ??= ofRejection(error)
    }
    // an unhandled rejection is reported after this turn
    await pause(0)
    globalThis.removeEventListener("unhandledrejection", onRejection)
    return isStopped ? { kind: "stopped" } : (end ?? { kind: "done" })
  })()

  return {
    outcome,
    stop: () => {
      isStopped = true
      Effect.runFork(Effect.forEach(own(), Fiber.interruptFork, { discard: true }))
      stopNow()
    }
  }
}
