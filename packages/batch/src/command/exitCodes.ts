/** The exit codes of the command. */
import type { EndReason, Summary } from "../run/rows.js"

export const exitCodes = {
  /** Every row has an answer. */
  done: 0,
  /** Every row has an outcome, and some failed. */
  failedRows: 1,
  /** The command line, the settings or the input are not valid; nothing was sent. */
  usage: 2,
  /** A budget was reached, or the server rejected the token or the account: some rows have no outcome. */
  stopped: 3,
  /** The journal cannot be used, or a worker cannot run the batch. */
  journal: 4,
  /** Ctrl-C. */
  interrupted: 130
} as const

const codeOfReason: Readonly<Record<EndReason, number>> = {
  end: exitCodes.done,
  cost: exitCodes.stopped,
  tokens: exitCodes.stopped,
  time: exitCodes.stopped,
  failures: exitCodes.stopped,
  access: exitCodes.stopped,
  stopped: exitCodes.interrupted,
  interrupted: exitCodes.interrupted
}

/** The exit code for a summary. */
export const exitCodeOf = ({ failed, reason }: Summary): number =>
  reason === "end" && failed > 0 ? exitCodes.failedRows : codeOfReason[reason]

/** Why a batch ended, as text. */
export const wordsOf: Readonly<Record<EndReason, string>> = {
  end: "every row has an outcome",
  cost: "the cost budget is reached",
  tokens: "the token budget is reached",
  time: "the time budget is reached",
  failures: "too many rows failed",
  access: "the server rejected the token or the account",
  stopped: "stopped by Ctrl-C",
  interrupted: "stopped at once"
}
