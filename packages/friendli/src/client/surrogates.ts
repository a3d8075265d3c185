/**
 * Halves of surrogate pairs in a request: text that was cut inside an emoji. UTF-8 cannot encode them, so they would arrive changed, or
 * not at all.
 */
import type { Issue } from "../errors/FriendliError.js"
import { isFile, isUpload } from "../schema/upload.js"

/** With the flag `u` a whole pair is one character, so only halves match. */
const half = /\p{Surrogate}/u
const halves = /\p{Surrogate}/gu

const isWellFormed: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as string & { readonly isWellFormed: () => boolean }).isWellFormed()
    : (text) => !half.test(text)

/**
 * Whether written JSON may have a half. `JSON.stringify` escapes only halves as `\ud…`; a backslash and `ud` in the text itself look the
 * same, so a positive result needs a closer look. One search over the whole is faster than one for each text.
 */
export const mayHaveHalves = (json: string): boolean => json.includes("\\ud")

/** The sentence of the issue, without its subject. */
const cut = "has half of a surrogate pair in it, which cannot be sent; was the text cut inside an emoji?"

const maxIssues = 20
const maxKeyLength = 64

/** A key as a path shows it: long keys may be text, and halves cannot be printed. */
const shownKey = (key: string): string =>
  key.length > maxKeyLength ? `<key of ${key.length} characters>` : key.replace(halves, "\ufffd")

/** The locations of halves: in texts, names of fields and names of files. For JSON values and files. */
export const halvesIn = (value: unknown, path: Issue["path"] = []): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  const visit = (at: unknown, here: Issue["path"]): void => {
    if (issues.length >= maxIssues) return
    if (typeof at === "string") {
      if (!isWellFormed(at)) issues.push({ path: here, message: cut })
    } else if (Array.isArray(at)) {
      for (const [index, item] of at.entries()) visit(item, [...here, index])
    } else if (isUpload(at) || isFile(at)) visit(at.name, [...here, "name"])
    else if (typeof at === "object" && at !== null && !(at instanceof Blob)) {
      for (const [key, item] of Object.entries(at)) {
        const there = [...here, shownKey(key)]
        if (!isWellFormed(key)) issues.push({ path: there, message: `the name of this field ${cut}` })
        visit(item, there)
      }
    }
  }
  visit(value, path)
  return issues
}
