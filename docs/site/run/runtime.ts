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

/** How a run ended. A failure has the name of the error, and what it says. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly name: string; readonly message: string }

/** A program that runs. */
export interface Running {
  readonly outcome: Promise<Outcome>
  /** Interrupts it. */
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

/** What a promise was rejected with: Effect puts the cause of a failure into an error of its own. */
const ofRejection = (reason: unknown): Outcome =>
  Runtime.isFiberFailure(reason) ? ofCause(reason[Runtime.FiberFailureCauseId]) : failed(reason)

/** Fibers without a parent. A program runs as long as it has one. */
const roots = (): ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>> =>
  Effect.runSync(Effect.zipWith(Fiber.roots, Effect.fiberId, (all, own) => all.filter((fiber) => fiber.id() !== own)))

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Runs the program of a name, whose file is in a folder. One program runs at a time: stop one before the next begins. */
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
  // no run sees what another one left
  page.fetch = makeEmulator().fetch
  page.ended = (exit) => {
    if (Exit.isExit(exit) && Exit.isFailure(exit)) end ??= ofCause(exit.cause)
  }

  const finish = async (): Promise<void> => {
    const { default: program } = (await import(`${folder}${id}.js`)) as { readonly default: Program }
    await program({ modules, console, process, fetch: page.fetch })
    // twice in a row, since a callback may start the next thing
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
    // a promise that nobody handles is reported after this turn
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
