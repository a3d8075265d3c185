/**
 * Finds the passages that are about the subject of a prompt. In: the passages of the corpus, then a text.
 * Out: a weight for each passage, from which the model then prefers to continue. Rare words count more than
 * frequent ones.
 */

/** The words that passages are compared by: in lower case, without the `s` of a plural. */
export const topicWords = (text: string): Array<string> =>
  Array.from(text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu), ([word]) =>
    word.length > 3 ? word.replace(/s$/u, "") : word
  )

/** The words of a passage, and of each question that it answers. */
export interface Passage {
  readonly asked: ReadonlyArray<ReadonlySet<string>>
  readonly words: ReadonlySet<string>
}

/** Words of a question that contain little information about its subject. They still distinguish `How are you?` from `Who are you?`. */
const QUESTION_WORDS = new Set(
  "a about an and are can could do does explain for give how i in is it me my of on please say should tell the this to was what when where which who why will with would write you your"
    .split(" ")
    .flatMap(topicWords)
)
/** The weight of such a word; other words have 1. */
const QUESTION_WORD_WEIGHT = 0.15
/** The weight of a passage that has no words in common with the prompt; the best passage has 1. */
const OFF_TOPIC = 3e-4
/** When no passage is more similar to the prompt than this, the corpus does not contain its subject. */
const UNKNOWN_SUBJECT = 0.15
/** The part of a prompt's words that a passage without questions can score. */
const PASSAGE_SHARE = 0.35

/** Returns a function from a text to the weight of each passage for it. */
export const makeTopics = (passages: ReadonlyArray<Passage>): ((text: string) => Float64Array) => {
  const passagesWith = new Map<string, number>()
  for (const { asked, words } of passages) {
    for (const word of new Set([...words, ...asked.flatMap((line) => [...line])])) {
      passagesWith.set(word, (passagesWith.get(word) ?? 0) + 1)
    }
  }
  /** How much information a word has about a subject: the fewer passages contain it, the more. */
  const rarity = (word: string): number =>
    Math.log(1 + passages.length / (passagesWith.get(word) ?? 0.5)) *
    (QUESTION_WORDS.has(word) ? QUESTION_WORD_WEIGHT : 1)
  /** The length of a text in the space of words. */
  const norm = (words: Iterable<string>): number => {
    let sum = 0
    for (const word of words) sum += rarity(word) ** 2
    return Math.sqrt(sum) || 1
  }
  /** What two texts have in common. */
  const overlap = (asked: ReadonlySet<string>, words: ReadonlySet<string>): number => {
    let sum = 0
    for (const word of asked) if (words.has(word)) sum += rarity(word) ** 2
    return sum
  }

  return (text) => {
    const asked = new Set(topicWords(text))
    const length = norm(asked)
    // A question is compared as a whole. A passage is compared only by the words that it shares with the prompt.
    const scores = passages.map(({ asked: lines, words }) =>
      Math.max(
        (PASSAGE_SHARE * overlap(asked, words)) / length ** 2,
        ...lines.map((line) => overlap(asked, line) / (length * norm(line)))
      )
    )
    const best = Math.max(...scores)
    return Float64Array.from(scores, (score) => (best < UNKNOWN_SUBJECT ? 1 : Math.max(OFF_TOPIC, (score / best) ** 3)))
  }
}
