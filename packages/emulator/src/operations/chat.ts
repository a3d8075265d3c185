/**
 * Chats. In: a body that matches the contract. Out: a whole answer, a stream of chunks, or the issues of the request. The request is turned into a
 * plan, each choice of the plan is generated step by step, and the steps are either collected or sent. So a whole answer and a stream of the same
 * request and seed have the same text.
 */
import { newId } from "../base/ids.js"
import type { JsonRecord } from "../base/json.js"
import type { ScriptRule } from "../base/script.js"
import { type ChatMessage, renderChat } from "../engine/chatTemplate.js"
import { composeText } from "../engine/compose/compose.js"
import { composeReasoning } from "../engine/compose/reasoning.js"
import { composeFormat } from "../engine/compose/structured.js"
import { constrainedText } from "../engine/constrain.js"
import { fillArguments } from "../engine/planner/fill.js"
import type { PlannedCall } from "../engine/planner/plan.js"
import { makeRandom } from "../engine/random.js"
import { encode } from "../engine/tokenizer.js"
import { type ChatPlan, type FinishReason, runChoice, type Step } from "./chatChoice.js"
import { type TemplateBody, templateOptions, templateProblem } from "./chatRender.js"
import { calledTools, todayOf, type ToolsBody } from "./chatTools.js"
import {
  type ChatLogprob,
  compact,
  constraintOf,
  contextProblem,
  generationProblem,
  isGreedy,
  rangeProblem,
  samplingOf,
  type SamplingBody,
  seedsOf,
  usage
} from "./generation.js"
import {
  type Answer,
  answerModel,
  invalid,
  type OperationContext,
  paced,
  startGenerator,
  type StreamEvent
} from "./operation.js"
import { type ReasoningBody, type ReasoningPlan, reasoningPlan, scriptedReasoning } from "./reasoning.js"

/** The fields of a request that affect the answer. */
interface ChatBody extends SamplingBody, TemplateBody, ToolsBody, ReasoningBody {
  readonly messages: ReadonlyArray<ChatMessage>
  readonly tools?: NonNullable<ToolsBody["tools"]> | null
  readonly logit_bias?: Readonly<Record<string, unknown>> | null
  readonly logprobs?: boolean | null
  readonly top_logprobs?: number | null
}

/** The contract describes `logit_bias` as any object: token ids and numbers are checked here. */
const biasProblem = (bias: ChatBody["logit_bias"]): Answer | undefined => {
  for (const [token, value] of Object.entries(bias ?? {})) {
    if (!/^\d+$/.test(token)) return invalid(["logit_bias", token], "the key must be a token id")
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return invalid(["logit_bias", token], "Input should be a valid number")
    }
  }
  return undefined
}

/** Distinguishes the tools to call from the reason why the request is invalid. */
const isAnswer = (value: ReadonlyArray<PlannedCall> | Answer): value is Answer => !Array.isArray(value)

/** Composes the text of a format, for a seed. Each text is composed only once, because it is tried before the choices start. */
const formatOf = (body: ChatBody): ChatPlan["composeFormat"] => {
  const constraint = constraintOf(body.response_format)
  if (constraint === undefined) return undefined
  const texts = new Map<number, string>()
  return (seed) => {
    const own = isGreedy(body) ? 0 : seed
    const text = texts.get(own) ?? composeFormat(constraint, body.messages, own, todayOf(body))
    texts.set(own, text)
    return text
  }
}

/** The plan that all choices share. The tokens are limited by the request, or by the emulator's default, and
 * always by the room after the prompt.
 */
const planOf = (
  body: ChatBody,
  prompt: Array<number>,
  room: number,
  calls: ReadonlyArray<PlannedCall>,
  { defaultMaxTokens, reasoning }: OperationContext
): ChatPlan => ({
  base: {
    prompt,
    sampling: { ...samplingOf(body), ...compact({ logit_bias: body.logit_bias as Record<string, number> | null }) },
    ...compact({ stop: body.stop?.slice(), eosTokens: body.eos_token?.slice() }),
    ...(body.logprobs === true ? { topLogprobs: body.top_logprobs ?? 0 } : {})
  },
  maxTokens: Math.min(room, body.max_tokens ?? defaultMaxTokens),
  minTokens: body.min_tokens ?? 0,
  composeFormat: formatOf(body),
  calls,
  composeArguments: ({ source, tool }, seed) => fillArguments(tool.parameters, source, isGreedy(body) ? 0 : seed),
  composeText: (seed, room) =>
    composeText({ messages: body.messages, random: makeRandom(isGreedy(body) ? 0 : seed), room }),
  reasoning: reasoningPlan(body, reasoning),
  composeReasoning: (seed, tokens) =>
    composeReasoning(
      { messages: body.messages, calls: calls.map(({ tool }) => tool.name) },
      makeRandom(isGreedy(body) ? 0 : seed),
      tokens
    ),
  logprobs: body.logprobs === true
})

