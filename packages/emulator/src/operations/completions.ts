/**
 * Completions of texts or tokens. In: a body that matches the contract. Out: a whole answer, a stream of chunks, or the issues of the request.
 * Several prompts have `n` choices each: choice 0 to n − 1 belong to the first prompt, the next n to the second.
 */
import { newId } from "../base/ids.js"
import { constrainedText } from "../engine/constrain.js"
import { generate, type GenerationRequest } from "../engine/generate.js"
import { encode, encodePrompt } from "../engine/tokenizer.js"
import {
  compact,
  completionsLogprobs,
  type CompletionsLogprobs,
  constraintOf,
  contextProblem,
  generationProblem,
  isGreedy,
  rangeProblem,
  samplingOf,
  type SamplingBody,
  seedsOf,
  unknownTokenAt,
  usage
} from "./generation.js"
import type { JsonRecord } from "../base/json.js"
import {
  type Answer,
  answerModel,
  invalid,
  type OperationContext,
  paced,
  startGenerator,
  type StreamEvent
} from "./operation.js"

/** A list of tokens, in the form in which the API nests it. */
interface TokenSequence {
  readonly tokens?: ReadonlyArray<number> | null
}

/** The fields of a request that affect the answer. */
interface CompletionsBody extends SamplingBody {
  readonly prompt?: string | ReadonlyArray<string>
  readonly tokens?: ReadonlyArray<number>
  readonly bad_words?: ReadonlyArray<string> | null
  readonly bad_word_tokens?: ReadonlyArray<TokenSequence> | null
  readonly forced_output_tokens?: ReadonlyArray<number> | null
  readonly logprobs?: number | null
  readonly max_total_tokens?: number | null
  readonly min_total_tokens?: number | null
  readonly no_repeat_ngram?: number | null
  readonly stop_tokens?: ReadonlyArray<TokenSequence> | null
}

/** One step of a choice: at most one new token, with the text that can be shown after it. */
interface Step {
  readonly choice: number
  readonly token?: number
  readonly text: string
  readonly logprobs?: CompletionsLogprobs
  readonly finish?: "stop" | "length"
}

/** The lists without their wrapping. Empty ones have no effect, and are left out. */
const sequences = (list: ReadonlyArray<TokenSequence> | null | undefined): Array<Array<number>> =>
  (list ?? []).flatMap(({ tokens }) =>
    tokens === undefined || tokens === null || tokens.length === 0 ? [] : [[...tokens]]
  )

/**
 * Generates one choice step by step. The last step has the finish reason and no text. `offset` is where the
 * next token begins in the text of all tokens.
 */
const runChoice = function* (
  choice: number,
  request: GenerationRequest,
  logprobs: boolean
): Generator<Step, void, undefined> {
  // Nothing is generated before the first `next`: a format that cannot be satisfied throws there.
  const tokens = generate(request)
  let offset = 0
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.done === true) {
      // Text that was held back because it could have been the beginning of a stop string.
      if (next.value.tail !== "") yield { choice, text: next.value.tail }
      return yield { choice, text: "", finish: next.value.finishReason }
    }
    const token = next.value
    yield {
      choice,
      token: token.id,
      text: token.text,
      ...(logprobs ? { logprobs: completionsLogprobs(token, offset) } : {})
    }
    offset += token.token.length
  }
}

/**
 * A choice that is collected from its steps. Its tokens are listed in order, including tokens without text so far.
 */
interface CollectedChoice {
  text: string
  readonly tokens: Array<number>
  readonly logprobs: CompletionsLogprobs
  finish: "stop" | "length"
}

/** A choice before its first step. */
const emptyChoice = (): CollectedChoice => ({
  text: "",
  tokens: [],
  logprobs: { text_offset: [], token_logprobs: [], tokens: [], top_logprobs: [] },
  finish: "stop"
})

/** Appends lists to lists. */
const addLogprobs = (into: CompletionsLogprobs, more: CompletionsLogprobs): void => {
  into.text_offset.push(...more.text_offset)
  into.token_logprobs.push(...more.token_logprobs)
  into.tokens.push(...more.tokens)
  into.top_logprobs.push(...more.top_logprobs)
}

