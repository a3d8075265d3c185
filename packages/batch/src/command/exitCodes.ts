/** The exit codes of the command. */
import type { EndReason, Summary } from "../run/rows.js"

export const exitCodes = {
  /** Every row has its answer. */
  done: 0,
  /** Every row has its outcome, and some failed. */
  failedRows: 1,
  /** The command line, the settings or the input are invalid; nothing was sent. */
  usage: 2,
  /** A budget was reached, or the server refused the account: rows are left. */
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

/** Why a batch ended before its last row, in words. */
export const wordsOf: Readonly<Record<EndReason, string>> = {
  end: "every row has its outcome",
  cost: "the budget of cost is reached",
  tokens: "the budget of tokens is reached",
  time: "the budget of time is reached",
  failures: "too many rows failed",
  access: "the server refused the token or the account",
  stopped: "stopped by Ctrl-C",
  interrupted: "stopped at once"
}
