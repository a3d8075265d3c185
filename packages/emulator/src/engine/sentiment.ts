/**
 * A small classifier. In: a text. Out: whether it is positive or negative, with probabilities. It decides by
 * a list of words and a few rules of grammar, without a model, so the same text gives the same result on
 * every machine.
 */
import { hash, wordsOf } from "./words.js"

/** The classes, in the order of the probabilities. */
export const labels = ["positive", "negative"] as const

/** Words with the same score. */
const list = (words: string, score: number): ReadonlyArray<readonly [string, number]> =>
  words.split(" ").map((word) => [word, score])

/** The score of each word: above 0 is positive. Emoji count as words. */
const lexicon: ReadonlyMap<string, number> = new Map([
  ...list(
    "amazing awesome best brilliant delight delighted excellent exceptional fantastic flawless love loved outstanding perfect " +
      "perfectly superb wonderful ❤ 😍 🎉",
    2
  ),
  ...list(
    "accurate affordable beautiful better bright calm charming cheerful clean clear comfortable convenient delicious easy effective " +
      "efficient elegant enjoy enjoyable fair fast favorite fine fresh friendly fun generous glad good gorgeous grateful great happy " +
      "helpful honest impressed impressive intuitive joy kind like lovely nice pleasant pleased polite powerful praise prompt quick " +
      "recommend reliable responsive safe satisfied simple smart smooth solid stable success superior thank thanks thoughtful tidy " +
      "useful valuable warm welcome well win worth 👍 😀 😊 🙂",
    1.3
  ),
  ...list(
    "abysmal appalling atrocious awful disaster disgusting dreadful hate hated horrible horrific nightmare pathetic terrible unacceptable " +
      "unusable useless worst 🤮 😡",
    -2
  ),
  ...list(
    "angry annoy annoying bad bland boring broken broke bug buggy careless cold complain complaint confuse confusing crash crude damage " +
      "damaged dangerous defect defective delay delayed difficult dirty disappoint disappointed disappointing dull error expensive fail " +
      "failed failure fake faulty flaw flawed flimsy fragile fraud frustrate frustrating garbage hard harm harsh ignore inferior " +
      "insult junk lack late lazy leak loose lose lost loud mediocre mess messy mistake misleading missing noisy overpriced pain " +
      "painful poor poorly problem refund regret rough rude sad scam shame sick slow sorry stale stuck stupid tired trouble ugly " +
      "uncomfortable unfair unfriendly unhappy unhelpful unpleasant unreliable unsafe upset waste weak worse worthless wrong 👎 😞 😢 🙁",
    -1.3
  )
])

/** Words that reverse what follows. */
const negations: ReadonlySet<string> = new Set(
  "not no never neither nor none nothing nobody cannot without hardly barely scarcely lacks ain't".split(" ")
)

/** Words that strengthen or weaken the word after them. */
const boosts: ReadonlyMap<string, number> = new Map([
  ...list("absolutely completely extremely highly incredibly really so totally truly utterly very", 1.5),
  ...list("bit fairly kinda mildly quite rather slightly somewhat", 0.7)
])

/** How many words a negation affects. */
const NEGATION_REACH = 3
/** The factor of a negated word: "not great" is less negative than "awful". */
const NEGATED = -0.75
/** The limit of a score: no text is certain. */
const LIMIT = 3
/** The highest score of a word that is not in the list. */
const UNKNOWN_LIMIT = 0.15

/** How forms of a word are reduced to it: "cities" to "city", "stopped" to "stop", "loved" to "love". */
const endings: ReadonlyArray<readonly [ending: RegExp, ...replacements: ReadonlyArray<string>]> = [
  [/ies$/, "y"],
  [/iest$|ier$|ily$/, "y"],
  [/(.)\1(?:ing|ed|er|est)$/, "$1"],
  [/(?:ing|ed|er|est|es)$/, "", "e"],
  [/(?:s|ly|ful|ness)$/, ""],
  [/ly$/, "le"]
]

/** The score of a word, or of the word that it is a form of. */
const listed = (word: string): number | undefined => {
  const score = lexicon.get(word)
  if (score !== undefined) return score
  for (const [ending, ...replacements] of endings) {
    if (!ending.test(word)) continue
    for (const replacement of replacements) {
      const found = lexicon.get(word.replace(ending, replacement))
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A small score from the letters of an unknown word. It has no meaning, but it is always the same. */
const unknownWordScore = (word: string): number => {
  const marked = `<${word}>`
  const grams = marked.length - 2
  let sum = 0
  for (let at = 0; at < grams; at++) sum += (hash(marked, 0, at, at + 3) / 2 ** 32) * 2 - 1
  return (UNKNOWN_LIMIT * sum) / grams
}

/** Whether it has a letter or a digit. Everything else is punctuation. */
const isWord = (word: string): boolean => /[\p{L}\p{N}]/u.test(word)

/**
 * The score of a text: above 0 is positive, below 0 is negative; from -3 to 3.
 *
 * Words of the list and their forms have a weight. A negation reverses the three words after it, up to the end of the clause.
 * "Very" and "slightly" change the weight of the next word, and words after "but" count double. A text without words of the
 * list is decided by small scores of the others.
 */
export const score = (text: string): number => {
  let sum = 0
  let found = false
  let unknownSum = 0
  let unknown = 0
  let negated = 0
  let boost = 1
  let weight = 1
  for (const word of wordsOf(text)) {
    // A word counts with the strength of the word before it, and reversed within reach of a negation.
    const said = listed(word)
    if (said !== undefined) {
      found = true
      sum += said * boost * weight * (negated > 0 ? NEGATED : 1)
    }
    if (!isWord(word)) {
      // A negation ends with its clause.
      if (/^[.,;:!?…—]$/u.test(word)) negated = 0
      continue
    }
    if (word === "but" || word === "however") {
      weight = 2
      negated = 0
      continue
    }
    if (negations.has(word) || word.endsWith("n't")) {
      negated = NEGATION_REACH + 1
    } else if (said === undefined) {
      unknownSum += unknownWordScore(word)
      unknown++
    }
    if (negated > 0) negated--
    boost = boosts.get(word) ?? 1
  }
  const raw = found ? sum : unknown === 0 ? 0 : unknownSum / Math.sqrt(unknown)
  return LIMIT * Math.tanh(raw / LIMIT)
}

/** The result of a classification. */
export interface Classification {
  /** The more likely class; the first one when both are equally likely. */
  readonly label: (typeof labels)[number]
  /** The probability of each class, in the order of `labels`. */
  readonly probs: ReadonlyArray<number>
}

/** Classifies a text as positive or negative. The same text gives the same probabilities on every machine. */
export const classify = (text: string): Classification => {
  const logit = score(text)
  // The softmax of [logit, -logit], computed from the smaller exponent.
  const smaller = Math.exp(-2 * Math.abs(logit))
  const larger = 1 / (1 + smaller)
  const probs = logit >= 0 ? [larger, 1 - larger] : [1 - larger, larger]
  return { label: logit >= 0 ? "positive" : "negative", probs }
}
