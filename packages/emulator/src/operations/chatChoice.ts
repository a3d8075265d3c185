/**
 * Generates one choice of a chat. In: a seed, and the plan that all choices share. Out: steps, one for each token, with the delta that a stream would
 * send. A choice consists of reasoning, then function calls or text; all of them take their tokens from the same limit. Reasoning is in its own
 * field, or at the beginning of the text as `<think>…</think>`.
 */
import { newId } from "../base/ids.js"
import { generate, type GeneratedToken, type GenerationEnd, type GenerationRequest } from "../engine/generate.js"
import type { PlannedCall } from "../engine/planner/plan.js"
import { decode, encode } from "../engine/tokenizer.js"
import { chatLogprob, type ChatLogprob } from "./generation.js"
import type { ReasoningPlan } from "./reasoning.js"

/** Why a choice ended. */
export type FinishReason = "stop" | "length" | "tool_calls"

/** A part of a function call, in wire format: the first one has the id and the name, all others have text. */
interface ToolCallDelta {
  readonly index: number
  readonly id?: string
  readonly type: "function"
  readonly function: { readonly name?: string; readonly arguments: string }
}

/** The addition of a step to the message of a choice, in wire format. */
export interface Delta {
  readonly role?: "assistant"
  readonly content?: string
  readonly reasoning_content?: string
  readonly tool_calls?: ReadonlyArray<ToolCallDelta>
}

/** One step of a choice: at most one new token and at most one delta. */
export interface Step {
  readonly choice: number
  readonly token: boolean
  /** Whether the token belongs to the reasoning. */
  readonly reasoning?: true
  readonly delta?: Delta
  readonly logprobs?: ReadonlyArray<ChatLogprob>
  readonly finish?: FinishReason
}

/** The answer of a script, as tokens. Every choice consists of exactly these tokens. */
export interface ChatScript {
  readonly text: ReadonlyArray<number> | undefined
  readonly calls: ReadonlyArray<{ readonly name: string; readonly written: ReadonlyArray<number> }>
}

/** The plan that all choices of a request share. */
export interface ChatPlan {
  readonly base: Omit<GenerationRequest, "seed" | "maxTokens" | "constraint">
  readonly maxTokens: number
  readonly minTokens: number
  /** The text of an answer in a format, for a seed; `undefined` for free text. */
  readonly composeFormat: ((seed: number) => string) | undefined
  readonly calls: ReadonlyArray<PlannedCall>
  /** The arguments of a call, as JSON text. */
  readonly composeArguments: (call: PlannedCall, seed: number) => string
  readonly reasoning: ReasoningPlan | undefined
  /** The text that the answer follows, for a seed, within this number of tokens. */
  readonly composeText: (seed: number, room: number) => string
  /** Composes reasoning of at most this number of tokens. */
  readonly composeReasoning: (seed: number, tokens: number) => ReadonlyArray<number>
  /** The answer of a script, instead of the model's. */
  readonly script?: ChatScript | undefined
  readonly logprobs: boolean
}

type Steps = Generator<Step, void, undefined>

/** A choice while it is generated. All its parts take their tokens from `left`. */
interface Progress {
  readonly choice: number
  readonly seed: number
  readonly plan: ChatPlan
  left: number
}

/** A fixed difference, so that the reasoning does not begin with the same words as the answer. */
const reasoningSeed = (seed: number): number => seed + 0x5eed

/** Each call of a choice has its own seed, so that two calls of one function differ. */
const callSeed = (seed: number, index: number): number => seed + 7919 * index

/**
 * Turns generated tokens into steps, and counts them. A token without text makes a step without a delta, so
 * that it still takes its time. Returns how the generation ended.
 */
const stepsOf = function* (
  progress: Progress,
  tokens: Generator<GeneratedToken, GenerationEnd, void>,
  deltaOf: (text: string) => Delta | undefined
): Generator<Step, GenerationEnd, undefined> {
  const step = (text: string, token: boolean): Step => {
    const delta = text === "" ? undefined : deltaOf(text)
    return { choice: progress.choice, token, ...(delta === undefined ? {} : { delta }) }
  }
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.done === true) {
      yield step(next.value.tail, false)
      return next.value
    }
    // Only tokens count towards the limit; the rest of the text at the end has no token.
    progress.left--
    yield step(next.value.text, true)
  }
}

/** The tags around the reasoning in the text. */
const THINK = { open: "<think>\n", close: "\n</think>\n\n" } as const

/**
 * The reasoning. The stops, the format and the end tokens of the request are for the answer: they do not apply to the reasoning.
 */
const reasoningSteps = function* (progress: Progress, { place, tokens: limit }: ReasoningPlan): Steps {
  const { plan, seed } = progress
  const { prompt, sampling, topLogprobs } = plan.base
  const ownSeed = reasoningSeed(seed)
  const thought = plan.composeReasoning(ownSeed, limit)
  if (place !== "text") {
    const tokens = generate({
      prompt,
      sampling,
      seed: ownSeed,
      maxTokens: Math.min(progress.left, limit),
      // The tokens of a script are final. Those of the model are its intention, which sampling may change.
      ...(plan.script === undefined ? { targetTokens: thought } : { forcedTokens: thought })
    })
    const steps = stepsOf(progress, tokens, (text) => (place === "field" ? { reasoning_content: text } : undefined))
    for (const step of steps) yield { ...step, reasoning: true }
    return
  }
  // The tags and the reasoning between them are text of the answer, with log probabilities like the rest.
  const written = encode(`${THINK.open}${decode(thought)}${THINK.close}`)
  const tokens = generate({
    prompt,
    sampling: {},
    seed: ownSeed,
    maxTokens: progress.left,
    forcedTokens: written,
    topLogprobs
  })
  for (const step of contentSteps(progress, tokens)) {
    if (step.token) progress.left--
    yield { ...step, reasoning: true }
  }
}

