import { compared, type ContenderName, contenders, reference } from "../contenders/index.js"
import type { Make } from "../contenders/Contender.js"
import { Consumption } from "../Consumption.js"

export type Size = "quick" | "full"

/** The result of one measurement: figures by name. */
export type Figures = Readonly<Record<string, number>>

export interface Column {
  readonly figure: string
  readonly title: string
  readonly digits: number
}

export interface Subject {
  readonly name: string
  readonly title: string
  /** The HTTP layer of a contender. */
  readonly http?: string
  /** Measured only in the first round. */
  readonly isOnce?: boolean
}

/** The tools of a scenario. */
export interface Harness {
  readonly size: Size
  /** The folder in which `effect-friendli` is installed as for its users. */
  readonly folder: string
  /** Runs the scenario's `inClient` with a contender in a fresh process, against the answer that `target` names. */
  readonly client: (scenario: string, contender: string, target: string) => Promise<Figures>
  /** Connections that the server has seen so far. */
  readonly connections: () => Promise<number>
  /** Runs a program of the folder in a new process, and parses its output. */
  readonly program: (file: string, ...parameters: ReadonlyArray<string>) => Promise<Figures>
}

/** One table of the report. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly columns: ReadonlyArray<Column>
  readonly subjects: ReadonlyArray<Subject>
  /** A round measures all subjects one after another. */
  readonly rounds: Readonly<Record<Size, number>>
  /** The figure whose ratios are reported, and the reference subject. */
  readonly ratio?: { readonly of: string; readonly to: string } | undefined
  readonly measure: (subject: string, harness: Harness) => Promise<Figures>
}

/** A scenario whose subjects are contenders, each in its own process. */
export interface ClientScenario extends Scenario {
  readonly inClient: (make: Make, url: string, size: Size) => Promise<Figures>
}

export const subjectsOf = (names: ReadonlyArray<ContenderName>): ReadonlyArray<Subject> =>
  names.map((name) => ({
    name,
    title: contenders[name].title,
    http: contenders[name].http,
    isOnce: !compared.has(name)
  }))

export const toReference = (figure: string) => ({ of: figure, to: reference })

/** Reads streams of another kind before the measured ones, until V8 has optimized the code. */
export const warmUp = async (
  make: Make,
  url: string,
  work: { readonly target: string; readonly streams: number; readonly atATime: number }
): Promise<void> => {
  const contender = make(new URL(`/${work.target}`, url).href)
  await contender.stream(work.streams, work.atATime, new Consumption())
  await contender.close()
}

/** The bytes in use after a full garbage collection. */
export const live = (): number => {
  if (globalThis.gc === undefined) throw new Error("needs node --expose-gc")
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export interface Stopwatch {
  /** Processor time of this process (user and kernel mode, all threads), and elapsed time; both in µs. */
  readonly stop: () => { readonly cpu: number; readonly wall: number }
}

export const start = (): Stopwatch => {
  const wall = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  return {
    stop: () => {
      const used = process.cpuUsage(cpu)
      return { cpu: used.user + used.system, wall: Number(process.hrtime.bigint() - wall) / 1000 }
    }
  }
}
