/**
 * One writer for a journal. In: the path of the journal. Out: a lock for the scope, or the process that has it.
 *
 * The lock is a file that names its process, because Node has no file locks that the system releases when a process ends. The lock of a process that
 * no longer runs is first renamed to a unique name, so that only one of two processes takes it over.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import process from "node:process"
import { JournalError, JournalLockedError } from "../BatchError.js"

/** The process that has a lock. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** Tells two locks of one process apart. */
  readonly id: string
}

/** This process as a holder, with an id of its own for each lock. */
export const thisProcess = (): Holder => ({ pid: process.pid, host: hostname(), id: randomUUID() })

/** The holder in the text of a lock file. Undefined if the file is being written at this moment, or is not a lock. */
export const holderOf = (text: string): Holder | undefined => {
  try {
    const { host, id, pid } = JSON.parse(text) as Partial<Holder>
    return typeof pid === "number" && typeof host === "string" && typeof id === "string" ? { pid, host, id } : undefined
  } catch {
    return undefined
  }
}

/** Whether a process of this machine runs, also if it belongs to another user. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Whether a holder is certainly gone: its process was on this machine and no longer runs. */
export const isGone = ({ host, pid }: Holder): boolean => host === hostname() && !isAlive(pid)

const alreadyExists = (error: PlatformError): boolean =>
  error._tag === "SystemError" && error.reason === "AlreadyExists"

/** Takes the lock of a journal until the scope closes. */
export const lock = (
  fs: FileSystem.FileSystem,
  journal: string
): Effect.Effect<void, JournalError | JournalLockedError, Scope.Scope> => {
  const path = `${journal}.lock`
  const mine = thisProcess()

  const failed = (error: PlatformError) =>
    new JournalError({ message: `the lock of the journal cannot be written: ${error.message}`, journal })

  const lockedBy = (holder: Holder | undefined) =>
    new JournalLockedError({
      journal,
      message:
        holder === undefined
          ? `another process is opening this journal; if there is no such process, delete ${path}`
          : `process ${holder.pid} on ${holder.host} is writing this journal; if it no longer runs, delete ${path}`,
      ...(holder === undefined ? {} : { pid: holder.pid })
    })

  const create = fs.writeFileString(path, JSON.stringify(mine), { flag: "wx" })

  const read = fs.readFileString(path).pipe(
    Effect.map(holderOf),
    Effect.orElseSucceed(() => undefined)
  )

  /** Moves the lock of a process that is gone out of the way. False if another process was faster. */
  const moveAway = (stale: Holder): Effect.Effect<boolean> => {
    const aside = `${path}.${mine.id}`
    return Effect.gen(function* () {
      yield* fs.rename(path, aside)
      const moved = holderOf(yield* fs.readFileString(aside))
      // a new lock was moved instead of the stale one: it is put back, unless there is already another
      if (moved?.id !== stale.id) yield* Effect.ignore(fs.link(aside, path))
      yield* fs.remove(aside)
      return moved?.id === stale.id
    }).pipe(Effect.orElseSucceed(() => false))
  }

  const acquire = Effect.gen(function* () {
    const first = yield* Effect.either(create)
    if (Either.isRight(first)) return
    if (!alreadyExists(first.left)) return yield* failed(first.left)
    const holder = yield* read
    if (holder === undefined || !isGone(holder)) return yield* lockedBy(holder)
    if (!(yield* moveAway(holder))) return yield* lockedBy(undefined)
    yield* Effect.mapError(create, (error) => (alreadyExists(error) ? lockedBy(undefined) : failed(error)))
  })

  /** Removes the lock, if it is still ours. */
  const release = Effect.flatMap(read, (holder) =>
    holder?.id === mine.id ? Effect.ignore(fs.remove(path)) : Effect.void
  )

  return Effect.acquireRelease(acquire, () => release)
}

/** Whether a process is writing a journal now. The lock of a killed process is ignored. */
export const isHeld = (fs: FileSystem.FileSystem, journal: string): Effect.Effect<boolean> =>
  fs.readFileString(`${journal}.lock`).pipe(
    Effect.map((text) => {
      const holder = holderOf(text)
      return holder === undefined || holder.host !== hostname() || isAlive(holder.pid)
    }),
    Effect.orElseSucceed(() => false)
  )
