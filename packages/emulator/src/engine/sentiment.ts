/**
 * A small classifier: whether a text is glad or not, from a list of words.
 */
import { hash, wordsOf } from "./words.js"

/**
 * The classes, in the order of the probabilities.
 */
export const labels = ["positive", "negative"] as const

const list = (words: string, score: number): ReadonlyArray<readonly [string, number]> =>
  words.split(" ").map((word) => [word, score])

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

const negations: ReadonlySet<string> = new Set(
  "not no never neither nor none nothing nobody cannot without hardly barely scarcely lacks ain't".split(" ")
)

const boosts: ReadonlyMap<string, number> = new Map([
  ...list("absolutely completely extremely highly incredibly really so totally truly utterly very", 1.5),
  ...list("bit fairly kinda mildly quite rather slightly somewhat", 0.7)
])

/** How many words after a negation are under it. */
const REACH = 3
/** What a negated word keeps: "not great" is less bad than "awful". */
const NEGATED = -0.75
/** How far scores go: no text is certain. */
const LIMIT = 3
/** What a word outside the list may say, at most. */
const HUNCH = 0.15

const endings: ReadonlyArray<readonly [ending: RegExp, ...replacements: ReadonlyArray<string>]> = [
  [/ies$/, "y"],
  [/iest$|ier$|ily$/, "y"],
  [/(.)\1(?:ing|ed|er|est)$/, "$1"],
  [/(?:ing|ed|er|est|es)$/, "", "e"],
  [/(?:s|ly|ful|ness)$/, ""],
  [/ly$/, "le"]
]

/** What the list says about a word or, where that is not in it, about what it is a form of. */
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

/** What the letters of an unknown word say: nothing that a person would agree on, but always the same. */
const hunch = (word: string): number => {
  const marked = `<${word}>`
  const grams = marked.length - 2
  let sum = 0
  for (let at = 0; at < grams; at++) sum += (hash(marked, 0, at, at + 3) / 2 ** 32) * 2 - 1
  return (HUNCH * sum) / grams
}

const isWord = (word: string): boolean => /[\p{L}\p{N}]/u.test(word)

/**
 * How glad a text is: above 0 for glad, below for the opposite, between -3 and 3.
 *
 * **When to use** to see why `classify` says what it says.
 *
 * **Details**: listed words count with their weight, forms of them too. A negation turns the three words after it around, up to the end
 * of the clause; "very" and "slightly" change the next word; what follows "but" counts double. Where no listed word occurs, the n-grams
 * of the others decide by a hair.
 */
export const score = (text: string): number => {
  let sum = 0
  let found = false
  let hunches = 0
  let unknown = 0
  let negated = 0
  let boost = 1
  let weight = 1
  for (const word of wordsOf(text)) {
    const said = listed(word)
    if (said !== undefined) {
      found = true
      sum += said * boost * weight * (negated > 0 ? NEGATED : 1)
    }
    if (!isWord(word)) {
      // A clause ends here, and what is said of it too.
      if (/^[.,;:!?…—]$/u.test(word)) negated = 0
      continue
    }
    if (word === "but" || word === "however") {
      weight = 2
      negated = 0
      continue
    }
    if (negations.has(word) || word.endsWith("n't")) {
      negated = REACH + 1
    } else if (said === undefined) {
      hunches += hunch(word)
      unknown++
    }
    if (negated > 0) negated--
    boost = boosts.get(word) ?? 1
  }
  const raw = found ? sum : unknown === 0 ? 0 : hunches / Math.sqrt(unknown)
  return LIMIT * Math.tanh(raw / LIMIT)
}

/**
 * What the classifier says about a text.
 */
export interface Verdict {
  /** The likeliest class; the first of them where they are equal. */
  readonly label: (typeof labels)[number]
  /** The probability of each class, in the order of `labels`. */
  readonly probs: ReadonlyArray<number>
}

/**
 * Classifies a text as positive or negative. The same text has the same verdict on every machine.
 *
 * **When to use** where a program wants a classifier and a person can foresee the answer.
 */
export const classify = (text: string): Verdict => {
  const logit = score(text)
  // The softmax of [logit, -logit], from the smaller exponent.
  const smaller = Math.exp(-2 * Math.abs(logit))
  const larger = 1 / (1 + smaller)
  const probs = logit >= 0 ? [larger, 1 - larger] : [1 - larger, larger]
  return { label: logit >= 0 ? "positive" : "negative", probs }
}