/** The same plan with the answer of a script instead of the model's. Formats and tools of the request do not change it. */
const scriptedPlan = (plan: ChatPlan, body: ChatBody, { call = [], reasoning, say }: ScriptRule): ChatPlan => ({
  ...plan,
  composeFormat: undefined,
  calls: [],
  reasoning: scriptedReasoning(body, reasoning),
  composeReasoning: () => encode(reasoning ?? ""),
  script: {
    text: say === undefined ? undefined : encode(say),
    calls: [call].flat().map(({ arguments: input = {}, tool }) => ({
      name: tool,
      written: encode(typeof input === "string" ? input : JSON.stringify(input))
    }))
  }
})

/** Whether a rule defines the answer. A rule that only fails leaves the answer to the model. */
const answers = (rule: ScriptRule | undefined): rule is ScriptRule =>
  rule !== undefined && (rule.say !== undefined || rule.call !== undefined)

/**
 * Starts all choices. A format that no text satisfies throws here, before the head of the answer: afterwards
 * a 422 would no longer be possible.
 */
const startChoices = (
  plan: ChatPlan,
  seeds: ReadonlyArray<number>
): ReadonlyArray<Generator<Step, void, undefined>> => {
  const seed = seeds[0] ?? 0
  // Each format is tried once with the first seed. All choices use the same format, so the others would fail
  // in the same way.
  for (const { tool } of plan.calls) constrainedText({ kind: "json_schema", schema: tool.parameters }, seed)
  plan.composeFormat?.(seed)
  return seeds.map((choiceSeed, index) => startGenerator(runChoice(index, choiceSeed, plan)))
}

/** A choice that is collected from its steps. */
interface CollectedChoice {
  content: string | undefined
  reasoning: string | undefined
  calls: Array<{ id: string; type: "function"; function: { name: string; arguments: string } }>
  logprobs: Array<ChatLogprob>
  finish: FinishReason
}

/** A choice before its first step. */
const emptyChoice = (): CollectedChoice => ({
  content: undefined,
  reasoning: undefined,
  calls: [],
  logprobs: [],
  finish: "stop"
})

/** Adds a step to a collected choice, as a client merges the chunks of a stream. */
const addStep = (into: CollectedChoice, step: Step): void => {
  if (step.finish !== undefined) into.finish = step.finish
  if (step.logprobs !== undefined) into.logprobs.push(...step.logprobs)
  const { delta } = step
  if (delta?.content !== undefined) into.content = (into.content ?? "") + delta.content
  if (delta?.reasoning_content !== undefined) into.reasoning = (into.reasoning ?? "") + delta.reasoning_content
  for (const call of delta?.tool_calls ?? []) {
    // The first delta of a call has its id and its name; all later ones only have text.
    const started = into.calls[call.index]
    if (started !== undefined) started.function.arguments += call.function.arguments
    else {
      into.calls[call.index] = {
        id: call.id ?? "",
        type: "function",
        function: { name: call.function.name ?? "", arguments: call.function.arguments }
      }
    }
  }
}

/** The message of a choice. With calls, its content is null, as on servers, unless it has reasoning between tags. */
const messageOf = (choice: CollectedChoice): JsonRecord => ({
  role: "assistant",
  content: choice.content ?? (choice.calls.length > 0 ? null : ""),
  ...(choice.reasoning === undefined ? {} : { reasoning_content: choice.reasoning }),
  ...(choice.calls.length > 0 ? { tool_calls: choice.calls } : {})
})

/** A chat whose request is valid, ready to be answered. */
interface Chat {
  readonly choices: ReadonlyArray<Generator<Step, void, undefined>>
  readonly promptTokens: number
  readonly logprobs: boolean
  readonly reasoning: ReasoningPlan | undefined
  readonly includeUsage: boolean
  /** The first fields of the answer and of each chunk. */
  readonly id: string
  readonly created: number
  readonly model: string | null
}

/** Token counts. Reasoning tokens are reported if the model reasoned; they are part of the completion tokens. */
const chatUsage = (chat: Chat, completionTokens: number, reasoningTokens: number): JsonRecord => ({
  ...usage(chat.promptTokens, completionTokens),
  ...(chat.reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } })
})

