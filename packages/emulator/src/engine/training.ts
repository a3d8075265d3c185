/**
 * The corpus as the model reads it: one long list of tokens, cut into passages.
 */
import { models, places, questions } from "./corpus/index.js"
import { encode } from "./tokenizer.js"
import { type Passage, topicWords } from "./topics.js"

/** The mark before the first token of a passage that an answer can begin with. */
export const START = 0
/** The mark before and after every passage. */
export const END = 1

/**
 * The training text. Tokens have their own small numbers here, so that three of them fit into the key of a map; the two marks are among these
 * numbers.
 */
export interface TrainingText {
  readonly tokens: ReadonlyArray<number>
  /** The index of the passage that each position belongs to. */
  readonly passageOf: ReadonlyArray<number>
  readonly passages: ReadonlyArray<Passage>
  /** Positions inside questions. Only full contexts find them; otherwise answers would turn into questions. */
  readonly inQuestion: ReadonlySet<number>
  /** From a token of the vocabulary to its number here. */
  readonly numberOf: ReadonlyMap<number, number>
  /** From a number here to the token of the vocabulary. */
  readonly idOf: ReadonlyArray<number>
}

const blocks = (text: string): Array<string> => text.trim().split(/\n{2,}/u)

/** A block of the questions: several ways to ask, and one answer. */
const questionBlock = (block: string): { readonly asked: ReadonlyArray<string>; readonly answer: string } => {
  const [lines, answer] = block.split(/^A: /mu) as [string, string]
  const asked = lines
    .trim()
    .split("\n")
    .map((line) => line.slice("Q: ".length))
  return { asked, answer }
}

/**
 * Reads the corpus into one list of tokens. Questions and paragraphs are learned in two forms, alone and after another text.
 */
export const readCorpus = (): TrainingText => {
  const tokens: Array<number> = []
  const passageOf: Array<number> = []
  const passages: Array<Passage> = []
  const inQuestion = new Set<number>()
  const numberOf = new Map<number, number>()
  const idOf: Array<number> = [-1, -1]

  const numberFor = (id: number): number => {
    const known = numberOf.get(id)
    if (known !== undefined) return known
    const number = idOf.length
    numberOf.set(id, number)
    idOf.push(id)
    return number
  }

  /** Appends a text to the last passage. Its first `questionTokens` tokens are a question. */
  const append = (ids: ReadonlyArray<number>, marks: ReadonlyArray<number>, questionTokens = 0): void => {
    const start = tokens.length + marks.length
    for (let at = start; at < start + questionTokens; at++) inQuestion.add(at)
    tokens.push(...marks, ...ids.map(numberFor), END)
    while (passageOf.length < tokens.length) passageOf.push(passages.length - 1)
  }

  for (const block of blocks(questions)) {
    const { answer, asked } = questionBlock(block)
    passages.push({ asked: asked.map((line) => new Set(topicWords(line))), words: new Set(topicWords(answer)) })
    append(encode(answer), [END, START])
    for (const question of asked) append(encode(`${question} ${answer}`), [END], encode(question).length)
  }
  for (const paragraph of [models, places].flatMap(blocks)) {
    passages.push({ asked: [], words: new Set(topicWords(paragraph)) })
    append(encode(paragraph), [END, START])
    // Paragraphs also follow a finished sentence, so they are learned once more with a space before them.
    append(encode(`. ${paragraph}`), [END])
  }
  return { tokens, passageOf, passages, inQuestion, numberOf, idOf }
}
