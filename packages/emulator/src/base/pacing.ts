/**
 * How fast generated tokens are sent.
 *
 * **When to use** to develop a user interface at the speed of a real model, or to test timeouts.
 *
 * @category models
 */
export interface Pacing {
  /** Milliseconds from the request to its first generated token. Default: 0. */
  readonly timeToFirstToken?: number
  /** Generated tokens per second, over all choices of a request. Default: no limit. */
  readonly tokensPerSecond?: number
  /**
   * The share by which each of these times varies at random, from 0 to 1: with 0.5, a pause of 100 ms lasts from 50 to 150 ms. The seed is the option
   * `seed`. Default: 0.
   */
  readonly jitter?: number
}
