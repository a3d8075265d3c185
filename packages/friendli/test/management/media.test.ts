/** What samples refer to, and how it is replaced. */
import { assert, describe, it } from "@effect/vitest"
import type { Sample } from "effect-friendli/schema/Sample"
import {
  lastSegmentOf,
  nameOf,
  readDataUrl,
  referencesIn,
  schemeOf,
  staysInside,
  withUrls
} from "../../src/management/media.js"

const sample = {
  id: 7,
  messages: [
    { role: "system", content: "Look." },
    {
      role: "user",
      name: "ann",
      content: [
        { type: "text", text: "What are they?" },
        { type: "image", image: "a.png", detail: "high" },
        { type: "image_url", image_url: "b.png", detail: "low" },
        { type: "image_url", image_url: { url: "c.png", detail: "low" } },
        { type: "audio_url", audio_url: { url: "d.wav", format: "wav" } },
        { type: "video_url", video_url: { url: "e.mp4" } }
      ]
    },
    { role: "user", content: "a.png" },
    { role: "assistant", content: "Cats." }
  ]
} as Sample

describe("references", () => {
  it("are those of user messages, with their places", () => {
    assert.deepStrictEqual(
      referencesIn(sample, 3).map(({ kind, line, path, url }) => [kind, url, line, path.join(".")]),
      [
        ["image", "a.png", 3, "messages.1.content.1"],
        ["image", "b.png", 3, "messages.1.content.2"],
        ["image", "c.png", 3, "messages.1.content.3"],
        ["audio", "d.wav", 3, "messages.1.content.4"],
        ["video", "e.mp4", 3, "messages.1.content.5"]
      ]
    )
  })

  it("are replaced where another URL is known; images get the form that the API stores, and all else stays", () => {
    const urls = new Map(
      referencesIn(sample, 1)
        .slice(0, 4)
        .map(({ url }) => [url, `s3://b/${url}`] as const)
    )
    const before = JSON.stringify(sample)
    assert.deepStrictEqual<unknown>(withUrls(sample, urls), {
      id: 7,
      messages: [
        { role: "system", content: "Look." },
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "What are they?" },
            { type: "image", image: "s3://b/a.png", detail: "high" },
            { detail: "low", type: "image", image: "s3://b/b.png" },
            { type: "image", image: "s3://b/c.png" },
            { type: "audio_url", audio_url: { url: "s3://b/d.wav", format: "wav" } },
            { type: "video_url", video_url: { url: "e.mp4" } }
          ]
        },
        { role: "user", content: "a.png" },
        { role: "assistant", content: "Cats." }
      ]
    })
    assert.strictEqual(JSON.stringify(sample), before)
  })
})

describe("URLs", () => {
  it("have a scheme, and names of files have none", () => {
    assert.strictEqual(schemeOf("HTTPS://a"), "https")
    assert.strictEqual(schemeOf("data:image/png;base64,"), "data")
    for (const name of ["a.png", "dir/a:b.png", "C:\\a.png", "", ":a"]) assert.isUndefined(schemeOf(name), name)
  })

  it("of data have a type and bytes in base64", () => {
    assert.deepStrictEqual(readDataUrl("data:image/png;base64,AAEC"), {
      type: "image/png",
      bytes: Uint8Array.of(0, 1, 2)
    })
    assert.deepStrictEqual(readDataUrl("DATA:audio/wav;codecs=1;BASE64,"), {
      type: "audio/wav",
      bytes: new Uint8Array(0)
    })
    for (const url of ["data:image/png,AAEC", "data:image/png;base64", "data:image/png;base64,*", "https://a"]) {
      assert.isUndefined(readDataUrl(url), url)
    }
  })

  it("give names", () => {
    assert.strictEqual(nameOf("image", "image/png"), "image.png")
    assert.strictEqual(nameOf("audio", "audio/x-wav"), "audio.wav")
    assert.strictEqual(nameOf("image", "image/svg+xml"), "image.svg")
    assert.strictEqual(nameOf("video", ""), "video")
    assert.strictEqual(lastSegmentOf("https://a/b/c.png?d=e/f"), "c.png")
    assert.isUndefined(lastSegmentOf("https://a/b/"))
  })

  it("stay inside a folder, or not", () => {
    for (const name of ["a.png", "b/a.png", "b/..a.png", "./a.png"]) assert.isTrue(staysInside(name), name)
    for (const name of ["", "/a", "\\a", "../a", "a/../../b", "a\\..\\b", "C:/a", "c:a", "a\0b"]) {
      assert.isFalse(staysInside(name), JSON.stringify(name))
    }
  })
})
