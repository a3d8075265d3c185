/** The progress of a batch while it runs: in a terminal three lines that change, elsewhere one line every ten seconds. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { createLogUpdate } from "log-update"
import process from "node:process"
import type { Progress } from "../run/rows.js"
import * as format from "./format.js"

/** How often the display is written, in milliseconds. */
const intervals = { terminal: 200, lines: 10_000 }

/** The weight of the last interval in the smoothed rate. */
const smoothing = 0.2

/** The rows that end per second, smoothed. The remaining time is computed from it. */
const makeRate = () => {
  let rate: number | undefined
  let before = { millis: 0, ended: 0 }
  return ({ done, failed, millis, reused }: Progress): number => {
    const ended = done + failed - reused
    const passed = millis - before.millis
    if (passed > 0) {
      const now = ((ended - before.ended) * 1000) / passed
      rate = rate === undefined ? now : rate + smoothing * (now - rate)
      before = { millis, ended }
    }
    return rate ?? 0
  }
}

/** The values of the display at one moment. */
export interface Shown {
  readonly progress: Progress
  readonly total: number
  /** New rows per second. */
  readonly rate: number
  readonly isStopping: boolean
}

const leftOf = ({ progress, rate, total }: Shown): string => {
  const left = total - progress.done - progress.failed
  if (left <= 0) return "done"
  return rate > 0 ? `${format.time((left / rate) * 1000)} left` : "waiting"
}

const tokensPerSecond = ({ progress }: Shown): number =>
  progress.millis === 0 ? 0 : (progress.tokens.output * 1000) / progress.millis

/** One line, for a log. */
export const line = (shown: Shown): string => {
  const { progress, rate, total } = shown
  return [
    `${format.count(progress.done)} of ${format.count(total)} done`,
    `${format.count(progress.failed)} failed`,
    `${progress.running} running`,
    `${rate.toFixed(1)} rows/s`,
    `${format.count(tokensPerSecond(shown))} tokens/s`,
    format.money(progress.cost),
    shown.isStopping ? "stopping" : leftOf(shown)
  ].join(", ")
}

/** Three lines of at most `width` columns, for a terminal. */
export const lines = (shown: Shown, width: number): string => {
  const { progress, rate, total } = shown
  const ended = progress.done + progress.failed
  const share = total === 0 ? 1 : ended / total
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const barWidth = Math.max(10, Math.min(60, width - 24))
  return [
    `${format.bar(share, barWidth)} ${percent}  ${shown.isStopping ? "stopping" : leftOf(shown)}`,
    `${format.count(progress.done)} done  ${format.count(progress.failed)} failed  ${format.count(progress.reused)} from the journal  ${format.count(total - ended)} to go`,
    `${progress.running} of ${progress.concurrency} calls  ${rate.toFixed(1)} rows/s  ${format.count(tokensPerSecond(shown))} tokens/s  ${format.money(progress.cost)}  ${format.time(progress.millis)}`
  ]
    .map((text) => text.slice(0, width - 1))
    .join("\n")
}

/** The display of a running batch. */
export interface Display {
  /** Writes a line that stays; in a terminal it is above the lines that change. */
  readonly say: (text: string) => Effect.Effect<void>
}

/** Lines for a log. */
const inLog = (now: Effect.Effect<Shown>): Effect.Effect<Display, never, Scope.Scope> => {
  const say = (text: string) => Effect.sync(() => void process.stderr.write(`${text}\n`))
  const write = Effect.flatMap(now, (shown) => say(line(shown)))
  return Effect.as(
    Effect.forkScoped(Effect.delay(Effect.repeat(write, Schedule.spaced(intervals.lines)), intervals.lines)),
    { say }
  )
}

/** Lines that are updated in place. The last state stays, and later output comes below it. */
const inTerminal = (now: Effect.Effect<Shown>): Effect.Effect<Display, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { stderr } = process
    const update = createLogUpdate(stderr, { showCursor: true })
    const draw = Effect.map(now, (shown) => update(lines(shown, stderr.columns || 80)))
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        draw,
        Effect.sync(() => update.done())
      )
    )
    yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced(intervals.terminal)))
    return { say: (text) => Effect.sync(() => update.persist(text)) }
  })

/** Shows a batch until the scope closes. It writes to standard error, so that results in a pipe stay clean. */
export const show = (
  progress: Effect.Effect<Progress>,
  total: number,
  isStopping: () => boolean
): Effect.Effect<Display, never, Scope.Scope> => {
  const rateOf = makeRate()
  const now = Effect.map(progress, (read): Shown => ({
    progress: read,
    total,
    rate: rateOf(read),
    isStopping: isStopping()
  }))
  return process.stderr.isTTY === true ? inTerminal(now) : inLog(now)
}
