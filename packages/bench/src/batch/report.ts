/** The measurements, as a page of the documentation. */
import { machine } from "../machine.js"
import { machineLine, table } from "../report.js"
import type { Measured, Program } from "./measure.js"

type All = ReadonlyArray<readonly [Program, Measured]>

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** The figures, one per line. */
const figures: ReadonlyArray<readonly [string, (measured: Measured) => string]> = [
  ["rows per second", ({ rowsPerSecond }) => number(rowsPerSecond)],
  ["processor time per row, µs", ({ cpu }) => number(cpu)],
  ["of which system time (sockets and files), µs", ({ system }) => number(system)],
  ["live memory early in the run, MB", ({ liveEarly }) => number(liveEarly, 1)],
  ["live memory late in the run, MB", ({ liveLate }) => number(liveLate, 1)],
  ["live memory added per row, bytes", ({ liveRow }) => number(liveRow)],
  ["peak memory of the process, MB", ({ peak }) => number(peak)],
  ["results per row, bytes", ({ resultBytes }) => number(resultBytes)],
  ["journal per row, bytes", ({ journalBytes }) => (journalBytes === undefined ? "none" : number(journalBytes))],
  ["the emulator: processor time per call, µs", ({ serverCpu }) => number(serverCpu)],
  ["the emulator: share of one core", ({ serverShare }) => `${number(serverShare)} %`]
]

export const measuredTable = (all: All): string =>
  table(
    ["", ...all.map(([{ title }]) => title)],
    figures.map(([title, of]) => [title, ...all.map(([, measured]) => of(measured))])
  )

export const page = (all: All, atATime: number, load: number): string => `# Measurements of batches

${number(all[0]![1].rows)} rows on one machine, with the command \`friendli-batch\` and with a script of sixty lines, as a programmer would write it by hand: the client
of \`openai\`, a pool of promises (\`p-map\`), and one line appended to a file per answer. When the script is started again, it skips the rows that are
in its file. The script has no budgets and does not adapt to the server. If the machine crashes, it loses data that the system had not yet written
to the disk, and at the next start it fails at a line that was cut off.

Written by \`npx -y pnpm@12 batch:measure --write\`. Measure again before you quote a figure.

## Figures

${measuredTable(all)}

- Both programs ran the same file with ${atATime} calls at a time, one program after the other, each in its own process.
- The emulator ran in another process with scripted answers and without pauses. It needs about as much processor time per call as the clients, so the rows per
  second also depend on its speed. The processor time per row is only that of the client's process, from its start to its end.
- Live memory is the memory after a forced garbage collection: the median of several samples in the first half of the run, and of several samples at its end.
- The processor time of \`friendli-batch\` includes reading the input twice, writing the journal (each row is on the disk before the next step), and writing the file of results.
- Measured on ${machineLine(machine())}. The load of the machine was ${number(load, 1)} at the start. Other work on the machine makes everything slower, including processor time.
`
