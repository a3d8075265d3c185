/**
 * Where the API runs: origin, product path, token and defaults. One record of it is what distinguishes `Serverless`,
 * `Dedicated` and `Container`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { optionIssues } from "./internal/options.js"
import { normalizeBaseUrl } from "./internal/url.js"
import type { RequestOptions } from "./RequestOptions.js"

/**
 * Settings of a deployment layer. All but `token`, `baseUrl` and `model` are defaults of the per-call options.
 *
 * @example
 * ```ts
 * import { Redacted } from "effect"
 * import { type Deployment, Serverless } from "effect-friendli"
 *
 * const settings: Deployment.Settings = { token: Redacted.make("flp_example"), team: "research", model: "meta-llama-3.1-8b-instruct" }
 * const layer = Serverless.layer(settings)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings extends Omit<RequestOptions, "body"> {
  /** The personal access token. Surrounding whitespace and a `Bearer ` prefix are dropped. */
  readonly token?: Redacted.Redacted | string | undefined
  /** The origin, with a path prefix where a gateway has one. Default: the deployment's own. */
  readonly baseUrl?: string | undefined
  /** The model, endpoint id or adapter route of calls that name none. */
  readonly model?: string | undefined
}

/**
 * The same settings with `Config`s in the place of values.
 *
 * **Details**: what is left out is read from the environment: `token` from `FRIENDLI_TOKEN`, else `FRIENDLI_BEARER_AUTH`; `team`
 * from `FRIENDLI_TEAM`; `baseUrl` from `FRIENDLI_BASE_URL`. The last two may be missing.
 *
 * @example
 * ```ts
 * import { Config } from "effect"
 * import { Serverless } from "effect-friendli"
 *
 * const layer = Serverless.layerConfig({ token: Config.redacted("MY_TOKEN"), model: Config.string("MY_MODEL"), timeout: "1 minute" })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigSettings extends Omit<Settings, "token" | "team" | "baseUrl" | "model"> {
  readonly token?: Config.Config<Redacted.Redacted> | undefined
  readonly team?: Config.Config<string> | undefined
  readonly baseUrl?: Config.Config<string> | undefined
  readonly model?: Config.Config<string> | undefined
}

/**
 * What distinguishes a kind of deployment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kind {
  /** The name in errors and spans. */
  readonly name: string
  readonly defaultBaseUrl: string
  /** The path between origin and prefix: `"/serverless"`, `"/dedicated"` or `""`. */
  readonly product: string
  readonly needsToken: boolean
  /** Whether a request without a model is a mistake. */
  readonly needsModel: boolean
  /** Whether `X-Friendli-Team` means something here. */
  readonly hasTeams: boolean
}

/**
 * A deployment whose settings have been checked.
 *
 * @category models
 * @since 0.1.0
 */
export interface Deployment extends Kind {
  readonly baseUrl: string
  readonly token: Option.Option<Redacted.Redacted>
  readonly model: string | undefined
  readonly options: RequestOptions
}

const invalid = (setting: string, message: string) => Either.left(ConfigError.InvalidData([setting], message))

/** RFC 6750: the characters that a bearer token can have. Anything else would break, or forge, a header. */
const bearerToken = /^[\x21-\x7e]+$/

const checkToken = (
  input: Redacted.Redacted | string | undefined
): Either.Either<Option.Option<Redacted.Redacted>, ConfigError.ConfigError> => {
  if (input === undefined) return Either.right(Option.none())
  const token = (Redacted.isRedacted(input) ? Redacted.value(input) : input).trim().replace(/^bearer(?:\s+|$)/i, "")
  if (token === "") return invalid("token", "the token is empty; create one in Friendli Suite under personal settings")
  return bearerToken.test(token)
    ? Either.right(Option.some(Redacted.make(token)))
    : invalid(
        "token",
        "the token holds a space, a line break or another character that no header can carry; was it copied whole?"
      )
}

