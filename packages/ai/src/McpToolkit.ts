/**
 * The tools of an MCP server as a toolkit of `@effect/ai`, for `Agent.run` and for `LanguageModel`.
 *
 * The connection uses the official SDK, `@modelcontextprotocol/sdk`, which you install; `McpStdio` and `McpHttp` make its transports.
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js"
import { ErrorCode, McpError as SdkError, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js"
import * as AiTool from "@effect/ai/Tool"
import type * as Toolkit from "@effect/ai/Toolkit"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { progress } from "./agent/progress.js"
import { fingerprint } from "./agent/fingerprint.js"

/**
 * A failure of an MCP server. `reason` is one of:
 *
 * - `Connection`: the server cannot be reached, or the connection is lost
 * - `Protocol`: its answer does not follow the protocol
 * - `Rejected`: it answers a call with an error of the protocol, such as wrong arguments, or its result does not match the tool's own schema
 * - `InvalidName`: a tool has a name that the model's API does not accept
 * - `DuplicateName`: two tools have the same name
 * - `ChangedTool`: a tool has another definition than when it was approved
 * - `ToolFailed`: the tool reports a failure; `message` is its text
 * @category errors
 */
export class McpError extends Schema.TaggedError<McpError>("effect-friendli-ai/McpError")("McpError", {
  reason: Schema.Literal(
    "Connection",
    "Protocol",
    "Rejected",
    "InvalidName",
    "DuplicateName",
    "ChangedTool",
    "ToolFailed"
  ),
  message: Schema.String,
  /** The name of the tool, if the error is about one. */
  tool: Schema.optional(Schema.String)
}) {}

/** A tool of an MCP server: its arguments are an object, which the server checks; its failures go back to the model. */
export type McpTool = AiTool.Tool<
  string,
  {
    readonly parameters: Schema.Struct<{}>
    readonly success: typeof Schema.Unknown
    readonly failure: typeof McpError
    readonly failureMode: "return"
  }
>

/** The tools of a server, ready to be called. */
export interface McpToolkit extends Toolkit.WithHandler<Record<string, McpTool>> {
  /** Calls a tool. Its arguments can be any value, because the server checks them; so `@effect/ai` accepts the toolkit everywhere. */
  readonly handle: (name: PropertyKey, params: unknown) => Effect.Effect<AiTool.HandlerResult<McpTool>>
  /** The fingerprint of each tool's definition, by name. Store them when a person approves the tools, and pass them as `pins` the next time. */
  readonly fingerprints: Readonly<Record<string, string>>
}

/** The server, and which of its tools are used. */
export interface Options {
  /** The connection: `McpStdio.make`, `McpHttp.make`, or any transport of the official SDK. */
  readonly transport: Effect.Effect<Transport, McpError, Scope.Scope>
  /** Put before the name of each tool, so that the tools of several servers have different names. Default: no prefix. */
  readonly prefix?: string | undefined
  /** The names of the tools to use, without the prefix. Default: all. */
  readonly only?: ReadonlyArray<string> | undefined
  /**
   * The fingerprints of the approved tools. If a tool has another definition or no fingerprint here, `make` fails with `ChangedTool`, before a model
   * sees any tool. Default: all definitions are accepted.
   */
  readonly pins?: Readonly<Record<string, string>> | undefined
  /**
   * When definitions are compared again before a call: after the server has announced a change, or before each call, for servers that do not announce
   * changes. Default: `"announced"`.
   */
  readonly recheck?: "announced" | "always" | undefined
  /** How long the server may take to answer: to connect, to list its tools, and for a call without progress. Default: 60 seconds. */
  readonly timeout?: Duration.DurationInput | undefined
}

/** A tool as the server describes it. */
interface Listed {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: { readonly [keyword: string]: unknown }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const failed = (reason: McpError["reason"], message: string, tool?: string): McpError =>
  new McpError({ reason, message, ...(tool === undefined ? {} : { tool }) })

/** Whether the server did not answer at all. */
const isLost = (cause: unknown): boolean =>
  !(cause instanceof SdkError) || cause.code === ErrorCode.ConnectionClosed || cause.code === ErrorCode.RequestTimeout

const connect = (transport: Transport, timeout: number): Effect.Effect<Client, McpError, Scope.Scope> =>
  Effect.gen(function* () {
    // Closed with the scope, also if connecting was interrupted: a program that was started is stopped.
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => new Client({ name: "effect-friendli-ai", version: "0.0.0" })),
      (made) => Effect.ignore(Effect.tryPromise(() => made.close()))
    )
    yield* Effect.tryPromise({
      try: (signal) => client.connect(transport, { signal, timeout }),
      catch: (cause) => failed("Connection", `The MCP server cannot be reached: ${messageOf(cause)}`)
    })
    return client
  })

