/**
 * What the unit tests and the exhaustive tests of `secrets` share.
 */
import * as fc from "fast-check"
import { make, scrub, type Secrets, secretsOf } from "../../src/internal/secrets.js"

export const secretsWith = (request: unknown, ...credentials: ReadonlyArray<string>): Secrets =>
  make(() => secretsOf({}, undefined, credentials), request)

export const scrubbed = (text: string, request: unknown, ...credentials: ReadonlyArray<string>): string =>
  scrub(text, secretsWith(request, ...credentials))

export const escaped = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Texts of every script, with what is escaped here and there. */
export const text = fc
  .array(
    fc.oneof(
      fc.fullUnicodeString({ maxLength: 12 }),
      fc.stringOf(
        fc.constantFrom("a", "b", "z", " ", "é", "한", "국", "👋", '"', "'", "\\", "\n", "/", "%", "&", "+"),
        {
          maxLength: 12
        }
      ),
      fc.constantFrom("Why do zebras yawn?", "안녕하세요 반갑습니다", '{"a": [1]}')
    ),
    { minLength: 1, maxLength: 6 }
  )
  .map((parts) => parts.join(""))

/** No surrogate without its pair. */
export const isWhole = (text: string): boolean => !/\p{Surrogate}/u.test(text)

export const hasWord = (part: string): boolean => /[A-Za-z0-9]|[^\0-\x7f]/.test(part)

/** Stretches of the prompt that still stand in a text. */
export const survivors = (shown: string, prompt: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (let at = 0; at + 12 <= prompt.length; at++) {
    const run = prompt.slice(at, at + 12)
    if (hasWord(run) && shown.includes(run)) found.push(run)
  }
  return found
}