/**
 * Checks settings. Fails with a `ConfigError` that names the setting and never repeats the token.
 *
 * **When to use**: for a deployment of your own kind (a gateway with other paths); `Serverless`, `Dedicated` and `Container` do it
 * for you.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Deployment } from "effect-friendli"
 *
 * const gateway: Deployment.Kind = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", product: "/friendli", needsToken: true, needsModel: true, hasTeams: false
 * }
 * Effect.runPromise(Deployment.make(gateway, { token: "flp_example" })).then((deployment) => console.log(deployment.baseUrl))
 * // => https://llm.example.com
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (kind: Kind, settings: Settings): Effect.Effect<Deployment, ConfigError.ConfigError> =>
  Effect.suspend(() => {
    const { baseUrl: baseUrlInput, model, token: tokenInput, ...options } = settings
    const token = checkToken(tokenInput)
    if (Either.isLeft(token)) return Effect.fail(token.left)
    if (kind.needsToken && Option.isNone(token.right)) {
      return Effect.fail(ConfigError.MissingData(["token"], `the ${kind.name} deployment needs a token`))
    }
    const baseUrl = normalizeBaseUrl(baseUrlInput ?? kind.defaultBaseUrl)
    if (!baseUrl.ok) return Effect.fail(ConfigError.InvalidData(["baseUrl"], baseUrl.message))
    if (model !== undefined && model.trim() === "") {
      return Effect.fail(
        ConfigError.InvalidData(["model"], "the model is empty; leave it out where calls name their own")
      )
    }
    const issue = optionIssues(options)[0]
    if (issue !== undefined) return Effect.fail(ConfigError.InvalidData(issue.path.map(String), issue.message))
    return Effect.succeed({ ...kind, baseUrl: baseUrl.url, token: token.right, model, options })
  })

/** An empty variable counts as missing: `FRIENDLI_TEAM= program` means no team. */
const variable = (name: string): Config.Config<string> =>
  Config.mapOrFail(Config.string(name), (value) =>
    value.trim() === "" ? Either.left(ConfigError.MissingData([name], `${name} is empty`)) : Either.right(value)
  )

/** `Config.redacted` would hide the name of the variable along with its value. */
const secretVariable = (name: string) => Config.map(variable(name), (value) => Redacted.make(value))

const tokenFromEnvironment = Config.orElseIf(secretVariable("FRIENDLI_TOKEN"), {
  if: ConfigError.isMissingDataOnly,
  orElse: () => secretVariable("FRIENDLI_BEARER_AUTH")
})

/**
 * Reads settings from `Config` and checks them, as `layerConfig` of each deployment does.
 *
 * @example
 * ```ts
 * import { ConfigProvider, Effect } from "effect"
 * import { Deployment } from "effect-friendli"
 *
 * const kind: Deployment.Kind = {
 *   name: "gateway", defaultBaseUrl: "https://llm.example.com", product: "", needsToken: true, needsModel: false, hasTeams: true
 * }
 * const environment = ConfigProvider.fromMap(new Map([["FRIENDLI_TOKEN", "flp_example"], ["FRIENDLI_TEAM", "research"]]))
 * Effect.runPromise(Effect.withConfigProvider(Deployment.makeConfig(kind), environment)).then((it) => console.log(it.options.team))
 * // => research
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeConfig = (
  kind: Kind,
  settings: ConfigSettings = {}
): Effect.Effect<Deployment, ConfigError.ConfigError> => {
  const { baseUrl, model, team, token, ...options } = settings
  const tokenConfig = token ?? tokenFromEnvironment
  return Effect.flatMap(
    Config.all({
      token: kind.needsToken ? Config.map(tokenConfig, Option.some) : Config.option(tokenConfig),
      team: Config.option(team ?? variable("FRIENDLI_TEAM")),
      baseUrl: Config.option(baseUrl ?? variable("FRIENDLI_BASE_URL")),
      model: model === undefined ? Config.succeed(Option.none<string>()) : Config.map(model, Option.some)
    }),
    (read) =>
      make(kind, {
        ...options,
        token: Option.getOrUndefined(read.token),
        team: Option.getOrUndefined(read.team),
        baseUrl: Option.getOrUndefined(read.baseUrl),
        model: Option.getOrUndefined(read.model)
      })
  )
}

/**
 * What all layers of a union give.
 *
 * @category models
 * @since 0.1.0
 */
export type Common<L extends Layer.Layer.Any> =
  Layer.Layer.Success<L> extends infer Capability
    ? Capability extends unknown
      ? [L] extends [Layer.Layer<Capability, unknown, unknown>]
        ? Capability
        : never
      : never
    : never

/**
 * A deployment that is chosen at run time: the layer has what all the candidates have.
 *
 * **When to use**: where a setting, a flag or a health check decides between deployments. `Layer.unwrapEffect` does the same for
 * deployments with the same capabilities; TypeScript does not find what different ones have in common by itself.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Config, Effect } from "effect"
 * import { Container, Deployment, Serverless, Tokens } from "effect-friendli"
 *
 * const Deployed = Deployment.choose(
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
 *
 * @category layers
 * @since 0.1.0
 */
export const choose = <L extends Layer.Layer.Any, E, R>(
  choice: Effect.Effect<L, E, R>
): Layer.Layer<Common<L>, E | Layer.Layer.Error<L>, R | Layer.Layer.Context<L>> =>
  // every candidate gives at least what all of them give
  Layer.unwrapEffect(choice as Effect.Effect<never, E, R>)
