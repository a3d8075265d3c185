/**
 * The values that flags accept. In: the text of a flag. Out: its value, or an error that names the flag, before anything is read or written.
 *
 * The library checks its options, too, but its messages name the options: `budget.cost` for `--budget`. And the messages of the command line's own
 * numbers do not name any flag.
 */
import * as Options from "@effect/cli/Options"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Container from "effect-friendli/Container"
import * as Deployment from "effect-friendli/Deployment"
import * as budgets from "../run/budget.js"

/** What a flag accepts. */
export interface Accepts<out A> {
  /** The value in the usage: `--flag value`. */
  readonly value: string
  /** The end of the message `--flag: expected …`. */
  readonly expected: string
  readonly read: (text: string) => Option.Option<A>
}

/** A flag. */
export const flag = <A>(name: string, description: string, { expected, read, value }: Accepts<A>): Options.Options<A> =>
  Options.text(name).pipe(
    Options.withPseudoName(value),
    Options.withDescription(description),
    Options.filterMap(read, `--${name}: expected ${expected}`)
  )

const satisfying =
  (isValid: (text: string) => boolean) =>
  (text: string): Option.Option<string> =>
    isValid(text) ? Option.some(text) : Option.none()

/** The number of a text. An empty text would be 0 for `Number`. */
const toNumber = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text))

const numbers = (value: string, expected: string, isValid: (number: number) => boolean): Accepts<number> => ({
  value,
  expected,
  read: (text) => Option.filter(Option.some(toNumber(text)), isValid)
})

export const number = numbers("number", "a number", Number.isFinite)

/** A share of the whole. */
export const share = numbers("number", "a share from 0 to 1", (given) => given >= 0 && given <= 1)

/** An integer of at least 1. */
export const count = numbers("integer", "an integer of at least 1", (given) => Number.isInteger(given) && given >= 1)

/** An integer from 1 to `most`. */
export const countTo = (most: number) =>
  numbers("integer", `an integer from 1 to ${most}`, (given) => Number.isInteger(given) && given >= 1 && given <= most)

/** A number of calls at the same time. `undefined` if it adapts to the server. */
export const concurrency: Accepts<number | undefined> = {
  value: "number",
  expected: `"auto" or ${count.expected}`,
  read: (text) => (text === "auto" ? Option.some(undefined) : count.read(text))
}

/** An amount of money, as text, because a number would not be exact. */
export const amount: Accepts<string> = {
  value: "amount",
  expected: "an amount in US dollars above 0, such as 5 or '$0.25'",
  read: satisfying((text) => Either.isRight(budgets.make({ cost: text })))
}

/** A duration, as text. */
export const duration: Accepts<string> = {
  value: "duration",
  expected: "a duration above 0, such as '10 seconds'",
  read: satisfying((text) => Option.exists(Duration.decodeUnknown(text), Duration.greaterThan(Duration.zero)))
}

/** A base URL of the API, which all deployments check in the same way. Only containers need no token. */
export const baseUrl: Accepts<string> = {
  value: "url",
  expected: "a URL that starts with http:// or https://, without credentials, query and fragment",
  read: satisfying((text) => Exit.isSuccess(Effect.runSyncExit(Deployment.make(Container.kind, { baseUrl: text }))))
}

export const databaseUrl: Accepts<string> = {
  value: "url",
  expected: "a URL, such as postgres://host/name",
  read: satisfying(URL.canParse)
}
