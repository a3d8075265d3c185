import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"
import type { Scenario } from "./Scenario.js"

const programs: Readonly<Record<string, { readonly title: string; readonly program: string }>> = {
  ours: {
    title: "ours: one streaming chat call",
    program: `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Serverless from "effect-friendli/Serverless"

Chat.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }).pipe(
  Stream.runForEach((chunk) => Effect.sync(() => console.log(chunk.choices[0]?.delta.content))),
  Effect.provide(Layer.provide(Chat.layer, Serverless.layerClient({ token: "token" }))),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)`
  },
  deployment: {
    title: "ours, the same call over the whole deployment",
    program: `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chat from "effect-friendli/Chat"
import * as Serverless from "effect-friendli/Serverless"

Chat.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }).pipe(
  Stream.runForEach((chunk) => Effect.sync(() => console.log(chunk.choices[0]?.delta.content))),
  Effect.provide(Serverless.layer({ token: "token" })),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)`
  },
  barrel: {
    title: "ours, the same call from the index",
    program: `
import { FetchHttpClient } from "@effect/platform"
import { Effect, Stream } from "effect"
import { Chat, Serverless } from "effect-friendli"

Chat.stream({ model: "meta-llama-3.1-8b-instruct", messages: [{ role: "user", content: "Hello!" }] }).pipe(
  Stream.runForEach((chunk) => Effect.sync(() => console.log(chunk.choices[0]?.delta.content))),
  Effect.provide(Serverless.layer({ token: "token" })),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)`
  },
  openai: {
    title: "openai: one streaming chat call",
    program: `
import OpenAI from "openai"

const client = new OpenAI({ apiKey: "token", baseURL: "https://api.friendli.ai/serverless/v1" })
const messages = [{ role: "user", content: "Hello!" }]
const stream = await client.chat.completions.create({ model: "meta-llama-3.1-8b-instruct", messages, stream: true })
for await (const chunk of stream) console.log(chunk.choices[0]?.delta.content)`
  },
  "ai-sdk": {
    title: "@friendliai/ai-provider with ai: one streaming chat call",
    program: `
import { createFriendli } from "@friendliai/ai-provider"
import { streamText } from "ai"

const friendli = createFriendli({ apiKey: "token" })
const { textStream } = streamText({ model: friendli("meta-llama-3.1-8b-instruct"), prompt: "Hello!" })
for await (const text of textStream) console.log(text)`
  },
  http: {
    title: "baseline: Effect and FetchHttpClient, one GET",
    program: `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"

HttpClient.get("https://example.com").pipe(
  Effect.flatMap((response) => response.text),
  Effect.map((text) => console.log(text)),
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)`
  },
  stream: {
    title: "baseline: Effect and Stream alone",
    program: `
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

Stream.make(1, 2, 3).pipe(
  Stream.runForEach((number) => Effect.sync(() => console.log(number))),
  Effect.runPromise
)`
  }
}

const kilobytes = (code: string | Uint8Array): number => gzipSync(code, { level: 9 }).length / 1024

const withEsbuild = async (entry: string): Promise<number> => {
  const result = await Esbuild.build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error"
  })
  return kilobytes(result.outputFiles[0]!.contents)
}

const withRolldown = async (entry: string): Promise<number> => {
  const bundle = await rolldown({ input: entry, platform: "browser", logLevel: "silent" })
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false })
  await bundle.close()
  return kilobytes(output.map((part) => (part.type === "chunk" ? part.code : "")).join("\n"))
}

export const bundles: Scenario = {
  name: "bundle",
  title: "Size in a browser",
  about: "Programs bundled for a browser, minified, after gzip (1 KB = 1,024 bytes).",
  columns: [
    { figure: "esbuild", title: "esbuild KB", digits: 1 },
    { figure: "rolldown", title: "rolldown KB", digits: 1 }
  ],
  subjects: Object.entries(programs).map(([name, { title }]) => ({ name, title })),
  rounds: { quick: 1, full: 1 },
  measure: async (subject, harness) => {
    const entry = Path.join(harness.folder, `bundle-${subject}.js`)
    Fs.writeFileSync(entry, programs[subject]!.program)
    return { esbuild: await withEsbuild(entry), rolldown: await withRolldown(entry) }
  }
}
