/**
 * Words for generated values. In: the name of a field, and a random number generator. Out: texts that look like values of such a field: cities, names
 * and dates for common field names, otherwise words of the corpus.
 */
import { models, places, questions } from "../corpus/index.js"
import type { Random } from "../random.js"

let lexicon: { readonly words: ReadonlyArray<string>; readonly sentences: ReadonlyArray<string> } | undefined

/** Words and sentences of the corpus, so that generated values read like its text. Collected once. */
export const corpusParts = () => {
  if (lexicon !== undefined) return lexicon
  const text = [models, places, questions].join("\n")
  const words = [...new Set(Array.from(text.matchAll(/\b[a-z]{4,9}\b/gu), ([word]) => word))]
  const sentences = [models, places].flatMap((part) => part.match(/[A-Z][^.?!"\n]{20,90}\./gu) ?? [])
  return (lexicon = { words, sentences })
}

/** Some words in a row. */
export const phrase = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.pick(corpusParts().words)).join(" ")

/** The text with a capital first letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Common field names get values that look real; every other string is a phrase. */
const FIELDS: Readonly<Record<string, ReadonlyArray<string>>> = {
  city: ["Seoul", "Paris", "Tokyo", "Lisbon", "Oslo"],
  location: ["Seoul", "Paris", "Tokyo", "Lisbon", "Oslo"],
  country: ["South Korea", "France", "Japan", "Portugal", "Norway"],
  name: ["Léa Arnaud", "Tomás Reis", "Mina Park", "Ada Berg", "Jon Hale"],
  language: ["English", "Korean", "French", "Spanish", "Japanese"],
  currency: ["KRW", "EUR", "JPY", "USD", "NOK"],
  email: ["lea@example.com", "tomas@example.com", "mina@example.com"],
  url: ["https://example.com/harbour", "https://example.com/library"],
  date: ["2024-07-26", "2024-08-15", "2024-10-09"],
  time: ["08:00", "17:00", "21:30"]
}

/** A string for a field, within the bounds of its schema. `path` ends with the name of the field. */
export const stringFor = (random: Random, path: string, minimum: number, maximum: number): string => {
  const field = path.slice(path.lastIndexOf("/") + 1).toLowerCase()
  const known = Object.hasOwn(FIELDS, field) ? random.pick(FIELDS[field]!) : undefined
  let text = known ?? capital(phrase(random, random.int(1, 4)))
  while (text.length < minimum) text += ` ${phrase(random, 1)}`
  return text.length > maximum ? text.slice(0, maximum) : text
}
