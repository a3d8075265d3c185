/**
 * The location of the API: origin, path, token and defaults. `Serverless`, `Dedicated` and `Container` differ only in
 * such a record.
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { baseUrlOf } from "../internal/baseUrl.js"
import { hideSecrets } from "../internal/inspection.js"
import { optionIssues, teamIssue } from "./optionIssues.js"
import { pastedInId } from "../internal/pasted.js"
import type { RequestOptions } from "./RequestOptions.js"

/** Settings of a deployment layer. All except `token`, `baseUrl` and `model` are defaults of the options of calls. */
export interface Settings extends Omit<RequestOptions, "body"> {
  /** The personal access token. Surrounding whitespace and a `Bearer ` prefix are removed. */
  readonly token?: Redacted.Redacted | string | undefined
  /**
   * The origin, with a path prefix if a gateway has one. Default: that of the deployment. Parts that the SDK appends
   * are removed: `/v1`, the deployment's path, the path of an operation.
   */
  readonly baseUrl?: string | undefined
  /** The model, endpoint id or adapter route for calls without a model. */
  readonly model?: string | undefined
}

/**
 * The same settings with `Config`s instead of values.
 *
 * **Details**: settings that are left out are read from the environment: `token` from `FRIENDLI_TOKEN`, else
 * `FRIENDLI_BEARER_AUTH`; `team` from `FRIENDLI_TEAM`; `baseUrl` from `FRIENDLI_BASE_URL`. The last two may be missing.
 *
 * @example
 * ```ts
 * import { Config } from "effect"
 * import { Serverless } from "effect-friendli"
 *
 * const layer = Serverless.layerConfig({ token: Config.redacted("MY_TOKEN"), model: Config.string("MY_MODEL"), timeout: "1 minute" })
 * ```
 */
export interface ConfigSettings extends Omit<Settings, "token" | "team" | "baseUrl" | "model"> {
  readonly token?: Config.Config<Redacted.Redacted> | undefined
  readonly team?: Config.Config<string> | undefined
  readonly baseUrl?: Config.Config<string> | undefined
  readonly model?: Config.Config<string> | undefined
}

/** The definition of a kind of deployment. */
export interface Definition {
  /** The name in errors and spans. */
  readonly name: string
  readonly defaultBaseUrl: string
  /** The path between origin and prefix: `"/serverless"`, `"/dedicated"` or `""`. */
  readonly pathPrefix: string
  readonly requiresToken: boolean
  /** Whether a request without a model is invalid. */
  readonly requiresModel: boolean
  /** Whether the header `X-Friendli-Team` is sent. */
  readonly supportsTeams: boolean
  /** Whether endpoints can sleep and be woken (`Endpoints.wakeOperation`). Default: false. */
  readonly canWake?: boolean | undefined
  /**
   * How images are generated: `"hosted"`, with many settings and a list of results that may be URLs, or `"inline"`,
   * with few settings and one image in the answer. Default: `"hosted"`.
   */
  readonly images?: "hosted" | "inline" | undefined
}

/** A deployment with checked settings. Its output in logs and JSON contains neither the token nor values of headers. */
export interface Deployment extends Definition {
  readonly baseUrl: string
  readonly token: Option.Option<Redacted.Redacted>
  readonly model: string | undefined
  readonly options: RequestOptions
}

/** The allowed characters of a bearer token (RFC 6750). Others could break or inject a header. */
const bearerToken = /^[\x21-\x7e]+$/

const bareToken = (input: string): string => input.trim().replace(/^bearer(?:\s+|$)/i, "")

/** The problem of a token, if any; never contains the token. */
const tokenIssue = (input: string): string | undefined => {
  const token = bareToken(input)
  if (token === "") return "the token is empty; create one in Friendli Suite under personal settings"
  const pasted = pastedInId("the token", token)
  if (pasted !== undefined) return pasted
  return bearerToken.test(token)
    ? undefined
    : "the token has a space, a line break or another character that a header cannot contain; was it copied whole?"
}

/**
 * Checks settings. Fails with a `ConfigError` that names the setting and never contains the token.
 *
 * **When to use**: for your own kind of deployment (a gateway with other paths). `Serverless`, `Dedicated` and
 * `Container` call it for you.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Deployment } from "effect-friendli"
 *
 * const gateway: Deployment.Definition = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", pathPrefix: "/friendli", requiresToken: true, requiresModel: true, supportsTeams: false
 * }
 * Effect.runPromise(Deployment.make(gateway, { token: "flp_example" })).then((deployment) => console.log(deployment.baseUrl))
 * // => https://llm.example.com
 * ```
 * @category constructors
 */
export const make: (definition: Definition, settings: Settings) => Effect.Effect<Deployment, ConfigError.ConfigError> =
  Effect.fnUntraced(function* (definition, settings) {
    const { baseUrl: baseUrlInput, model, token: tokenInput, ...options } = settings
    const invalid = (setting: string, message: string) => Effect.fail(ConfigError.InvalidData([setting], message))

    const given = Redacted.isRedacted(tokenInput) ? Redacted.value(tokenInput) : tokenInput
    if (given === undefined && definition.requiresToken) {
      return yield* Effect.fail(ConfigError.MissingData(["token"], `the ${definition.name} deployment needs a token`))
    }
    const wrong = given === undefined ? undefined : tokenIssue(given)
    if (wrong !== undefined) return yield* invalid("token", wrong)
    const token = Option.map(Option.fromNullable(given), (text) => Redacted.make(bareToken(text)))

    const baseUrl = baseUrlOf(baseUrlInput ?? definition.defaultBaseUrl, definition.pathPrefix)
    if (!baseUrl.ok) return yield* invalid("baseUrl", baseUrl.message)
    if (model !== undefined && model.trim() === "") {
      return yield* invalid("model", "the model is empty; leave it out if calls name their own")
    }
    const issue = optionIssues(options)[0]
    if (issue !== undefined) return yield* Effect.fail(ConfigError.InvalidData(issue.path.map(String), issue.message))

    return hideSecrets({ ...definition, baseUrl: baseUrl.url, token, model, options })
  })

