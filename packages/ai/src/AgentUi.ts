/**
 * Agents behind `useChat` of the AI SDK. Converts a run to the message that the front end reads, with the tools that wait for the user's approval,
 * and the front end's messages to the prompt of a run.
 *
 * **When to use**: in the route that `useChat` calls, when an agent answers. For a chat without an agent, use `UiStream` and `UiMessages` of
 * `effect-friendli`, which also send and store the answer of an agent. Approval needs version 6 of the AI SDK.
 */
import * as AiError from "@effect/ai/AiError"
import * as Prompt from "@effect/ai/Prompt"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FriendliStreamError } from "effect-friendli/FriendliError"
import type { ContentPart, Message } from "effect-friendli/schema/Message"
import * as UiMessages from "effect-friendli/UiMessages"
import type { UiChunk } from "effect-friendli/UiStream"
import * as Agent from "./Agent.js"
import { friendliError } from "./FriendliAiError.js"
import { Writer } from "./ui/writer.js"

/** The options of `fromEvents`. */
export interface Options<T extends Agent.Tools, A> {
  /** Metadata that the application adds at the beginning of the message. */
  readonly metadata?: unknown
  /** Metadata that the application adds at the end of the message, such as tokens and cost. */
  readonly finishMetadata?: ((result: Agent.Result<T, A>) => unknown) | undefined
  /** Whether the front end gets the reasoning of the model. Default: true. */
  readonly reasoning?: boolean | undefined
  /** Whether the front end shows tools as parts of the type `dynamic-tool`, for tools that its code does not know. Default: false. */
  readonly dynamicTools?: boolean | undefined
  /** The `outputName` of the run. The call of this tool is the result and is not shown. Default: `"final_answer"`. */
  readonly outputName?: string | undefined
}

/** The error of the SDK that an error of `@effect/ai` was made from, if there is one. */
const unwrapped = <E>(error: E): E | FriendliStreamError =>
  AiError.isAiError(error) ? Option.getOrElse(friendliError(error), () => error) : error

/**
 * The events of a run as a whole message for `useChat`.
 *
 * **When to use**: with `Agent.stream`, and with `Agent.resumeStream` when the user has decided; `UiStream.toResponse` makes the response.
 *
 * **Details**: text, reasoning and the arguments of calls are shown as they arrive, results when their tools finish. A call that needs approval
 * becomes a question (`tool-approval-request`), and the run ends; the answer comes with the next request, see `decisions`. A report of
 * `Agent.progress` is a transient part `data-tool-progress`.
 *
 * Nothing is sent before the model answers, so that an earlier failure can still set the status of the response. If the cause of an `AiError` is an
 * error of the SDK, the stream fails with that error, for `UiStream.fromError` and your own texts.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Agent, AgentUi, ScriptedModel } from "effect-friendli-ai"
 *
 * AgentUi.fromEvents(Agent.stream({ prompt: "Hello!" })).pipe(
 *   Stream.runForEach(({ type }) => Effect.sync(() => console.log(type))),
 *   Effect.provide(ScriptedModel.layer([{ text: "Hi!" }])),
 *   Effect.runPromise
 * )
 * // => start
 * // => start-step
 * // => text-start
 * // => text-delta
 * // => text-end
 * // => finish-step
 * // => finish
 * ```
 * @category encoding
 */
export const fromEvents = <T extends Agent.Tools, A, E, R>(
  events: Stream.Stream<Agent.Event<T, A>, E, R>,
  options: Options<T, A> = {}
): Stream.Stream<UiChunk, E | FriendliStreamError, R> =>
  Stream.suspend(() => {
    const writer = new Writer({
      metadata: options.metadata,
      // the events of the run have its types; the writer passes its result on
      finishMetadata: options.finishMetadata as ((result: unknown) => unknown) | undefined,
      reasoning: options.reasoning !== false,
      dynamicTools: options.dynamicTools === true,
      outputName: options.outputName ?? "final_answer"
    })
    return events.pipe(
      Stream.mapConcat((event) => writer.add(event as Agent.Event<Agent.Tools, unknown>)),
      Stream.catchAll((error) => Stream.concat(Stream.fromIterable(writer.close()), Stream.fail(unwrapped(error))))
    )
  })

