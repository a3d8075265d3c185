/**
 * What the tests over the mock `HttpClient` share.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Chunk from "effect/Chunk"
import type * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type * as Container from "effect-friendli/Container"
import type * as Dedicated from "effect-friendli/Dedicated"
import * as Deployment from "effect-friendli/Deployment"
import type { ChatRequest } from "effect-friendli/schema/ChatRequest"
import * as Retry from "effect-friendli/Retry"
import * as Serverless from "effect-friendli/Serverless"
import { MockHttpClient } from "effect-friendli/testing"

export const token = "flp_A1b2C3d4E5f6G7h8"

/** Its words are in no message of the SDK, so that scrubbing it away changes nothing else. */
export const prompt = "Why do zebras yawn at quokkas?"

export const request: ChatRequest = { messages: [{ role: "user", content: prompt }] }

export type Mocked = Serverless.Capabilities | HttpClient.HttpClient | MockHttpClient.MockHttpClient

/** What every deployment has. */
export type Everywhere = Extract<Extract<Serverless.Capabilities, Dedicated.Capabilities>, Container.Capabilities>

/** Any deployment, as a program that runs on all of them sees it. */
export type Deployed = Layer.Layer<Everywhere, ConfigError.ConfigError, HttpClient.HttpClient>

/** A serverless deployment with a default model over a scripted client. */
export const serverless = (
  script: MockHttpClient.Script,
  settings?: Partial<Deployment.Settings>
): Layer.Layer<Mocked, ConfigError.ConfigError> =>
  Serverless.layer({ token, model: "default-model", ...settings }).pipe(
    Layer.provideMerge(MockHttpClient.layer(script))
  )

/** The layers around the operations of a deployment. */
export type Guarding = Layer.Layer<never, ConfigError.ConfigError>

/** A serverless deployment with such layers, over a scripted client. It tries once. */
export const guarded = (guard: Guarding, script: MockHttpClient.Script, settings?: Partial<Deployment.Settings>) =>
  Serverless.layer({ token, model: "m", retry: Retry.never, ...settings }).pipe(
    Layer.provide(guard),
    Layer.provideMerge(MockHttpClient.layer(script))
  )

/** Any deployment over a scripted client. */
export const over =
  (script: MockHttpClient.Script) =>
  <A, E>(deployment: Layer.Layer<A, E, HttpClient.HttpClient>) =>
    Layer.provideMerge(deployment, MockHttpClient.layer(script))

export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

/** Every element that came, and the error that came after them. */
export const untilFailure = <A, E, R>(
  stream: Stream.Stream<A, E, R>
): Effect.Effect<{ readonly elements: ReadonlyArray<A>; readonly error: E | undefined }, never, R> =>
  Effect.suspend(() => {
    const elements: Array<A> = []
    return Stream.runForEach(stream, (element) => Effect.sync(() => void elements.push(element))).pipe(
      Effect.match({
        onFailure: (error) => ({ elements, error }),
        onSuccess: () => ({ elements, error: undefined })
      })
    )
  })

/** Runs an effect while the test clock moves on by `time`, and waits for it. */
export const during = <A, E, R>(effect: Effect.Effect<A, E, R>, time: Duration.DurationInput): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(time)
    return yield* Fiber.join(fiber)
  })

/** The longest waits that jitter allows: each factor is 1. */
export const withoutJitter = Effect.withRandom(Random.fixed([1]))

/** When each attempt was sent, from the first one. */
export const attempts: Effect.Effect<ReadonlyArray<number>, never, MockHttpClient.MockHttpClient> = Effect.map(
  MockHttpClient.requests,
  (requests) => requests.map((sent) => sent.at - requests[0]!.at)
)

export const field = (json: unknown, name: string): unknown => (json as Record<string, unknown>)[name]

export const withEnvironment = (environment: Readonly<Record<string, string>>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))

/** A deployment whose settings are read from variables. */
export const fromEnvironment = (
  kind: Deployment.Definition,
  environment: Readonly<Record<string, string>>,
  settings?: Deployment.ConfigSettings
) => withEnvironment(environment)(Deployment.makeConfig(kind, settings))
