import type * as HttpClient from "@effect/platform/HttpClient"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as Chat from "effect-friendli/Chat"
import * as ChatStream from "effect-friendli/ChatStream"
import * as Friendli from "effect-friendli/Friendli"
import * as FriendliError from "effect-friendli/FriendliError"
import * as Messages from "effect-friendli/Messages"
import * as MessageStream from "effect-friendli/MessageStream"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { type Answer, type Call, compact, type Contender, type Ending, type Progress, take } from "../Contender.js"
import { model, prompt, token } from "../wire.js"

const optionsOf = ({ clocks, headers, retry }: Call): RequestOptions => ({
  ...(headers?.at === "call" ? { headers: headers.values } : {}),
  retry: retry?.policy ?? Retry.never,
  headersTimeout: clocks?.headers,
  idleTimeout: clocks?.idle,
  idleReset: clocks?.idleReset,
  timeout: clocks?.total
})

const answerOf = (answer: ChatStream.Answer): Answer => ({
  texts: answer.choices.map(({ message }) => message.content ?? ""),
  calls: (answer.choices[0]?.message.tool_calls ?? []).map(({ function: { name, arguments: given }, id }) => ({
    id,
    name,
    arguments: compact(given)
  })),
  tokens: answer.usage?.total_tokens ?? undefined
})

interface Ended {
  readonly ended: string
  readonly answer?: Answer
}

/** Sends a second request, with the answer in the conversation. */
const again = (
  call: Call,
  progress: Progress,
  request: Chat.ChatRequest,
  message: Parameters<typeof Chat.toAssistantMessage>[0] | undefined
) =>
  Effect.map(
    Chat.complete(
      {
        ...request,
        messages: [
          ...request.messages,
          Chat.toAssistantMessage(message ?? {}),
          ...(message?.tool_calls ?? []).map(({ id }) => ({
            role: "tool" as const,
            tool_call_id: id ?? "",
            content: "1"
          })),
          { role: "user", content: "Go on." }
        ]
      },
      optionsOf(call)
    ),
    (answer): Ended => {
      progress.text = answer.choices[0]?.message.content ?? ""
      return { ended: "complete" }
    }
  )

const messageAnswerOf = ({ content, usage }: MessageStream.Message | Messages.MessagesResponse): Answer => ({
  texts: [content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")],
  calls: content.flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: JSON.stringify(block.input) }] : []
  ),
  tokens: usage == null ? undefined : (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)
})

const resultsOf = ({ content }: MessageStream.Message | Messages.MessagesResponse) =>
  content.flatMap((block) =>
    block.type === "tool_use" ? [{ type: "tool_result", tool_use_id: block.id, content: "1" } as const] : []
  )

const messagesProgram = (
  call: Call,
  progress: Progress
): Effect.Effect<Ended, FriendliError.FriendliStreamError, Messages.Messages> => {
  const request = {
    model,
    messages: [{ role: "user", content: prompt }],
    max_tokens: 200,
    ...call.request
  } as Messages.MessagesRequest
  const ended = (message: MessageStream.Message | Messages.MessagesResponse): Ended => {
    const answer = messageAnswerOf(message)
    progress.text = answer.texts.join("")
    return { ended: "complete", answer }
  }
  const { replay, ...once } = call
  /** Sends a second request, with the answer in the conversation. */
  const next = (message: MessageStream.Message | Messages.MessagesResponse) =>
    messagesProgram(
      {
        ...once,
        kind: "unary",
        request: {
          messages: [
            ...request.messages,
            Messages.toAssistantMessage(message),
            { role: "user", content: [...resultsOf(message), { type: "text", text: "Go on." }] }
          ]
        }
      },
      progress
    )
  const finish = (message: MessageStream.Message | Messages.MessagesResponse) =>
    replay === true ? next(message) : Effect.succeed(ended(message))
  if (call.kind === "unary") {
    return Effect.flatMap(Messages.create(request, optionsOf(call)), (message) => {
      progress.events = 1
      return finish(message)
    })
  }
  const events = Messages.stream(request, optionsOf(call))
  if (call.fold !== undefined) return Effect.flatMap(MessageStream.fold(events), finish)
  const counted = Stream.tap(events, () => Effect.sync(() => progress.events++))
  return Effect.as(
    Stream.runForEach(MessageStream.text(counted), (text) => Effect.sync(() => take(progress, call, text))),
    { ended: "complete" }
  )
}

