import { compared, type ContenderName, contenders, reference } from "../contenders/index.js"
import type { Make } from "../contenders/Contender.js"
import { Consumption } from "../Consumption.js"

export type Size = "quick" | "full"

/** What one measurement gives: figures by name. */
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
  /** Measured in the first round alone. */
  readonly isOnce?: boolean
}

/** What a scenario measures with. */
export interface Harness {
  readonly size: Size
  /** The folder from which `effect-friendli` is what its users install. */
  readonly folder: string
  /** Runs the scenario's `inClient` with a contender in a fresh process, against the answer that `target` names. */
  readonly client: (scenario: string, contender: string, target: string) => Promise<Figures>
  /** Connections that the server has seen so far. */
  readonly connections: () => Promise<number>
  /** Runs a program of the folder in a fresh process and parses what it prints. */
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
  /** The figure of which ratios are reported, and the subject that it is divided by. */
  readonly ratio?: { readonly of: string; readonly to: string } | undefined
  readonly measure: (subject: string, harness: Harness) => Promise<Figures>
}

/** A scenario whose subjects are contenders, each in a process of its own. */
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

/** Reads streams of another kind before those that are measured, until V8 has made of the code what it will. */
export const warmUp = async (
  make: Make,
  url: string,
  work: { readonly target: string; readonly streams: number; readonly atATime: number }
): Promise<void> => {
  const contender = make(new URL(`/${work.target}`, url).href)
  await contender.stream(work.streams, work.atATime, new Consumption())
  await contender.close()
}

/** Bytes that are in use once everything that can be freed is freed. */
export const live = (): number => {
  if (globalThis.gc === undefined) throw new Error("needs node --expose-gc")
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

export interface Stopwatch {
  /** Processor time of this process, in user and kernel mode, all its threads, and time on the clock; both in µs. */
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