/** One function call, whose arguments are exactly these tokens. Returns false when the tokens ran out before its end. */
const callSteps = function* (
  progress: Progress,
  name: string,
  index: number,
  written: ReadonlyArray<number>
): Generator<Step, boolean, undefined> {
  const { choice, plan, seed } = progress
  // A model writes the call as JSON with the name in it. These tokens count too.
  const around = encode(`{"name": ${JSON.stringify(name)}, "parameters": `).length + encode("}").length
  for (let token = 0; token < around && progress.left > 0; token++, progress.left--) yield { choice, token: true }
  // The tokens ran out inside the function's name, so no delta of this call was sent.
  if (progress.left === 0) return false
  const start: ToolCallDelta = {
    index,
    id: newId("call_"),
    type: "function",
    function: { name, arguments: "" }
  }
  yield { choice, token: false, delta: { tool_calls: [start] } }
  const tokens = generate({
    prompt: plan.base.prompt,
    sampling: plan.base.sampling,
    seed: callSeed(seed, index),
    maxTokens: progress.left,
    forcedTokens: written
  })
  const end = yield* stepsOf(progress, tokens, (text) => ({
    tool_calls: [{ index, type: "function", function: { arguments: text } }]
  }))
  return end.finishReason !== "length"
}

/**
 * Generated tokens as deltas of the text. With log probabilities, every token is listed in exactly one delta. Returns how the
 * generation ended.
 */
const contentSteps = function* (
  { choice, plan }: Progress,
  tokens: Generator<GeneratedToken, GenerationEnd, void>
): Generator<Step, GenerationEnd, undefined> {
  let logprobs: Array<ChatLogprob> = []
  const step = (text: string, token: boolean): Step => {
    // The log probabilities of tokens without text are listed with the next text.
    const waiting = logprobs
    logprobs = []
    return { choice, token, delta: { content: text }, ...(plan.logprobs ? { logprobs: waiting } : {}) }
  }
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.done === true) {
      if (next.value.tail !== "" || logprobs.length > 0) yield step(next.value.tail, false)
      return next.value
    }
    if (plan.logprobs) logprobs.push(chatLogprob(next.value))
    // A token without new text has no delta; its log probability goes into the next delta.
    yield next.value.text === "" ? { choice, token: true } : step(next.value.text, true)
  }
}

/** The text of a choice. */
const textSteps = function* (progress: Progress): Steps {
  const { choice, left, plan, seed } = progress
  const end = yield* contentSteps(
    progress,
    generate({
      ...plan.base,
      ...(plan.composeFormat === undefined
        ? { targetTokens: encode(plan.composeText(seed, left)) }
        : { forcedTokens: encode(plan.composeFormat(seed)) }),
      seed,
      maxTokens: left,
      minTokens: Math.min(plan.minTokens, left)
    })
  )
  yield { choice, token: false, finish: end.finishReason }
}

/** The choice of a script after its reasoning: text, then calls. A stop of the request ends the choice before the calls. */
const scriptSteps = function* (progress: Progress, { calls, text = [] }: ChatScript): Steps {
  const { choice, plan, seed } = progress
  const finish = (reason: FinishReason): Step => ({ choice, token: false, finish: reason })
  let written = 0
  // A choice that only calls has no text, not even an empty one.
  if (calls.length === 0 || text.length > 0) {
    const tokens = generate({ ...plan.base, seed, maxTokens: Math.max(0, progress.left), forcedTokens: text })
    const content = contentSteps(progress, tokens)
    let next = content.next()
    for (; next.done !== true; next = content.next()) {
      if (next.value.token) written++
      yield next.value
    }
    progress.left -= written
    const isStopped = next.value.finishReason === "length" || written < text.length
    if (isStopped || calls.length === 0) return yield finish(next.value.finishReason)
  }
  for (const [index, call] of calls.entries()) {
    const isComplete = progress.left > 0 && (yield* callSteps(progress, call.name, index, call.written))
    if (!isComplete) return yield finish("length")
  }
  yield finish("tool_calls")
}

/** Generates a choice step by step. The last step has the finish reason. */
export const runChoice = function* (choice: number, seed: number, plan: ChatPlan): Steps {
  const progress: Progress = { choice, seed, plan, left: plan.maxTokens }
  const finish = (reason: FinishReason): Step => ({ choice, token: false, finish: reason })
  if (plan.reasoning !== undefined) yield* reasoningSteps(progress, plan.reasoning)
  if (plan.script !== undefined) return yield* scriptSteps(progress, plan.script)
  for (const [index, call] of plan.calls.entries()) {
    const written = encode(plan.composeArguments(call, callSeed(seed, index)))
    const isComplete = yield* callSteps(progress, call.tool.name, index, written)
    if (!isComplete) return yield finish("length")
  }
  // An answer that calls functions has no text.
  if (plan.calls.length > 0) return yield finish("tool_calls")
  if (progress.left <= 0) return yield finish("length")
  yield* textSteps(progress)
}
