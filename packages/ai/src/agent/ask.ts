/** One request of a run. In: the conversation and the settings of the step. Out: the answer, with the calls that it makes. */
import * as AiError from "@effect/ai/AiError"
import type * as LanguageModel from "@effect/ai/LanguageModel"
import * as Prompt from "@effect/ai/Prompt"
import type * as Response from "@effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { withConfigOverride } from "../provider/config.js"
import { offer } from "./offered.js"
import type { StepSettings } from "./options.js"
import type { Plan } from "./plan.js"
import type { Call, Current, State } from "./state.js"
import { type Tools, usageOf } from "./steps.js"

/** The choice of tools, with the tool that takes the result. */
const choiceOf = (
  plan: Plan,
  chosen: LanguageModel.ToolChoice<string>,
  hasTools: boolean,
  mustEnd: boolean
): LanguageModel.ToolChoice<string> => {
  const { output } = plan
  if (output === undefined) return chosen
  if (mustEnd || !hasTools) return { tool: output.name }
  return typeof chosen === "object" && "oneOf" in chosen ? { ...chosen, oneOf: [...chosen.oneOf, output.name] } : chosen
}

/** The text of a call's arguments that has arrived. */
interface Written {
  readonly name: string
  text: string
}

/** The form in which the model sees arguments again that are not a JSON object. */
const shownOf = (text: string): unknown => {
  const parsed = Either.try((): unknown => JSON.parse(text))
  return Either.isRight(parsed) && Predicate.isRecord(parsed.right) ? parsed.right : { invalid_json: text }
}

/** The calls of an answer, in the order in which they began. A call without a part `tool-call` cannot be executed. */
const callsOf = (
  written: ReadonlyMap<string, Written>,
  complete: ReadonlyMap<string, Call>,
  finishReason: Response.FinishReason
): ReadonlyArray<Call> => {
  const invalid =
    finishReason === "length"
      ? "the answer ended before the arguments were complete"
      : "the arguments are not a valid JSON object"
  const ids = new Set([...written.keys(), ...complete.keys()])
  return [...ids].map(
    (id) =>
      complete.get(id) ?? {
        id,
        name: written.get(id)!.name,
        params: shownOf(written.get(id)!.text),
        invalid
      }
  )
}

/** Takes one part of the answer. */
const take = (
  { emit }: Plan,
  current: Current,
  written: Map<string, Written>,
  complete: Map<string, Call>,
  part: Response.StreamPart<Tools>
): Effect.Effect<void, AiError.AiError> => {
  switch (part.type) {
    case "text-delta":
      current.text += part.delta
      return emit({ _tag: "Text", delta: part.delta })
    case "reasoning-delta":
      current.reasoning += part.delta
      return emit({ _tag: "Reasoning", delta: part.delta })
    case "tool-params-start":
      if (!part.providerExecuted) written.set(part.id, { name: part.name, text: "" })
      return Effect.void
    case "tool-params-delta": {
      const call = written.get(part.id)
      if (call === undefined) return Effect.void
      call.text += part.delta
      return emit({ _tag: "CallDelta", id: part.id, name: call.name, delta: part.delta })
    }
    case "tool-call": {
      const { id, name, params } = part
      if (part.providerExecuted) {
        current.providerParts.push(
          Prompt.makePart("tool-call", { id, name: part.providerName ?? name, params, providerExecuted: true })
        )
      } else complete.set(id, { id, name, params, invalid: undefined })
      return Effect.void
    }
    case "tool-result": {
      const { encodedResult: result, id, isFailure, name } = part
      current.providerParts.push(
        Prompt.makePart("tool-result", {
          id,
          name: part.providerName ?? name,
          result,
          isFailure,
          providerExecuted: true
        })
      )
      return Effect.void
    }
    case "response-metadata":
      current.model = Option.getOrUndefined(part.modelId)
      return Effect.void
    case "finish":
      current.finishReason = part.reason
      current.usage = usageOf(part.usage)
      return Effect.void
    case "error":
      return Effect.fail(
        new AiError.UnknownError({
          module: "Agent",
          method: "run",
          description: "The model reported an error in the middle of its answer.",
          cause: part.error
        })
      )
    default:
      return Effect.void
  }
}

/** Sends the request of a step, and takes its answer until the end. */
export const ask = (
  plan: Plan,
  state: State,
  current: Current,
  settings: StepSettings<Tools>,
  mustEnd: boolean
): Effect.Effect<void, AiError.AiError> => {
  const names = settings.tools
  const tools = [...plan.known.values()].filter(({ tool }) => names === undefined || names.includes(tool.name))
  const offered = plan.output === undefined ? tools : [...tools, plan.output.known]
  const prompt = Prompt.make(settings.prompt ?? Prompt.fromMessages([...state.messages]))
  const isOther = typeof settings.model === "object"
  const service = isOther ? settings.model : plan.model
  const name = typeof settings.model === "string" ? settings.model : isOther ? undefined : plan.modelName
  const written = new Map<string, Written>()
  const complete = new Map<string, Call>()
  const parts = service.streamText({
    prompt,
    ...(offered.length === 0
      ? {}
      : {
          toolkit: offer(offered),
          toolChoice: choiceOf(plan, settings.toolChoice ?? plan.toolChoice, tools.length > 0, mustEnd)
        }),
    disableToolCallResolution: true
    // The tools need nothing here: their handlers are not called.
  }) as Stream.Stream<Response.StreamPart<Tools>, AiError.AiError>
  return withConfigOverride(parts, {
    ...settings.config,
    ...(name === undefined ? {} : { model: name }),
    invalidToolCalls: "skip"
  }).pipe(
    Stream.runForEach((part) => take(plan, current, written, complete, part)),
    Effect.tap(() =>
      Effect.sync(() => {
        current.calls.push(...callsOf(written, complete, current.finishReason))
        state.answered(current, plan.price)
      })
    )
  )
}
