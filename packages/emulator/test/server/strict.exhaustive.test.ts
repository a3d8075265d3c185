/**
 * No golden vector has a field that a strict emulator refuses.
 */
import { index, json, type Json } from "effect-friendli-vectors"
import { describe, expect, it } from "vitest"
import { makeEmulator } from "../../src/Emulator.js"
import { base, deployments, post } from "../support.js"
import { origin } from "./strict.support.js"

describe("the full requests of the vectors", () => {
  const inference = [
    "chat",
    "completions",
    "messages",
    "responses",
    "chat_render",
    "token",
    "embeddings",
    "classification"
  ]
  const files = deployments.flatMap((deployment) =>
    Object.entries(index.operations)
      .filter(([name]) => name.startsWith(`${deployment}.`) && inference.includes(name.split(".")[1]!))
      .flatMap(([, operation]) => Object.entries(operation.files))
      .filter(([name, { kind }]) => kind === "json" && name.includes(".request"))
      .map(([name, { schema }]) => [name, schema!, deployment] as const)
  )

  it("have no field that a strict emulator refuses", async () => {
    expect(files.length).toBeGreaterThan(60)
    for (const [name, , deployment] of files) {
      const [, area, action] = name.split(".")
      const path = {
        chat: "/chat/completions",
        completions: "/completions",
        messages: "/messages",
        responses: "/responses",
        chat_render: "/chat/render",
        token: `/${action}`,
        embeddings: "/embeddings",
        classification: undefined
      }[area!]
      const url =
        path === undefined
          ? `${origin}${deployment === "dedicated" ? "/dedicated" : ""}/classify`
          : `${origin}${base[deployment]}${path}`
      const emulator = makeEmulator({ strict: true })
      const response = await post(emulator.fetch, url, json<Json>(name))
      expect([name, (await response.text()).includes("Extra inputs"), emulator.requests[0]?.unknownFields]).toEqual([
        name,
        false,
        []
      ])
    }
  })
})