/**
 * The user's decisions about the calls that waited, by call id, for `Agent.resumeStream`. Empty if the last message answers no approval request.
 *
 * **Gotchas**: only the decisions come from the front end. The calls that are executed come from the transcript of the run: store it on the server,
 * and remove it from the store when you use it.
 *
 * @example
 * ```ts
 * import { AgentUi } from "effect-friendli-ai"
 *
 * const decisions = AgentUi.decisions([
 *   {
 *     id: "1",
 *     role: "assistant",
 *     parts: [{ type: "tool-pay", toolCallId: "c1", state: "approval-responded", input: { amount: 5 }, approval: { id: "c1", approved: true } }]
 *   }
 * ])
 * console.log(JSON.stringify(decisions))
 * // => {"c1":{"_tag":"Approve"}}
 * ```
 * @category approval
 */
export const decisions = (messages: ReadonlyArray<UiMessages.UiMessage>): Agent.Decisions => {
  const last = messages.at(-1)
  if (last?.role !== "assistant") return {}
  return Object.fromEntries(
    last.parts.filter(UiMessages.isToolPart).flatMap(({ approval, state, toolCallId }) => {
      if (state !== "approval-responded") return []
      return [[toolCallId, approval?.approved === true ? Agent.approve : Agent.deny(approval?.reason)]]
    })
  )
}

const filePart = (kind: "image" | "audio" | "video", data: string): Prompt.UserMessagePartEncoded => ({
  type: "file",
  // a data URL has the type; other URLs leave it to their server
  mediaType: /^data:([\w.+-]+\/[\w.+-]+)/.exec(data)?.[1] ?? `${kind}/*`,
  data
})

const userPart = (part: ContentPart): Prompt.UserMessagePartEncoded => {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text }
    case "image_url":
      return filePart("image", part.image_url.url)
    case "audio_url":
      return filePart("audio", part.audio_url.url)
    case "video_url":
      return filePart("video", part.video_url.url)
  }
}

const paramsOf = (json: string): unknown =>
  Either.getOrElse(
    Either.try((): unknown => JSON.parse(json)),
    () => json
  )

/** A message of a chat request as a message of a prompt. `names` has the tool names of the calls so far. */
const promptMessage = (message: Message, names: Map<string, string>): Prompt.MessageEncoded => {
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", content: message.content }
    case "user":
      return {
        role: "user",
        content: typeof message.content === "string" ? message.content : message.content.map(userPart)
      }
    case "tool": {
      const { content: result, tool_call_id: id } = message
      const name = names.get(id) ?? ""
      return {
        role: "tool",
        content: [{ type: "tool-result", id, name, result, isFailure: false, providerExecuted: false }]
      }
    }
    case "assistant": {
      const { content, reasoning_content: reasoning, tool_calls: calls } = message
      for (const call of calls ?? []) names.set(call.id, call.function.name)
      return {
        role: "assistant",
        content: [
          ...(reasoning ? [{ type: "reasoning" as const, text: reasoning }] : []),
          ...(content ? [{ type: "text" as const, text: content }] : []),
          ...(calls ?? []).map(({ function: { arguments: json, name }, id }) => ({
            type: "tool-call" as const,
            id,
            name,
            params: paramsOf(json)
          }))
        ]
      }
    }
  }
}

/**
 * The messages of a front end as the prompt of a run: `UiMessages.toMessages`, for `@effect/ai`.
 *
 * **Details**: add instructions with the option `system` of the run. Calls that wait or were stopped are left out. Fails with an
 * `UnsupportedUiMessageError`, as `UiMessages.toMessages` does.
 *
 * @example
 * ```ts
 * import { Either } from "effect"
 * import { AgentUi } from "effect-friendli-ai"
 *
 * const prompt = AgentUi.toPrompt([{ id: "1", role: "user", parts: [{ type: "text", text: "Hello!" }] }])
 * console.log(Either.getOrThrow(prompt).content.map(({ role }) => role).join(" "))
 * // => user
 * ```
 * @category conversions
 */
export const toPrompt = (
  messages: ReadonlyArray<UiMessages.UiMessage>,
  options?: UiMessages.ToMessagesOptions
): Either.Either<Prompt.Prompt, UiMessages.UnsupportedUiMessageError> => {
  const names = new Map<string, string>()
  return Either.map(UiMessages.toMessages(messages, options), (conversation) =>
    Prompt.make(conversation.map((message) => promptMessage(message, names)))
  )
}
