/**
 * How a composed text and the sampler go together.
 *
 * A text that was composed beforehand is a list of tokens: what the model means to write. In: the distribution of the small
 * n-gram model at a position, and the token that is meant for it. Out: a distribution in which the meant token has nearly all of
 * the probability, and the others share the rest as the n-gram model says. So an answer reads well as long as nothing speaks
 * against it, and all parameters of the sampler still do what they say: a ban, a `logit_bias`, a penalty or a high temperature
 * makes the answer deviate. After a deviation the next meant token follows, as if one word had been replaced.
 *
 * At the end of the text the end token is the meant one. When the answer must go on (`min_tokens`), the n-gram model continues
 * alone.
 */
import type { Distribution } from "./model.js"
import type { Sampling } from "./sampler.js"
import { hash } from "./words.js"

/** What the other tokens share together: between these powers of ten, different at every position, as a model's doubt is. */
const LEAST_DOUBT = -6
const MOST_DOUBT = -4

/** The probability of all other tokens. It depends only on the token and its position, so that an answer can be repeated. */
const doubtAt = (id: number, position: number): number => {
  const share = hash(String(id), position) / 2 ** 32
  return 10 ** (LEAST_DOUBT + (MOST_DOUBT - LEAST_DOUBT) * share)
}

/** The log probability of a token that is meant for a position. */
export const meantLogprob = (id: number, position: number): number => Math.log1p(-doubtAt(id, position))

/**
 * Whether the sampler can only make a meant token more likely than it is: nothing is banned, biased or penalized, and the
 * temperature is at most 1. Then a random number below the probability of the token chooses it, and the distribution of all others
 * need not be computed. That is the usual case, and many times faster.
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

/** The distribution at a position for which a token is meant. */
export const follow = (distribution: Distribution, id: number, position: number): Distribution => {
  const doubt = doubtAt(id, position)
  const at = distribution.ids.indexOf(id)
  const own = at < 0 ? 0 : Math.exp(distribution.logprobs[at]!)
  // The others keep their order and their relations. Where the n-gram model is nearly sure of the same token, they have little left.
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