/**
 * An empty variable counts as missing: `FRIENDLI_TEAM= program` means no team. Errors have an empty path, because
 * `Config` adds the name of the variable.
 */
const variable = (name: string, issue: (value: string) => string | undefined): Config.Config<string> =>
  Config.mapOrFail(Config.string(name), (value) => {
    if (value.trim() === "") return Either.left(ConfigError.MissingData([], "is empty"))
    const wrong = issue(value)
    return wrong === undefined ? Either.right(value) : Either.left(ConfigError.InvalidData([], wrong))
  })

/** Not `Config.redacted`, which would also hide the name of the variable. */
const secretVariable = (name: string) => Effect.map(variable(name, tokenIssue), (value) => Redacted.make(value))

type Read<A> = Effect.Effect<A, ConfigError.ConfigError>

/** If both variables are missing, there is one error, with the name of the first. */
const tokenFromEnvironment = (definition: Definition): Read<Redacted.Redacted> =>
  Effect.catchIf(secretVariable("FRIENDLI_TOKEN"), ConfigError.isMissingDataOnly, (first) =>
    Effect.mapError(secretVariable("FRIENDLI_BEARER_AUTH"), (second) => {
      if (!ConfigError.isMissingDataOnly(second)) return second
      const path = first._op === "MissingData" ? first.path : ["FRIENDLI_TOKEN"]
      const empty = first._op === "MissingData" && first.message === "is empty" ? "this variable is empty: " : ""
      return ConfigError.MissingData(
        path,
        `${empty}the ${definition.name} deployment needs a token; set this variable, or FRIENDLI_BEARER_AUTH, to one from Friendli Suite`
      )
    })
  )

const optional = <A>(read: Read<A>): Read<Option.Option<A>> =>
  Effect.catchIf(Effect.map(read, Option.some), ConfigError.isMissingDataOnly, () => Effect.succeed(Option.none<A>()))

/**
 * Reads settings from `Config` and checks them, as `layerConfig` of each deployment does.
 * @category constructors
 */
export const makeConfig = (
  definition: Definition,
  settings: ConfigSettings = {}
): Effect.Effect<Deployment, ConfigError.ConfigError> =>
  Effect.gen(function* () {
    const { baseUrl, model, team, token, ...options } = settings
    const readToken = token ?? tokenFromEnvironment(definition)
    const baseUrlIssue = (value: string) => {
      const checked = baseUrlOf(value, definition.pathPrefix)
      return checked.ok ? undefined : checked.message
    }
    // reports all invalid settings, not only the first one
    const read = yield* Effect.all(
      {
        token: definition.requiresToken ? Effect.map(readToken, Option.some) : optional(readToken),
        team: optional(team ?? variable("FRIENDLI_TEAM", teamIssue)),
        baseUrl: optional(baseUrl ?? variable("FRIENDLI_BASE_URL", baseUrlIssue)),
        model: model === undefined ? Effect.succeed(Option.none<string>()) : Effect.map(model, Option.some)
      },
      { mode: "validate" }
    ).pipe(Effect.mapError((errors) => Object.values(errors).flatMap(Option.toArray).reduce(ConfigError.And)))

    return yield* make(definition, {
      ...options,
      token: Option.getOrUndefined(read.token),
      team: Option.getOrUndefined(read.team),
      baseUrl: Option.getOrUndefined(read.baseUrl),
      model: Option.getOrUndefined(read.model)
    })
  })

/** The services that all layers of a union provide. */
export type Shared<L extends Layer.Layer.Any> =
  Layer.Layer.Success<L> extends infer Capability
    ? Capability extends unknown
      ? [L] extends [Layer.Layer<Capability, unknown, unknown>]
        ? Capability
        : never
      : never
    : never

/**
 * A deployment that is chosen at run time: the layer provides the capabilities that all candidates have.
 *
 * **When to use**: if a setting, a flag or a health check decides between deployments. `Layer.unwrapEffect` does the
 * same for deployments with equal capabilities; TypeScript cannot infer the common capabilities of different ones.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Effect } from "effect"
 * import { Container, Deployment, Serverless, Tokens } from "effect-friendli"
 *
 * const Deployed = Deployment.layerUnwrap(
 *   Effect.map(Config.withDefault(Config.boolean("LOCAL"), false), (local) =>
 *     local ? Container.layer() : Serverless.layerConfig()
 *   )
 * )
 *
 * Tokens.tokenize({ model: "meta-llama-3.1-8b-instruct", prompt: "Hello!" }).pipe(
 *   Effect.provide(Deployed),
 *   Effect.provide(FetchHttpClient.layer),
 *   Effect.runPromise
 * ).then(({ tokens }) => console.log(tokens.length))
 * // => 3
 * ```
 * @category layers
 */
export const layerUnwrap = <L extends Layer.Layer.Any, E, R>(
  choice: Effect.Effect<L, E, R>
): Layer.Layer<Shared<L>, E | Layer.Layer.Error<L>, R | Layer.Layer.Context<L>> =>
  // every candidate provides at least the common capabilities
  Layer.unwrapEffect(choice as Effect.Effect<never, E, R>)
