import { newId } from "../base/ids.js"
import { renderChat, type ChatMessage } from "../engine/chatTemplate.js"
import { constrainedText, type Constraint } from "../engine/constrain.js"
import { generate, type GenerationRequest } from "../engine/generate.js"
import { encode } from "../engine/tokenizer.js"
import { type TemplateBody, templateOptions, templateProblem } from "./chatRender.js"
import {
  chatLogprob,
  type ChatLogprob,
  compact,
  constraintOf,
  rangeProblem,
  refused,
  samplingOf,
  type SamplingBody,
  seedsOf,
  usage
} from "./generation.js"
import type { JsonRecord } from "../base/json.js"
import {
  type Answer,
  answerModel,
  interleave,
  invalid,
  type OperationContext,
  primed,
  type StreamEvent
} from "./operation.js"

interface FunctionTool {
  readonly name: string
  readonly description?: string | null
  readonly parameters: Record<string, unknown>
}

interface ChatBody extends SamplingBody, TemplateBody {
  readonly messages: ReadonlyArray<ChatMessage & { readonly role: string }>
  readonly logit_bias?: Readonly<Record<string, unknown>> | null
  readonly logprobs?: boolean | null
  readonly top_logprobs?: number | null
  readonly parse_reasoning?: boolean | null
  readonly include_reasoning?: boolean | null
  readonly reasoning_effort?: keyof typeof reasoningTokens | null
  readonly reasoning_budget?: number | null
  readonly parallel_tool_calls?: boolean | null
  readonly tool_choice?: string | { readonly function: { readonly name: string } }
  readonly tools?: ReadonlyArray<{ readonly function: FunctionTool }> | null
}

type FinishReason = "stop" | "length" | "tool_calls"

interface ToolCallDelta {
  readonly index: number
  readonly id?: string
  readonly type: "function"
  readonly function: { readonly name?: string; readonly arguments: string }
}

interface Delta {
  readonly role?: "assistant"
  readonly content?: string
  readonly reasoning_content?: string
  readonly tool_calls?: ReadonlyArray<ToolCallDelta>
}

/** One step of a choice: at most one new token, at most one delta. */
interface Step {
  readonly choice: number
  readonly token: boolean
  readonly delta?: Delta
  readonly logprobs?: ReadonlyArray<ChatLogprob>
  readonly finish?: FinishReason
}

const textOf = (message: ChatMessage | undefined): string => {
  const content = message?.content
  if (typeof content === "string") return content
  return (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join(" ")
}

const MIN_WORD = 4
const commonWords: ReadonlySet<string> = new Set([
  "with",
  "from",
  "this",
  "that",
  "your",
  "into",
  "look",
  "find",
  "given"
])

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length >= MIN_WORD && !commonWords.has(word))
  )

const isMentioned = (tool: FunctionTool, asked: ReadonlySet<string>): boolean => {
  for (const word of wordsOf(`${tool.name} ${tool.description ?? ""}`)) if (asked.has(word)) return true
  return false
}

const MAX_PARALLEL_CALLS = 4

/** Which functions the answer calls; none means text. */
const calledTools = (body: ChatBody): ReadonlyArray<FunctionTool> | Answer => {
  const tools = (body.tools ?? []).map((tool) => tool.function)
  const choice = body.tool_choice ?? "auto"
  if (typeof choice !== "string") {
    const tool = tools.find(({ name }) => name === choice.function.name)
    return tool === undefined
      ? invalid(["tool_choice", "function", "name"], "'tools' has no function of this name")
      : [tool]
  }
  if (choice !== "auto" && choice !== "none" && choice !== "required") {
    return invalid(["tool_choice"], "Input should be 'none', 'auto' or 'required', or name a function")
  }
  if (choice === "required" && tools.length === 0) {
    return invalid(["tool_choice"], "'tool_choice' needs 'tools' to have a function")
  }
  const last = body.messages.at(-1)
  const asked = last?.role === "user" ? wordsOf(textOf(last)) : new Set<string>()
  const mentioned = tools
    .filter((tool) => isMentioned(tool, asked))
    .slice(0, body.parallel_tool_calls === false ? 1 : MAX_PARALLEL_CALLS)
  if (choice === "none") return []
  return choice === "required" && mentioned.length === 0 ? tools.slice(0, 1) : mentioned
}

const isAnswer = (value: ReadonlyArray<FunctionTool> | Answer): value is Answer => !Array.isArray(value)

const biasProblem = (bias: ChatBody["logit_bias"]): Answer | undefined => {
  for (const [token, value] of Object.entries(bias ?? {})) {
    if (!/^\d+$/.test(token)) return invalid(["logit_bias", token], "keys are token ids")
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return invalid(["logit_bias", token], "Input should be a valid number")
    }
  }
  return undefined
}

/** The longest thoughts by effort. */
export const reasoningTokens = {
  minimal: 8,
  low: 16,
  medium: 32,
  high: 64,
  xhigh: 96,
  max: 128,
  ultracode: 256
} as const