/** Adds a step to the choice that is collected. */
const addStep = (into: CollectedChoice, step: Step): void => {
  into.text += step.text
  if (step.token !== undefined) into.tokens.push(step.token)
  if (step.logprobs !== undefined) addLogprobs(into.logprobs, step.logprobs)
  if (step.finish !== undefined) into.finish = step.finish
}

/** The prompts as tokens. Texts begin with the begin-of-text token, and may be rendered chats; tokens are used unchanged. */
const promptsOf = (body: CompletionsBody): ReadonlyArray<Array<number>> => {
  if (body.prompt === undefined) return [[...(body.tokens ?? [])]]
  const prompts = typeof body.prompt === "string" ? [body.prompt] : body.prompt
  return prompts.map(encodePrompt)
}

/** The contract allows any integer as a token: the vocabulary decides. */
const tokenProblem = (body: CompletionsBody): Answer | undefined => {
  for (const field of ["tokens", "forced_output_tokens"] as const) {
    const at = unknownTokenAt(body[field] ?? [])
    if (at >= 0) return invalid([field, at], "the token id is outside the vocabulary")
  }
  return undefined
}

/** The seed is added for each choice. */
type PromptRequest = Omit<GenerationRequest, "seed">

/** The generation request of one prompt, or why there is none. `source` is the field of the request that has the prompt. */
const requestOf = (
  body: CompletionsBody,
  prompt: Array<number>,
  source: "prompt" | "tokens",
  context: OperationContext
): PromptRequest | Answer => {
  const room = context.contextLength - prompt.length
  const tooLong = contextProblem(source, prompt.length, body.max_tokens, context.contextLength)
  if (tooLong !== undefined) return tooLong
  // Both limits may be set: the answer ends at the first one that it reaches.
  const total = (body.max_total_tokens ?? Infinity) - prompt.length
  if (total < 1) return invalid(["max_total_tokens"], "'max_total_tokens' leaves no room after the prompt")
  // Without any limit in the request the emulator's default applies. A limit of the total replaces the
  // default.
  const maxTokens = Math.min(
    room,
    total,
    body.max_tokens ?? (body.max_total_tokens ? Infinity : context.defaultMaxTokens)
  )
  // The total counts the prompt, so the minimum of the answer is less by its length.
  const minTokens = Math.max(body.min_tokens ?? 0, (body.min_total_tokens ?? 0) - prompt.length)
  return {
    prompt,
    maxTokens,
    minTokens: Math.min(minTokens, maxTokens),
    sampling: {
      ...samplingOf(body),
      ...compact({
        // 1 is the documented default, and means that single tokens can repeat.
        no_repeat_ngram: (body.no_repeat_ngram ?? 1) > 1 ? body.no_repeat_ngram : undefined,
        bad_words: body.bad_words?.slice(),
        bad_word_tokens: sequences(body.bad_word_tokens)
      })
    },
    ...compact({
      stop: body.stop?.slice(),
      stopTokens: sequences(body.stop_tokens),
      eosTokens: body.eos_token?.slice(),
      forcedTokens: body.forced_output_tokens?.slice(),
      constraint: constraintOf(body.response_format),
      topLogprobs: body.logprobs
    }),
    // A script decides about the whole text. Its tokens replace those that the request forces.
    ...(context.script?.say === undefined ? {} : { forcedTokens: encode(context.script.say) })
  }
}

/** Distinguishes a request from the reason why there is none. */
const isAnswer = (value: PromptRequest | Answer): value is Answer => "kind" in value

/** Completions whose request is valid, ready to be answered. */
interface Completions {
  readonly choices: ReadonlyArray<Generator<Step, void, undefined>>
  readonly seeds: ReadonlyArray<number>
  readonly promptTokens: number
  readonly logprobs: boolean
  readonly includeUsage: boolean
  readonly id: string
  readonly model: string | null
}

