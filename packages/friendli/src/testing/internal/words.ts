/** Helpers for the builders of wire values. */

/** 2026-01-01: a constant, so that a test sees the same value every day. */
export const created = 1_767_225_600

/** Splits the text into words with the space before them, like tokens. */
export const wordsOf = (text: string): ReadonlyArray<string> => text.match(/\s*\S+|\s+$/g) ?? []