/** Generates everything, and returns one JSON value. */
const wholeAnswer = async (chat: Chat, context: OperationContext): Promise<Answer> => {
  const collected = chat.choices.map(emptyChoice)
  let completionTokens = 0
  let reasoningTokens = 0
  for await (const { step, tokens } of paced(chat.choices, context)) {
    completionTokens = tokens
    if (step.reasoning === true && step.token) reasoningTokens++
    const choice = collected[step.choice]
    if (choice !== undefined) addStep(choice, step)
  }
  const { created, id, model } = chat
  return {
    kind: "json",
    value: {
      id,
      object: "chat.completion",
      created,
      model,
      choices: collected.map((choice, index) => ({
        index,
        message: messageOf(choice),
        finish_reason: choice.finish,
        logprobs: chat.logprobs && choice.calls.length === 0 ? { content: choice.logprobs } : null
      })),
      usage: chatUsage(chat, completionTokens, reasoningTokens)
    }
  }
}

/**
 * The chunks of a stream: the role of each choice, its deltas, its finish reason, and with `include_usage`
 * the token counts in a chunk without choices.
 */
const chunks = async function* (chat: Chat, context: OperationContext): AsyncGenerator<StreamEvent, void, undefined> {
  const { created, id, model } = chat
  const chunk = (choices: ReadonlyArray<unknown>, tokens: unknown, final = false): StreamEvent => ({
    data: { id, object: "chat.completion.chunk", created, model, choices, usage: tokens },
    final
  })
  // The role of each choice comes first, in a chunk of its own. Where reasoning has its own field, the chunk shows that, too.
  const opening = {
    role: "assistant",
    content: "",
    ...(chat.reasoning?.place === "field" ? { reasoning_content: "" } : {})
  }
  for (const index of chat.choices.keys()) {
    yield chunk([{ index, delta: opening, finish_reason: null, logprobs: null }], null)
  }
  let completionTokens = 0
  let reasoningTokens = 0
  for await (const { step, tokens } of paced(chat.choices, context)) {
    const { choice: index, delta, finish, logprobs } = step
    completionTokens = tokens
    if (step.reasoning === true && step.token) reasoningTokens++
    if (delta !== undefined) {
      const content = logprobs === undefined ? null : { content: logprobs }
      yield chunk([{ index, delta, finish_reason: null, logprobs: content }], null)
    }
    if (finish !== undefined) {
      yield chunk([{ index, delta: {}, finish_reason: finish, logprobs: null }], null, true)
    }
  }
  if (chat.includeUsage && !context.signal.aborted) {
    yield chunk([], chatUsage(chat, completionTokens, reasoningTokens), true)
  }
}

/** Checks what the contract leaves open, starts all choices, and returns them whole or as chunks. */
export const chat = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ChatBody
  // The first problem ends the request.
  const problem = rangeProblem(body) ?? biasProblem(body.logit_bias) ?? templateProblem(body)
  if (problem !== undefined) return problem
  if (body.messages.length === 0) return invalid(["messages"], "'messages' must have at least one message")
  const calls = calledTools(body)
  if (isAnswer(calls)) return calls

  const prompt = renderChat(body.messages, templateOptions(body)).tokens
  context.received({ tokens: prompt.length })
  const room = context.contextLength - prompt.length
  const tooLong = contextProblem("messages", prompt.length, body.max_tokens, context.contextLength)
  if (tooLong !== undefined) return tooLong

  const generated = planOf(body, prompt, room, calls, context)
  const plan = answers(context.script) ? scriptedPlan(generated, body, context.script) : generated
  // The generators start here, so that a format that no text satisfies is a 422 and not a broken answer.
  let choices: Chat["choices"]
  try {
    choices = startChoices(plan, seedsOf(body.seed, body.n ?? 1))
  } catch (error) {
    return generationProblem(error, calls.length > 0 ? ["tools"] : ["response_format"])
  }
  const ready: Chat = {
    choices,
    promptTokens: prompt.length,
    logprobs: plan.logprobs,
    reasoning: plan.reasoning,
    includeUsage: body.stream_options?.include_usage === true,
    id: newId("chatcmpl-"),
    created: Math.floor(Date.now() / 1000),
    model: answerModel(context.deployment, body.model)
  }
  return body.stream === true ? { kind: "events", events: chunks(ready, context) } : wholeAnswer(ready, context)
}
