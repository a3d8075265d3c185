/** Processes of the command for the tests of batches on many machines: workers and who submits, against an emulator on a socket. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import process from "node:process"

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process of the command. */
export interface Started {
  readonly child: ChildProcess
  /** What it has written to standard error so far. */
  readonly stderr: () => string
  readonly ended: Promise<Ended>
}

/** Starts processes, and ends those that are left. */
export const makeProcesses = (
  bin: () => string,
  folder: () => string,
  environment: () => Readonly<Record<string, string>>
) => {
  const children = new Set<ChildProcess>()
  const start = (args: ReadonlyArray<string>, more: Readonly<Record<string, string>> = {}): Started => {
    const child = spawn(process.execPath, ["--no-warnings", bin(), ...args], {
      cwd: folder(),
      env: { ...process.env, NO_COLOR: "1", ...environment(), ...more },
      stdio: ["ignore", "pipe", "pipe"]
    })
    children.add(child)
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()))
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()))
    return {
      child,
      stderr: () => stderr,
      ended: once(child, "close").then(([code]): Ended => ({ code: code as number | null, stdout, stderr }))
    }
  }
  return {
    start,
    endAll: (): void => {
      for (const child of children) child.kill("SIGKILL")
      children.clear()
    }
  }
}

/** Waits until something is so. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5))
}
