/**
 * Parses untrusted JSON. In: text. Out: its value, or the error of the parser as a value. Nothing is thrown, and no key can become a
 * prototype.
 */
import * as Either from "effect/Either"

/** Whether the text may contain the key, also with an escaped underscore. Plain searches: a pattern would cost as much as the parse. */
const isSuspicious = (text: string): boolean => text.includes("__proto__") || text.includes("\\u005")

const withoutProto = (key: string, value: unknown): unknown => (key === "__proto__" ? undefined : value)

/**
 * Parses without throwing. A key named `__proto__` is dropped: copied into a decoded value it would become its prototype and provide
 * values for absent fields.
 */
export const parseJson = (text: string): Either.Either<unknown, unknown> => {
  try {
    return Either.right(isSuspicious(text) ? JSON.parse(text, withoutProto) : JSON.parse(text))
  } catch (cause) {
    return Either.left(cause)
  }
}