/** No thoughts for a budget of 0, and no limit by it for one below. */
const thoughtsOf = (body: ChatBody): number => {
  const budget = body.reasoning_budget ?? -1
  return Math.min(reasoningTokens[body.reasoning_effort ?? "medium"], budget < 0 ? Infinity : budget)
}

interface Plan {
  readonly base: Omit<GenerationRequest, "seed" | "maxTokens" | "constraint">
  readonly maxTokens: number
  readonly minTokens: number
  readonly constraint: Constraint | undefined
  readonly calls: ReadonlyArray<FunctionTool>
  readonly reasoning: { readonly tokens: number; readonly shown: boolean } | undefined
  readonly logprobs: boolean
}

/** Any fixed change does: the reasoning must not begin as the answer does. */
const reasoningSeed = (seed: number): number => seed + 0x5eed

const callSeed = (seed: number, index: number): number => seed + 7919 * index

const runChoice = function* (choice: number, seed: number, plan: Plan): Generator<Step, void, undefined> {
  let left = plan.maxTokens
  if (plan.reasoning !== undefined) {
    const { shown } = plan.reasoning
    // Neither a stop sequence nor a format of the answer ends the reasoning.
    const thoughts = generate({
      prompt: plan.base.prompt,
      sampling: plan.base.sampling,
      seed: reasoningSeed(seed),
      maxTokens: Math.min(left, plan.reasoning.tokens)
    })
    for (let next = thoughts.next(); ; next = thoughts.next()) {
      const text = next.done === true ? next.value.tail : next.value.text
      if (next.done !== true) left--
      yield {
        choice,
        token: next.done !== true,
        ...(shown && text !== "" ? { delta: { reasoning_content: text } } : {})
      }
      if (next.done === true) break
    }
  }
  for (const [index, tool] of plan.calls.entries()) {
    // The model would write the call as JSON with the name in it: these tokens count too.
    const written = encode(`{"name": ${JSON.stringify(tool.name)}, "parameters": `).length + encode("}").length
    for (let token = 0; token < written && left > 0; token++, left--) yield { choice, token: true }
    if (left === 0) return yield { choice, token: false, finish: "length" }
    yield {
      choice,
      token: false,
      delta: {
        tool_calls: [{ index, id: newId("call_"), type: "function", function: { name: tool.name, arguments: "" } }]
      }
    }
    const argumentTokens = generate({
      prompt: plan.base.prompt,
      sampling: plan.base.sampling,
      seed: callSeed(seed, index),
      maxTokens: left,
      constraint: { kind: "json_schema", schema: tool.parameters }
    })
    for (let next = argumentTokens.next(); ; next = argumentTokens.next()) {
      const text = next.done === true ? next.value.tail : next.value.text
      if (next.done !== true) left--
      yield {
        choice,
        token: next.done !== true,
        ...(text === "" ? {} : { delta: { tool_calls: [{ index, type: "function", function: { arguments: text } }] } })
      }
      if (next.done === true) {
        if (next.value.finishReason === "length") return yield { choice, token: false, finish: "length" }
        break
      }
    }
  }
  if (plan.calls.length > 0) return yield { choice, token: false, finish: "tool_calls" }
  if (left <= 0) return yield { choice, token: false, finish: "length" }
  const tokens = generate({
    ...plan.base,
    ...(plan.constraint === undefined ? {} : { constraint: plan.constraint }),
    seed,
    maxTokens: left,
    minTokens: Math.min(plan.minTokens, left)
  })
  let held: Array<ChatLogprob> = []
  for (let next = tokens.next(); ; next = tokens.next()) {
    const text = next.done === true ? next.value.tail : next.value.text
    if (plan.logprobs && next.done !== true) held.push(chatLogprob(next.value))
    // Without new text a delta says nothing: its logprobs go with the next one.
    if (text !== "" || (next.done === true && held.length > 0)) {
      yield {
        choice,
        token: next.done !== true,
        delta: { content: text },
        ...(plan.logprobs ? { logprobs: held } : {})
      }
      held = []
    } else if (next.done !== true) yield { choice, token: true }
    if (next.done === true) return yield { choice, token: false, finish: next.value.finishReason }
  }
}

interface Folded {
  content: string | undefined
  reasoning: string | undefined
  calls: Array<{ id: string; type: "function"; function: { name: string; arguments: string } }>
  logprobs: Array<ChatLogprob>
  finish: FinishReason
}

const fold = (into: Folded, step: Step): void => {
  if (step.finish !== undefined) into.finish = step.finish
  if (step.logprobs !== undefined) into.logprobs.push(...step.logprobs)
  const { delta } = step
  if (delta?.content !== undefined) into.content = (into.content ?? "") + delta.content
  if (delta?.reasoning_content !== undefined) into.reasoning = (into.reasoning ?? "") + delta.reasoning_content
  for (const call of delta?.tool_calls ?? []) {
    const known = into.calls[call.index]
    if (known !== undefined) known.function.arguments += call.function.arguments
    else {
      into.calls[call.index] = {
        id: call.id ?? "",
        type: "function",
        function: { name: call.function.name ?? "", arguments: call.function.arguments }
      }
    }
  }
}

