/**
 * Answers and streams of messages that lack any other field.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type * as Messages from "effect-friendli/Messages"
import { events, fold, missing, pathsOf, withValue } from "./missingMessages.support.js"

const certain = ({ content }: { readonly content: Messages.MessagesResponse["content"] }): unknown =>
  content.map((block) =>
    block.type === "tool_use"
      ? [block.name, block.input]
      : block.type === "text"
        ? block.text
        : block.type === "thinking"
          ? block.thinking
          : block
  )

describe("a streamed answer", () => {
  const paths = (value: unknown, at: string): ReadonlyArray<string> =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) => [`${at}${key}`, ...paths(child, `${at}${key}.`)])
      : []

  /** All that has to be there; whatever else is left out changes nothing of the text, the thinking and the calls. */
  const required = new Set([
    "content_block_start content_block",
    "content_block_start content_block.type",
    "content_block_start content_block.name",
    "content_block_delta delta",
    "content_block_delta delta.type",
    "content_block_delta delta.text",
    "content_block_delta delta.thinking",
    "content_block_delta delta.partial_json",
    "content_block_delta delta.signature"
  ])

  it("may lack everything else, wherever it is", async () => {
    const whole = Either.getOrThrow(await fold(events))
    const seen = new Set<string>()
    for (const [at, event] of events.entries()) {
      for (const path of paths(event, "")) {
        if (path === "type") continue
        for (const by of [missing, null]) {
          const result = await fold(events.map((each, index) => (index === at ? withValue(each, path, by) : each)))
          const name = `${String(event["type"])} ${path}`
          if (Either.isLeft(result)) {
            assert.isTrue(required.has(name), name)
            assert.deepStrictEqual(pathsOf(result.left), [path])
            seen.add(name)
          } else {
            assert.isFalse(required.has(name), name)
            assert.deepStrictEqual(certain(result.right), certain(whole), name)
          }
        }
      }
    }
    assert.deepStrictEqual([...seen].toSorted(), [...required].toSorted())
  })
})
