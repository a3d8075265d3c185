/**
 * Where the demo writes: a terminal with its width and colours, or a pipe or file that gets plain text.
 */
import { Context, Effect, Layer } from "effect"
import pc from "picocolors"
import type { Paint } from "./layout.js"

const NARROWEST = 40
const WIDEST = 100
const PIPE_WIDTH = 80

export class Screen extends Context.Tag("demo/Screen")<
  Screen,
  {
    readonly isTerminal: boolean
    readonly width: number
    readonly paint: Paint
    readonly write: (text: string) => Effect.Effect<void>
    readonly line: (text?: string) => Effect.Effect<void>
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
    return {
      isTerminal,
      width: isTerminal ? Math.min(WIDEST, Math.max(NARROWEST, stdout.columns || PIPE_WIDTH)) : PIPE_WIDTH,
      // NO_COLOR and TERM=dumb are respected there; a pipe gets no colours, whatever FORCE_COLOR says
      paint: pc.createColors(isTerminal && pc.isColorSupported),
      write,
      line: (text = "") => write(`${text}\n`)
    }
  })
}