/** A list with more pages than this is treated as endless. */
const maximumPages = 1000

/** All pages of the list. */
const list = (client: Client, timeout: number): Effect.Effect<ReadonlyArray<Listed>, McpError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const all: Array<Listed> = []
      let cursor: string | undefined
      for (let pages = 0; pages < maximumPages; pages++) {
        const page = await client.listTools(cursor === undefined ? undefined : { cursor }, { signal, timeout })
        all.push(...page.tools)
        cursor = page.nextCursor
        if (cursor === undefined) return all
      }
      throw new Error(`there are more than ${maximumPages} pages`)
    },
    catch: (cause) =>
      failed(
        cause instanceof SdkError && isLost(cause) ? "Connection" : "Protocol",
        `The MCP server does not list its tools: ${messageOf(cause)}`
      )
  })

const fingerprintOf = ({ description, inputSchema, name }: Listed): Effect.Effect<string> =>
  fingerprint({ name, description, inputSchema })

/** The API accepts names of at most 64 letters, digits, `_` and `-`. */
const isValidName = (name: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(name)

/** An object with the JSON Schema of the server. */
const parametersOf = (inputSchema: Listed["inputSchema"]): Schema.Struct<{}> =>
  Schema.declare((value): value is object => Predicate.isRecord(value), {
    identifier: "McpArguments",
    jsonSchema: inputSchema
    // Only the schema of the struct is read; the server defines the fields.
  }) as unknown as Schema.Struct<{}>

const toolOf = (name: string, { description, inputSchema }: Listed): McpTool =>
  AiTool.make(name, {
    ...(description === undefined ? {} : { description }),
    success: Schema.Unknown,
    failure: McpError,
    failureMode: "return"
  }).setParameters(parametersOf(inputSchema)) as McpTool

/** A tool of the toolkit, and its description by the server. */
interface Taken {
  readonly tool: McpTool
  readonly listed: Listed
  readonly fingerprint: string
}

/** The tools that are used, by their names in the toolkit. */
const take = (
  all: ReadonlyArray<Listed>,
  { only, pins, prefix = "" }: Options
): Effect.Effect<ReadonlyMap<string, Taken>, McpError> =>
  Effect.gen(function* () {
    const taken = new Map<string, Taken>()
    for (const listed of all) {
      if (only !== undefined && !only.includes(listed.name)) continue
      const name = prefix + listed.name
      if (!isValidName(name)) {
        const what = `The tool name "${name}" is not valid: the API accepts at most 64 letters, digits, "_" and "-".`
        return yield* failed("InvalidName", what, name)
      }
      if (taken.has(name)) {
        return yield* failed("DuplicateName", `The MCP server has two tools with the name "${name}".`, name)
      }
      const own = yield* fingerprintOf(listed)
      if (pins !== undefined && (!Object.hasOwn(pins, name) || pins[name] !== own)) {
        return yield* failed("ChangedTool", `The definition of the tool "${name}" was not approved.`, name)
      }
      taken.set(name, { tool: toolOf(name, listed), listed, fingerprint: own })
    }
    return taken
  })

const unknownTool = (name: string): McpError => failed("Protocol", `There is no tool with the name "${name}".`, name)

const encodeError = /*#__PURE__*/ Schema.encodeSync(McpError)

/** The result of a call, as a toolkit returns it: a failure is a result, too. */
const handled = (call: Effect.Effect<unknown, McpError>): Effect.Effect<AiTool.HandlerResult<McpTool>> =>
  Effect.match(call, {
    onSuccess: (result) => ({ isFailure: false, result, encodedResult: result }),
    onFailure: (error) => ({ isFailure: true, result: error, encodedResult: encodeError(error) })
  })

/** Whether a part of a result is text. Other parts are passed on unchanged. */
const isText = (part: unknown): part is { readonly text: string } =>
  Predicate.isRecord(part) && part["type"] === "text" && typeof part["text"] === "string"

/** The result of a call: the structured content, else the text if all parts are text, else the parts. */
const resultOf = (answer: { readonly [field: string]: unknown }): unknown => {
  if (answer["structuredContent"] !== undefined) return answer["structuredContent"]
  const content: ReadonlyArray<unknown> = Array.isArray(answer["content"]) ? answer["content"] : []
  return content.every(isText) ? content.map(({ text }) => text).join("\n") : content
}

/**
 * Connects to a server and returns its tools. The connection is closed with the scope.
 *
 * **Details**: fails with an `McpError` if the connection fails or a tool cannot be used. Later, the failure of a call goes back to the model as an
 * `McpError`. Interruption cancels the call at the server. Progress that the server reports becomes the event `ToolProgress` of `Agent.stream`. A
 * tool whose definition has changed since it was listed is not called. The tools have the JSON Schemas of the server, so they work with any provider
 * of `@effect/ai`. A lost connection is not restored: calls fail with `Connection`.
 *
 * @example
 * ```ts no-run
 * import { Effect } from "effect"
 * import { Agent } from "effect-friendli-ai"
 * import * as McpStdio from "effect-friendli-ai/McpStdio"
 * import * as McpToolkit from "effect-friendli-ai/McpToolkit"
 *
 * export const program = Effect.gen(function* () {
 *   const toolkit = yield* McpToolkit.make({
 *     transport: McpStdio.make({ command: "npx", args: ["-y", "some-mcp-server"] }),
 *     prefix: "files_"
 *   })
 *   return yield* Agent.run({ prompt: "Which files are there?", toolkit })
 * }).pipe(Effect.scoped)
 * ```
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<McpToolkit, McpError, Scope.Scope> =>
  Effect.gen(function* () {
    const timeout = Duration.toMillis(options.timeout ?? "60 seconds")
    const client = yield* connect(yield* options.transport, timeout)
    let isStale = false
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      isStale = true
    })
    const taken = yield* take(yield* list(client, timeout), options)

    /** Fails if the definition of a tool has changed since it was offered. */
    const recheck = (name: string, { fingerprint: before, listed }: Taken): Effect.Effect<void, McpError> =>
      Effect.gen(function* () {
        if (!isStale && options.recheck !== "always") return
        const now = (yield* list(client, timeout)).find((each) => each.name === listed.name)
        if (now !== undefined && (yield* fingerprintOf(now)) === before) return
        return yield* failed(
          "ChangedTool",
          `The definition of the tool "${name}" has changed since it was offered.`,
          name
        )
      })

    const call = (name: string, params: unknown): Effect.Effect<unknown, McpError> =>
      Effect.gen(function* () {
        const one = taken.get(name)
        if (one === undefined) return yield* unknownTool(name)
        yield* recheck(name, one)
        // If progress arrives faster than it is consumed, the oldest is dropped.
        const reported = yield* Mailbox.make<unknown>({ capacity: 16, strategy: "sliding" })
        const reporter = yield* Effect.forkScoped(Stream.runForEach(Mailbox.toStream(reported), progress))
        const answer = yield* Effect.tryPromise({
          try: (signal) =>
            client.callTool({ name: one.listed.name, arguments: params as Record<string, unknown> }, undefined, {
              signal,
              timeout,
              resetTimeoutOnProgress: true,
              onprogress: (value) => void reported.unsafeOffer(value)
            }),
          catch: (cause) =>
            isLost(cause)
              ? failed("Connection", `The call of "${name}" failed: ${messageOf(cause)}`, name)
              : failed("Rejected", `The call of "${name}" is rejected: ${messageOf(cause)}`, name)
        })
        yield* reported.end
        yield* Fiber.join(reporter)
        if (answer["isError"] !== true) return resultOf(answer)
        const said = resultOf(answer)
        return yield* failed("ToolFailed", typeof said === "string" ? said : JSON.stringify(said), name)
      }).pipe(Effect.scoped)

    return {
      tools: Object.fromEntries([...taken].map(([name, { tool }]) => [name, tool])),
      fingerprints: Object.fromEntries([...taken].map(([name, one]) => [name, one.fingerprint])),
      handle: (name, params) => handled(call(String(name), params))
    }
  })

/**
 * The tools of several servers in one toolkit. Fails with `DuplicateName` if two servers have a tool of the same name; `prefix` avoids this.
 * @category combinators
 */
export const merge = (...toolkits: ReadonlyArray<McpToolkit>): Effect.Effect<McpToolkit, McpError> =>
  Effect.suspend(() => {
    const owners = new Map<string, McpToolkit>()
    for (const toolkit of toolkits) {
      for (const name of Object.keys(toolkit.tools)) {
        if (owners.has(name)) {
          return Effect.fail(failed("DuplicateName", `Two servers have a tool with the name "${name}".`, name))
        }
        owners.set(name, toolkit)
      }
    }
    const merged: McpToolkit = {
      tools: Object.assign({}, ...toolkits.map(({ tools }) => tools)) as McpToolkit["tools"],
      fingerprints: Object.assign(
        {},
        ...toolkits.map(({ fingerprints }) => fingerprints)
      ) as McpToolkit["fingerprints"],
      handle: (name, params) => owners.get(String(name))?.handle(name, params) ?? handled(unknownTool(String(name)))
    }
    return Effect.succeed(merged)
  })
