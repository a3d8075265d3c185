/** What was measured, as a page of the documentation. */
import { machine } from "../machine.js"
import { machineLine, table } from "../report.js"
import type { Measured, Program } from "./measure.js"

type All = ReadonlyArray<readonly [Program, Measured]>

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** The figures, one a line. */
const figures: ReadonlyArray<readonly [string, (measured: Measured) => string]> = [
  ["rows a second", ({ rowsPerSecond }) => number(rowsPerSecond)],
  ["processor time of a row, µs", ({ cpu }) => number(cpu)],
  ["of it in the system: sockets and files, µs", ({ system }) => number(system)],
  ["live memory early in the run, MB", ({ liveEarly }) => number(liveEarly, 1)],
  ["live memory late in the run, MB", ({ liveLate }) => number(liveLate, 1)],
  ["bytes of live memory that a row adds", ({ liveRow }) => number(liveRow)],
  ["most memory of the process, MB", ({ peak }) => number(peak)],
  ["bytes of the results, a row", ({ resultBytes }) => number(resultBytes)],
  ["bytes of the journal, a row", ({ journalBytes }) => (journalBytes === undefined ? "none" : number(journalBytes))],
  ["the emulator: processor time of a call, µs", ({ serverCpu }) => number(serverCpu)],
  ["the emulator: share of one core", ({ serverShare }) => `${number(serverShare)} %`]
]

export const measuredTable = (all: All): string =>
  table(
    ["", ...all.map(([{ title }]) => title)],
    figures.map(([title, of]) => [title, ...all.map(([, measured]) => of(measured))])
  )

export const page = (all: All, atATime: number, load: number): string => `# Measurements of batches

${number(all[0]![1].rows)} rows on one machine, with the command \`friendli-batch\` and with a script of sixty lines, as one writes it by hand: the client of
\`openai\`, a pool of promises (\`p-map\`), and a line appended to a file for each answer. The script skips the rows of its file when it is started
again. It has no budgets, does not adapt to the server, loses what the system had not yet written when the machine crashes, and fails at a line
that was cut off.

Written by \`npx -y pnpm@12 batch:measure --write\`; measure again before you quote a figure.

## Figures

${measuredTable(all)}

- Both programs ran the same file with ${atATime} calls at a time, one program after the other, each in a process of its own.
- The emulator ran in another process, at its fastest: answers of a script, without pauses. It takes more processor time for a call than the
  clients do, so that rows a second say how fast the emulator was. The processor time of a row is that of the client's process alone, from its start to its end.
- Live memory is what remains after a forced collection: the middle of several samples in the first half of the run, and of several at its end.
- The processor time of \`friendli-batch\` includes reading the input twice, the journal, which is on the disk before a row goes on, and the file of results.
- Measured on ${machineLine(machine())}. The load of the machine was ${number(load, 1)} at the start: other work makes everything slower, processor time too.
`
