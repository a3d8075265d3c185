/**
 * The text of `--help`. In: the settings. Out: lines of at most 80 characters, without colours.
 */
import { settings } from "./settings.js"

const width = 80
/** The column where the descriptions begin. */
const column = 33

/** Breaks a text between words. */
const wrap = (text: string, room: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** One flag with its description. */
const row = (flag: string, description: string): ReadonlyArray<string> => {
  const [first = "", ...others] = wrap(description, width - column)
  return [`  ${flag}`.padEnd(column) + first, ...others.map((line) => " ".repeat(column) + line)]
}

/** The whole text. */
export const helpText = (version: string): string =>
  [
    `friendli-emulator ${version}: Friendli's inference API on your own machine`,
    "",
    "Usage: friendli-emulator [options]",
    "",
    ...row("--config <file>", "settings in JSON or YAML; flags override them"),
    ...settings.flatMap(({ flag, help, value }) =>
      row(value === undefined ? `--${flag}` : `--${flag} <${value}>`, help)
    ),
    ...row("--help, -h", "print this"),
    ...row("--version", "print the version"),
    "",
    ...wrap(
      "What is in parentheses is the default. In the file of --config, settings have the names of the options of 'listen': --max-body-bytes is maxBodyBytes, --token is tokens.",
      width
    )
  ].join("\n")
