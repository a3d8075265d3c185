/**
 * Completions of texts or tokens, for one prompt or several.
 */
import { newId } from "../base/ids.js"
import { generate, type GenerationRequest } from "../engine/generate.js"
import { encode } from "../engine/tokenizer.js"
import {
  compact,
  completionsLogprobs,
  type CompletionsLogprobs,
  constraintOf,
  generationProblem,
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
  interleave,
  invalid,
  type OperationContext,
  startGenerator,
  type StreamEvent
} from "./operation.js"

interface TokenSequence {
  readonly tokens?: ReadonlyArray<number> | null
}

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

interface Step {
  readonly choice: number
  readonly token?: number
  readonly text: string
  readonly logprobs?: CompletionsLogprobs
  readonly finish?: "stop" | "length"
}

const sequences = (list: ReadonlyArray<TokenSequence> | null | undefined): Array<Array<number>> =>
  (list ?? []).flatMap(({ tokens }) =>
    tokens === undefined || tokens === null || tokens.length === 0 ? [] : [[...tokens]]
  )

const runChoice = function* (
  choice: number,
  request: GenerationRequest,
  logprobs: boolean
): Generator<Step, void, undefined> {
  const tokens = generate(request)
  let offset = 0
  for (let next = tokens.next(); ; next = tokens.next()) {
    if (next.done === true) {
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

/** A choice that is collected from its steps. */
interface CollectedChoice {
  text: string
  readonly tokens: Array<number>
  readonly logprobs: CompletionsLogprobs
  finish: "stop" | "length"
}

const emptyChoice = (): CollectedChoice => ({
  text: "",
  tokens: [],
  logprobs: { text_offset: [], token_logprobs: [], tokens: [], top_logprobs: [] },
  finish: "stop"
})

const addLogprobs = (into: CompletionsLogprobs, more: CompletionsLogprobs): void => {
  into.text_offset.push(...more.text_offset)
  into.token_logprobs.push(...more.token_logprobs)
  into.tokens.push(...more.tokens)
  into.top_logprobs.push(...more.top_logprobs)
}

const addStep = (into: CollectedChoice, step: Step): void => {
  into.text += step.text
  if (step.token !== undefined) into.tokens.push(step.token)
  if (step.logprobs !== undefined) addLogprobs(into.logprobs, step.logprobs)
  if (step.finish !== undefined) into.finish = step.finish
}

const promptsOf = (body: CompletionsBody): ReadonlyArray<Array<number>> => {
  if (body.prompt === undefined) return [[...(body.tokens ?? [])]]
  const prompts = typeof body.prompt === "string" ? [body.prompt] : body.prompt
  return prompts.map((prompt) => encode(prompt, { bos: true }))
}

const tokenProblem = (body: CompletionsBody): Answer | undefined => {
  for (const field of ["tokens", "forced_output_tokens"] as const) {
    const at = unknownTokenAt(body[field] ?? [])
    if (at >= 0) return invalid([field, at], "the token id is outside the vocabulary")
  }
  return undefined
}

type PromptRequest = Omit<GenerationRequest, "seed">

/** The generation request of one prompt, or why there is none. `source` is the field of the request that has the prompt. */
const requestOf = (
  body: CompletionsBody,
  prompt: Array<number>,
  source: "prompt" | "tokens",
  context: OperationContext
): PromptRequest | Answer => {
  const room = context.contextLength - prompt.length
  if (room < 1) return invalid([source], `the prompt is longer than ${context.contextLength - 1} tokens`)
  const total = (body.max_total_tokens ?? Infinity) - prompt.length
  if (total < 1) return invalid(["max_total_tokens"], "'max_total_tokens' leaves no room after the prompt")
  const maxTokens = Math.min(
    room,
    total,
    body.max_tokens ?? (body.max_total_tokens ? Infinity : context.defaultMaxTokens)
  )
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
    })
  }
}

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

const wholeAnswer = async (
  { choices, id, logprobs, model, promptTokens, seeds }: Completions,
  context: OperationContext
): Promise<Answer> => {
  const collected = choices.map(emptyChoice)
  let completionTokens = 0
  for (const step of interleave(choices)) {
    const choice = collected[step.choice]
    if (choice !== undefined) addStep(choice, step)
    if (step.token === undefined) continue
    completionTokens++
    await context.generated()
    if (context.signal.aborted) break
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

const chunks = async function* (
  { choices, id, includeUsage, model, promptTokens }: Completions,
  created: number,
  context: OperationContext
): AsyncGenerator<StreamEvent, void, undefined> {
  const head = { id, object: "text_completion", created, model }
  let completionTokens = 0
  for (const step of interleave(choices)) {
    if (step.token !== undefined) {
      completionTokens++
      await context.generated()
      if (context.signal.aborted) return
    }
    const choice = {
      index: step.choice,
      text: step.text,
      ...(step.token === undefined ? {} : { token: step.token }),
      finish_reason: step.finish ?? null,
      logprobs: step.logprobs ?? null
    }
    yield { data: { ...head, choices: [choice] }, final: step.finish !== undefined }
  }
  if (includeUsage) {
    yield { data: { ...head, choices: [], usage: usage(promptTokens, completionTokens) }, final: true }
  }
}

/** Checks what the contract leaves open, starts the choices of all prompts, and returns them whole or as chunks. */
export const completions = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as CompletionsBody
  const problem = rangeProblem(body) ?? tokenProblem(body)
  if (problem !== undefined) return problem
  const prompts = promptsOf(body)
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
  const choicesPerPrompt = body.n ?? 1
  const all = requests.flatMap((request) => Array.from({ length: choicesPerPrompt }, () => request))
  const seeds = seedsOf(body.seed, all.length)
  const logprobs = body.logprobs !== undefined && body.logprobs !== null
  let choices: Completions["choices"]
  try {
    choices = all.map((request, index) =>
      startGenerator(runChoice(index, { ...request, seed: seeds[index] ?? 0 }, logprobs))
    )
  } catch (error) {
    return generationProblem(error, ["response_format"])
  }
  const ready: Completions = {
    choices,
    seeds,
    promptTokens: prompts.reduce((sum, prompt) => sum + prompt.length, 0),
    logprobs,
    includeUsage: body.stream_options?.include_usage === true,
    id: newId("cmpl-"),
    model: answerModel(context.deployment, body.model)
  }
  return body.stream === true
    ? { kind: "events", events: chunks(ready, Math.floor(Date.now() / 1000), context) }
    : wholeAnswer(ready, context)
}
