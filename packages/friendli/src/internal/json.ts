/**
 * JSON from outside.
 */
import * as Either from "effect/Either"

/** The key as it is, or with an escaped underscore in it. */
const suspicious = /__proto__|\\u005f/i

const withoutProto = (key: string, value: unknown): unknown => (key === "__proto__" ? undefined : value)

/**
 * Parses without throwing. A key named `__proto__` is dropped: copied into a decoded value it would become its prototype and
 * stand in for fields that are absent.
 */
export const parseJson = (text: string): Either.Either<unknown, unknown> => {
  try {
    return Either.right(suspicious.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text))
  } catch (cause) {
    return Either.left(cause)
  }
}
