/** A batch that continues after its process is killed in the middle. */
import { FileSystem } from "@effect/platform"
import { Clock, Effect, Option, Stream } from "effect"
import { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import { type ChildProcess, fork } from "node:child_process"
import * as Path from "node:path"
import { bar, money } from "../layout.js"
import { Screen } from "../screen.js"
import { askAll, atATime, count } from "./numbers.js"
import { INDENT, note, SceneError } from "./say.js"

/** The process is killed when this many rows have answers. */
const KILLED_AT = 80

/** Slow enough to see the progress. */
const PACE = { timeToFirstToken: 100 }

/** Next to this file, and built in the same way. */
const PROGRAM = new URL(`./numbers-process${Path.extname(import.meta.url)}`, import.meta.url)

/** The same as `kill -9` on the command line. The process cannot handle it, and closes nothing. */
const kill = (child: ChildProcess): Effect.Effect<void> =>
  Effect.async((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("close", () => resume(Effect.void))
    child.kill("SIGKILL")
  })

/** Starts another process for the batch, and emits the number of answers that it reports. The process is killed when the stream is stopped. */
const answersOfProcess = (journal: string, url: string, model: string): Stream.Stream<number> =>
  Stream.asyncPush(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const child = fork(PROGRAM, [journal, url, model], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
          child.on("message", (done: number) => emit.single(done))
          child.once("close", () => emit.end())
          return child
        }),
        kill
      ),
    { bufferSize: "unbounded" }
  )

/** Draws the progress of a batch. The rows per second are counted from the first call on. */
const makeDrawing = (width: number) => {
  let start: { readonly millis: number; readonly done: number } | undefined
  return (done: number): Effect.Effect<string> =>
    Effect.map(Clock.currentTimeMillis, (millis) => {
      start ??= { millis, done }
      const rate = ((done - start.done) * 1000) / Math.max(1, millis - start.millis)
      return `${INDENT}${bar(done / count, Math.min(50, width - 34))} ${done} of ${count}, ${rate.toFixed(0)} rows/s`
    })
}

export const batch = (model: string) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    const server = yield* EmulatorServer
    const fs = yield* FileSystem.FileSystem
    const journal = `${yield* fs.makeTempDirectoryScoped()}/numbers.journal`
    const earlier = server.requests.length
    const calls = (): number =>
      server.requests.slice(earlier).filter(({ path }) => path.endsWith("/chat/completions")).length
    yield* Effect.acquireRelease(
      Effect.sync(() => server.setPacing(PACE)),
      () => Effect.sync(() => server.setPacing(undefined))
    )

    yield* note(
      `Batch.run over ${count} questions, ${atATime} calls at a time, in another process. Each answer is in the journal, on the disk, before the next step.`
    )
    const told = yield* screen.changing((show) => {
      const draw = makeDrawing(screen.width)
      return show(`${INDENT}the process starts …`).pipe(
        Effect.zipRight(
          answersOfProcess(journal, server.url, model).pipe(
            Stream.tap((done) => Effect.flatMap(draw(done), show)),
            Stream.takeUntil((done) => done >= KILLED_AT),
            Stream.runLast
          )
        )
      )
    })
    if (Option.getOrElse(told, () => 0) < KILLED_AT) {
      return yield* new SceneError({ message: "the process of the batch ended before it was killed" })
    }
    const sent = calls()
    yield* screen.line(`${INDENT}${screen.paint.red("killed with SIGKILL")}, after it had sent ${sent} calls`)

    yield* note("This process continues with the same journal:")
    const summary = yield* screen.changing((show) => {
      const draw = makeDrawing(screen.width)
      return askAll(journal, ({ done }) => Effect.flatMap(draw(done), show))
    })
    const { cost, done, reused } = summary
    if (done !== count) return yield* new SceneError({ message: `${done} rows of ${count} have answers` })
    yield* screen.line(`${INDENT}${screen.paint.green(`all ${count} rows have their answers`)}`)
    yield* note(
      `${reused} answers came from the journal, ${count - reused} calls were new and cost ${money(cost)}. The server saw ${calls()} calls in all: ${calls() - count} that ran at the kill ran again. More than ${atATime} can never be.`
    )
  }).pipe(Effect.scoped)