const program = (
  call: Call,
  progress: Progress
): Effect.Effect<Ended, FriendliError.FriendliStreamError, Chat.Chat | Messages.Messages> => {
  if (call.api === "messages") return messagesProgram(call, progress)
  const request = {
    model,
    messages: [{ role: "user", content: prompt }],
    ...(call.fold?.tools === undefined
      ? {}
      : {
          tools: call.fold.tools.map((name) => ({
            type: "function",
            function: { name, parameters: { type: "object" } }
          }))
        }),
    ...call.request
  } as Chat.ChatRequest
  if (call.kind === "unary") {
    return Effect.flatMap(Chat.complete(request, optionsOf(call)), (answer) => {
      if (call.replay === true) return again(call, progress, request, answer.choices[0]?.message)
      progress.events = 1
      progress.text = answer.choices[0]?.message.content ?? ""
      return Effect.succeed({ ended: "complete" })
    })
  }
  if (call.fold !== undefined) {
    return Effect.flatMap(ChatStream.fold(Chat.stream(request, optionsOf(call))), (answer) => {
      if (call.replay === true) return again(call, progress, request, answer.choices[0]?.message)
      progress.text = answer.choices[0]?.message.content ?? ""
      return Effect.succeed({
        ended: answer.choices.every((choice) => choice.finish_reason !== null) ? "complete" : "no finish reason",
        answer: answerOf(answer)
      })
    })
  }
  const chunks = Chat.stream(request, optionsOf(call))
  return Effect.as(
    Stream.runForEach(call.take === undefined ? chunks : Stream.take(chunks, call.take), (chunk) =>
      Effect.suspend(() => {
        progress.events++
        take(progress, call, chunk.choices[0]?.delta.content)
        const consuming = call.consume?.(progress.events)
        return consuming === undefined ? Effect.void : Effect.promise(() => consuming)
      })
    ),
    { ended: call.take === undefined ? "complete" : "left" }
  )
}

const inRegion = <A, E, R>({ headers }: Call, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  headers?.at === "region" ? Friendli.withHeaders(headers.values)(effect) : effect

const clientOf = ({ baseUrl, basePath = "", headers }: Call) =>
  Serverless.layerClient({
    token,
    baseUrl: baseUrl + basePath,
    headers: headers?.at === "layer" ? headers.values : undefined
  })

/** The tag of an error, with its phase or its kind of timeout, which a caller needs to decide. */
const nameOf = (error: FriendliError.FriendliStreamError): string =>
  error._tag === "ConnectionError"
    ? `${error._tag} (${error.phase})`
    : error._tag === "RequestTimeoutError"
      ? `${error._tag} (${error.kind})`
      : error._tag

const showSpan = (span: Tracer.Span): ReadonlyArray<string> => [
  inspect([span.name, [...span.attributes], span.links.length], { depth: 8 }),
  ...(span._tag === "Span" && span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
    ? [Cause.pretty(span.status.exit.cause, { renderErrorCause: true })]
    : [])
]

/** Whether a span is made by the platform's HTTP client. */
const isBelow = (span: Tracer.Span): boolean => span.name.startsWith("http.client")

const renderingsOf = (
  cause: Cause.Cause<unknown>,
  error: unknown,
  logs: ReadonlyArray<string>,
  spans: ReadonlyArray<Tracer.Span>
): ReadonlyArray<string> => [
  JSON.stringify(error),
  JSON.stringify(cause),
  inspect(error, { depth: Infinity, showHidden: true }),
  inspect(cause, { depth: Infinity }),
  String(error),
  (error as Error).stack ?? "",
  Cause.pretty(cause, { renderErrorCause: true }),
  ...(FriendliError.isFriendliError(error)
    ? [JSON.stringify(Schema.encodeSync(FriendliError.FriendliStreamError)(error))]
    : []),
  ...logs,
  ...spans.filter((span) => !isBelow(span)).flatMap(showSpan)
]

/** The SDK over an HTTP layer. */
export const over = (name: string, title: string, http: Layer.Layer<HttpClient.HttpClient>): Contender => {
  const runtime = ManagedRuntime.make(http)
  return {
    name,
    title,
    isOurs: true,
    patience: 10_000,
    close: () => runtime.dispose(),
    run: async (call, signal, progress): Promise<Ending> => {
      const logs: Array<string> = []
      const spans: Array<Tracer.Span> = []
      const logger = Logger.make<unknown, void>((options) => {
        logs.push(Logger.stringLogger.log(options), Logger.jsonLogger.log(options))
      })
      const tracer = Layer.unwrapEffect(
        Effect.map(Effect.tracer, (inner) =>
          Layer.setTracer(
            Tracer.make({
              context: (f, fiber) => inner.context(f, fiber),
              span: (...args) => {
                const span = inner.span(...args)
                if (spans.length < 16) spans.push(span)
                return span
              }
            })
          )
        )
      )
      const exit = await runtime.runPromiseExit(
        inRegion(call, program(call, progress)).pipe(
          Effect.tapErrorCause((cause) => Effect.logError("the call failed", cause)),
          Effect.provide(Layer.provide(Layer.merge(Chat.layer, Messages.layer), clientOf(call))),
          Effect.provide(
            Layer.mergeAll(tracer, Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))
          )
        ),
        { signal }
      )
      if (Exit.isSuccess(exit)) return exit.value
      if (Cause.isInterruptedOnly(exit.cause)) return { ended: "aborted" }
      const failure = Cause.failureOption(exit.cause)
      const error = Option.getOrElse(failure, () => Cause.squash(exit.cause))
      const renderings = renderingsOf(exit.cause, error, logs, spans)
      if (!FriendliError.isFriendliError(error)) {
        return {
          ended: `untyped: ${Option.isSome(failure) ? "failure" : "defect"}`,
          message: String(error),
          renderings
        }
      }
      return {
        ended: nameOf(error),
        message: error.message,
        status: error.status,
        retryAfter: error.retryAfter === undefined ? undefined : Duration.toMillis(error.retryAfter),
        renderings,
        belowRenderings: spans.filter(isBelow).flatMap(showSpan)
      }
    }
  }
}
