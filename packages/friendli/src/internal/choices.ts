/**
 * What chunks of chats and completions say of a choice, read in one way by stream ends, spans and folds.
 */

/** Why a choice has finished. `""`, blanks and the string `"null"`, which some servers write for null, say nothing. */
export const finishReason = (reason: unknown): string | undefined => {
  if (typeof reason !== "string") return undefined
  const word = reason.trim()
  return word === "" || word === "null" ? undefined : reason
}

/** The index of a choice; one that leaves it out is named by its place. */
export const choiceIndex = (choice: { readonly index?: number | null | undefined }, position: number): number =>
  choice.index ?? position