const messageOf = (folded: Folded): JsonRecord => ({
  role: "assistant",
  content: folded.calls.length > 0 ? null : (folded.content ?? ""),
  ...(folded.reasoning === undefined ? {} : { reasoning_content: folded.reasoning }),
  ...(folded.calls.length > 0 ? { tool_calls: folded.calls } : {})
})

export const chat = async (value: JsonRecord, context: OperationContext): Promise<Answer> => {
  const body = value as unknown as ChatBody
  const problem = rangeProblem(body) ?? biasProblem(body.logit_bias) ?? templateProblem(body)
  if (problem !== undefined) return problem
  if (body.messages.length === 0) return invalid(["messages"], "'messages' has at least one message")
  const calls = calledTools(body)
  if (isAnswer(calls)) return calls

  const prompt = renderChat(body.messages, templateOptions(body)).tokens
  const room = context.contextLength - prompt.length
  if (room < 1) return invalid(["messages"], `the prompt is longer than ${context.contextLength - 1} tokens`)

  const plan: Plan = {
    base: {
      prompt,
      sampling: { ...samplingOf(body), ...compact({ logit_bias: body.logit_bias as Record<string, number> | null }) },
      ...compact({ stop: body.stop?.slice(), eosTokens: body.eos_token?.slice() }),
      ...(body.logprobs === true ? { topLogprobs: body.top_logprobs ?? 0 } : {})
    },
    maxTokens: Math.min(room, body.max_tokens ?? context.defaultMaxTokens),
    minTokens: body.min_tokens ?? 0,
    constraint: constraintOf(body.response_format),
    calls,
    reasoning:
      body.parse_reasoning === true && thoughtsOf(body) > 0
        ? { tokens: thoughtsOf(body), shown: body.include_reasoning !== false }
        : undefined,
    logprobs: body.logprobs === true
  }
  const seeds = seedsOf(body.seed, body.n ?? 1)
  let choices: ReadonlyArray<Generator<Step, void, undefined>>
  try {
    // What no text can satisfy is refused now, and not in the middle of a stream.
    for (const tool of calls) constrainedText({ kind: "json_schema", schema: tool.parameters }, seeds[0] ?? 0)
    if (plan.constraint !== undefined) constrainedText(plan.constraint, seeds[0] ?? 0)
    choices = seeds.map((seed, index) => primed(runChoice(index, seed, plan)))
  } catch (error) {
    return refused(error, calls.length > 0 ? ["tools"] : ["response_format"])
  }

  const created = Math.floor(Date.now() / 1000)
  const model = answerModel(context.deployment, body.model)
  const id = newId("chatcmpl-")
  let completionTokens = 0

  if (body.stream !== true) {
    const folded = seeds.map((): Folded => ({
      content: undefined,
      reasoning: undefined,
      calls: [],
      logprobs: [],
      finish: "stop"
    }))
    for (const step of interleave(choices)) {
      const choice = folded[step.choice]
      if (choice !== undefined) fold(choice, step)
      if (!step.token) continue
      completionTokens++
      await context.generated()
      if (context.signal.aborted) break
    }
    return {
      kind: "json",
      value: {
        id,
        object: "chat.completion",
        created,
        model,
        choices: folded.map((choice, index) => ({
          index,
          message: messageOf(choice),
          finish_reason: choice.finish,
          logprobs: plan.logprobs && choice.calls.length === 0 ? { content: choice.logprobs } : null
        })),
        usage: usage(prompt.length, completionTokens)
      }
    }
  }

  const chunk = (choicesOfChunk: ReadonlyArray<unknown>, tokens: unknown, final = false): StreamEvent => ({
    data: { id, object: "chat.completion.chunk", created, model, choices: choicesOfChunk, usage: tokens },
    final
  })
  const events = async function* (): AsyncGenerator<StreamEvent, void, undefined> {
    for (const index of seeds.keys()) {
      yield chunk([{ index, delta: { role: "assistant", content: "" }, finish_reason: null, logprobs: null }], null)
    }
    for (const step of interleave(choices)) {
      if (step.token) {
        completionTokens++
        await context.generated()
        if (context.signal.aborted) return
      }
      if (step.delta !== undefined) {
        yield chunk(
          [
            {
              index: step.choice,
              delta: step.delta,
              finish_reason: null,
              logprobs: step.logprobs === undefined ? null : { content: step.logprobs }
            }
          ],
          null
        )
      }
      if (step.finish !== undefined) {
        yield chunk([{ index: step.choice, delta: {}, finish_reason: step.finish, logprobs: null }], null, true)
      }
    }
    if (body.stream_options?.include_usage === true) yield chunk([], usage(prompt.length, completionTokens), true)
  }
  return { kind: "events", events: events() }
}
