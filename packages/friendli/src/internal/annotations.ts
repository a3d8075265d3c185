/** Annotations of schemas that `formatIssues` uses for its sentences. */

/**
 * Annotation: what a field expects, as words that follow "expected", such as `a number between 0 and 1`.
 *
 * **When to use**: on your own refinements, so that `formatIssues` can name the rule.
 *
 * @category annotations
 */
export const ExpectedId: unique symbol = Symbol.for("effect-friendli/schema/expected")

/**
 * Annotation: a fixed sentence that `formatIssues` reports instead of "expected …, got …". It must not contain input.
 *
 * @category annotations
 */
export const SentenceId: unique symbol = Symbol.for("effect-friendli/schema/sentence")

/**
 * Annotation: the values of an open string that this version of the SDK knows.
 *
 * @category annotations
 */
export const KnownValuesId: unique symbol = Symbol.for("effect-friendli/schema/knownValues")