/** Generates everything, and returns one JSON value. Each choice has its seed, so that it can be reproduced. */
const wholeAnswer = async (
  { choices, id, logprobs, model, promptTokens, seeds }: Completions,
  context: OperationContext
): Promise<Answer> => {
  const collected = choices.map(emptyChoice)
  let completionTokens = 0
  for await (const { step, tokens } of paced(choices, context)) {
    completionTokens = tokens
    const choice = collected[step.choice]
    if (choice !== undefined) addStep(choice, step)
  }
  return {
    kind: "json",
    value: {
      id,
      object: "text_completion",
      model,
      choices: collected.map((choice, index) => ({
        index,
        text: choice.text,
        seed: seeds[index],
        finish_reason: choice.finish,
        tokens: choice.tokens,
        logprobs: logprobs ? choice.logprobs : null
      })),
      usage: usage(promptTokens, completionTokens)
    }
  }
}

/**
 * The chunks of a stream: one for each step, and with `include_usage` the token counts in a chunk without
 * choices.
 */
const chunks = async function* (
  { choices, id, includeUsage, model, promptTokens }: Completions,
  created: number,
  context: OperationContext
): AsyncGenerator<StreamEvent, void, undefined> {
  const head = { id, object: "text_completion", created, model }
  let completionTokens = 0
  for await (const { step, tokens } of paced(choices, context)) {
    completionTokens = tokens
    const choice = {
      index: step.choice,
      text: step.text,
      ...(step.token === undefined ? {} : { token: step.token }),
      finish_reason: step.finish ?? null,
      logprobs: step.logprobs ?? null
    }
    yield { data: { ...head, choices: [choice] }, final: step.finish !== undefined }
  }
  if (includeUsage && !context.signal.aborted) {
    yield { data: { ...head, choices: [], usage: usage(promptTokens, completionTokens) }, final: true }
  }
}

/** Checks what the contract leaves open, starts the choices of all prompts, and returns them whole or as chunks. */
export const completions = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as CompletionsBody
  const problem = rangeProblem(body) ?? tokenProblem(body)
  if (problem !== undefined) return problem
  const prompts = promptsOf(body)
  // The field in which issues are reported: a request has one of the two.
  const source = body.prompt === undefined ? "tokens" : "prompt"
  if (prompts.length === 0) return invalid([source], `'${source}' must have at least one text`)
  if (source === "tokens" && prompts[0]?.length === 0) {
    return invalid(["tokens"], "'tokens' must have at least one token")
  }

  const requests: Array<PromptRequest> = []
  for (const prompt of prompts) {
    const request = requestOf(body, prompt, source, context)
    if (isAnswer(request)) return request
    requests.push(request)
  }
  // All choices of all prompts run side by side, as on a server that batches them.
  const choicesPerPrompt = body.n ?? 1
  const all = requests.flatMap((request) => Array.from({ length: choicesPerPrompt }, () => request))
  const seeds = seedsOf(body.seed, all.length)
  const logprobs = body.logprobs !== undefined && body.logprobs !== null
  // The generators start here, so that a format that no text satisfies is a 422 and not a broken answer.
  let choices: Completions["choices"]
  try {
    // A greedy answer is the same for every seed, also in a format.
    const isFixed = isGreedy(body)
    choices = all.map(({ constraint, ...request }, index) => {
      const seed = seeds[index] ?? 0
      const forced = constraint === undefined ? undefined : encode(constrainedText(constraint, isFixed ? 0 : seed))
      return startGenerator(
        runChoice(index, { ...request, seed, forcedTokens: request.forcedTokens ?? forced }, logprobs)
      )
    })
  } catch (error) {
    return generationProblem(error, ["response_format"])
  }
  const promptTokens = prompts.reduce((sum, prompt) => sum + prompt.length, 0)
  context.received({ tokens: promptTokens })
  const ready: Completions = {
    choices,
    seeds,
    promptTokens,
    logprobs,
    includeUsage: body.stream_options?.include_usage === true,
    id: newId("cmpl-"),
    model: answerModel(context.deployment, body.model)
  }
  return body.stream === true
    ? { kind: "events", events: chunks(ready, Math.floor(Date.now() / 1000), context) }
    : wholeAnswer(ready, context)
}
