/**
 * The output of the demo: a terminal with its width and colours, or a pipe or file, which gets plain text.
 */
import { Context, Effect, Layer } from "effect"
import { createLogUpdate } from "log-update"
import pc from "picocolors"
import type { Paint } from "./layout.js"

const NARROWEST = 40
/** Longer lines of text are hard to read, however wide the terminal is. */
const WIDEST = 100
const PIPE_WIDTH = 80

/** Replaces the text that was shown before. */
export type Show = (text: string) => Effect.Effect<void>

export class Screen extends Context.Tag("demo/Screen")<
  Screen,
  {
    readonly isTerminal: boolean
    readonly width: number
    readonly paint: Paint
    readonly write: (text: string) => Effect.Effect<void>
    readonly line: (text?: string) => Effect.Effect<void>
    /** Runs an effect that shows texts, each in place of the one before. The last text remains. A pipe gets only the last text. */
    readonly changing: <A, E, R>(body: (show: Show) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {
  static readonly stdout = Layer.sync(Screen, () => {
    const { stdout } = process
    const isTerminal = stdout.isTTY === true
    // `demo | head`: the reader has closed the pipe. The write below fails, too; without this listener the error would crash the process.
    stdout.on("error", () => undefined)
    const write = (text: string) =>
      Effect.async<void>((resume) => {
        stdout.write(text, (error) => resume(error == null ? Effect.void : Effect.interrupt))
      })
    const line = (text = "") => write(`${text}\n`)
    return {
      isTerminal,
      width: isTerminal ? Math.min(WIDEST, Math.max(NARROWEST, stdout.columns || PIPE_WIDTH)) : PIPE_WIDTH,
      // NO_COLOR and TERM=dumb are respected there; a pipe gets no colours, whatever FORCE_COLOR says
      paint: pc.createColors(isTerminal && pc.isColorSupported),
      write,
      line,
      changing: (body) =>
        Effect.suspend(() => {
          if (isTerminal) {
            const update = createLogUpdate(stdout, { showCursor: true })
            const ended = Effect.sync(() => update.done())
            return Effect.ensuring(
              body((text) => Effect.sync(() => update(text))),
              ended
            )
          }
          let last = ""
          return Effect.ensuring(
            body((text) => Effect.sync(() => void (last = text))),
            Effect.suspend(() => (last === "" ? Effect.void : line(last)))
          )
        })
    }
  })
}
