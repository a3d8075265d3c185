/**
 * How a composed text and the sampler work together.
 *
 * A composed text is a list of target tokens. In: the distribution of the small n-gram model at a position, and the target token of this position.
 * Out: a distribution in which the target token has nearly all of the probability, and the others share the rest in the proportions of the n-gram
 * model. So an answer normally follows the text, and all parameters of the sampler still have their effect: a ban, a `logit_bias`, a penalty or a
 * high temperature makes the answer deviate. After a deviation the next target token follows, as if one word had been replaced.
 *
 * At the end of the text, the end token is the target. If the answer must continue (`min_tokens`), the n-gram model continues alone.
 */
import type { Distribution } from "./model.js"
import type { Sampling } from "./sampler.js"
import { hash } from "./words.js"

/** The total probability of the other tokens: between these powers of ten, different at every position, like the uncertainty of a model. */
const LEAST_DOUBT = -6
const MOST_DOUBT = -4

/** The probability of all other tokens. It depends only on the token and its position, so that an answer can be repeated. */
const doubtAt = (id: number, position: number): number => {
  const share = hash(String(id), position) / 2 ** 32
  return 10 ** (LEAST_DOUBT + (MOST_DOUBT - LEAST_DOUBT) * share)
}

/** The log probability of the target token of a position. */
export const targetLogprob = (id: number, position: number): number => Math.log1p(-doubtAt(id, position))

/**
 * Whether the sampler can only make the target token more likely: nothing is banned, biased or penalized, and the temperature is at most 1. Then a
 * random number below the probability of the token chooses it, and the distribution of all others need not be computed. That is the usual case, and
 * many times faster.
 */
export const isUndisturbed = (sampling: Sampling): boolean =>
  (sampling.temperature ?? 1) <= 1 &&
  (sampling.repetition_penalty ?? 1) === 1 &&
  (sampling.frequency_penalty ?? 0) === 0 &&
  (sampling.presence_penalty ?? 0) === 0 &&
  (sampling.xtc_probability ?? 0) === 0 &&
  (sampling.no_repeat_ngram ?? 0) <= 1 &&
  Object.keys(sampling.logit_bias ?? {}).length === 0 &&
  (sampling.bad_words ?? []).length === 0 &&
  (sampling.bad_word_tokens ?? []).length === 0

/** The distribution at a position with a target token. */
export const follow = (distribution: Distribution, id: number, position: number): Distribution => {
  const doubt = doubtAt(id, position)
  const at = distribution.ids.indexOf(id)
  const own = at < 0 ? 0 : Math.exp(distribution.logprobs[at]!)
  // The others keep their order and their proportions. If the n-gram model is nearly sure of the same token, little is left for them.
  const shift = Math.log(doubt) - Math.log(Math.max(1 - own, 1e-9))
  const ids = [id]
  const logprobs = [Math.log1p(-doubt)]
  distribution.ids.forEach((other, index) => {
    if (index === at) return
    ids.push(other)
    logprobs.push(distribution.logprobs[index]! + shift)
  })
  return { ids, logprobs, floor: distribution.floor + shift }
}
