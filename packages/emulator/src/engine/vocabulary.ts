/**
 * The vocabulary of Llama 3: the bytes of each token. Out: its pieces, in the order of their ids.
 *
 * The build replaces this module with the pieces alone, as a text (`scripts/vocabulary.ts`): the package also unpacks its list of
 * merges when it is loaded, which takes most of a second and is not used here.
 */
import llama3 from "llama3-tokenizer-js"

/** Unpacks the vocabulary. The pieces of the control tokens, which are their names, come last. */
export const readPieces = (): ReadonlyArray<string> => llama3.vocabById
