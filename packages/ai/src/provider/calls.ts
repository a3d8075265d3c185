/** Which calls may be executed. In: a complete tool call of an answer. Out: its arguments, or why it cannot be executed. */
import type * as AiTool from "@effect/ai/Tool"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Tool from "effect-friendli/Tool"

/** A call as the model wrote it. */
export interface Written {
  readonly id: string
  readonly name: string
  readonly arguments: string
}

/** What the calls of an answer are checked against. */
export interface Rules {
  readonly names: ReadonlySet<string>
  /** The answer ended before the model was done, so its last call may be incomplete. */
  readonly isCutShort: boolean
}

export const namesOf = (tools: ReadonlyArray<AiTool.Any>): ReadonlySet<string> => new Set(tools.map(({ name }) => name))

const invalid = ({ id, name }: Written, message: string): Tool.InvalidToolCallError =>
  new Tool.InvalidToolCallError({
    id,
    name,
    message: `The call of ${name} is invalid: ${message}.`,
    issues: [{ path: [], message }]
  })

const parse = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

/** The arguments of a call that may be executed. */
export const argumentsOf = (
  call: Written,
  { isCutShort, names }: Rules
): Either.Either<Readonly<Record<string, unknown>>, Tool.InvalidToolCallError> => {
  if (!names.has(call.name)) return Either.left(invalid(call, "there is no tool of this name"))
  const cut = "the answer ended before its arguments were complete"
  if (call.arguments.trim() === "") return isCutShort ? Either.left(invalid(call, cut)) : Either.right({})
  const parsed = parse(call.arguments)
  if (Either.isLeft(parsed)) return Either.left(invalid(call, isCutShort ? cut : "the arguments are not valid JSON"))
  return Predicate.isRecord(parsed.right)
    ? Either.right(parsed.right)
    : Either.left(invalid(call, "the arguments are not a JSON object"))
}

/** Makes ids for calls without an id, or with the id of another call of the answer. */
export class Ids {
  private readonly taken = new Set<string>()
  private made = 0
  constructor(private readonly prefix: string) {}

  of(id: string | null | undefined): string {
    let own = id == null ? "" : id
    while (own === "" || this.taken.has(own)) own = `${this.prefix}_${this.made++}`
    this.taken.add(own)
    return own
  }
}
