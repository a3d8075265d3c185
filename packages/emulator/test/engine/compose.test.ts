/**
 * Composed answers: they are on the subject, in the form and of the length that the prompt asks for.
 */
import { describe, expect, it } from "vitest"
import type { ChatMessage } from "../../src/engine/chatTemplate.js"
import { composeText } from "../../src/engine/compose/compose.js"
import { topicOf, withParticle } from "../../src/engine/compose/topic.js"
import { makeRandom } from "../../src/engine/random.js"
import { encode } from "../../src/engine/tokenizer.js"

const answer = (content: string, seed = 1, room = 512, system?: string): string => {
  const messages: ReadonlyArray<ChatMessage> = [
    ...(system === undefined ? [] : [{ role: "system", content: system }]),
    { role: "user", content }
  ]
  return composeText({ messages, random: makeRandom(seed), room })
}

const words = (text: string): number => text.split(/\s+/u).length

describe("subjects", () => {
  it.each([
    ["What is Kubernetes?", "Kubernetes"],
    ["Write a long essay about the history of tea.", "the history of tea"],
    ["Explain photosynthesis to me in one sentence.", "photosynthesis"],
    ["Give me 3 tips for learning Korean", "learning Korean"],
    ["Make a table of planets with columns name and size", "planets"],
    ["Compare Python and Rust in a table", "Python and Rust"],
    ["How does a compiler work?", "compiler"],
    ["How do I make kimchi?", "make kimchi"],
    ["Write an article of 2000 words about bicycles.", "bicycles"],
    ["What can I do in Seoul in two days?", "Seoul"],
    ["Is TypeScript good for beginners?", "TypeScript"],
    ["김치에 대해 알려줘", "김치"],
    ["커피의 역사에 대한 긴 에세이를 써줘", "커피의 역사"]
  ])("%s: %s", (prompt, topic) => expect(topicOf(prompt)).toBe(topic))

  it.each(["Kubernetes", "sourdough bread", "the printing press", "bicycles"])(
    "are in every kind of answer: %s",
    (topic) => {
      for (const prompt of [
        `Tell me about ${topic}`,
        `Explain ${topic} in one sentence.`,
        `List five tips for ${topic}`,
        `Write a poem about ${topic}`,
        `Write a story about ${topic}`,
        `Write an email about ${topic}`,
        `Write a detailed report about ${topic}`
      ]) {
        for (const seed of [1, 2, 3]) expect(answer(prompt, seed).toLowerCase(), prompt).toContain(topic.toLowerCase())
      }
    }
  )
})

describe("forms", () => {
  it("lists have as many items as asked for", () => {
    expect(answer("List five tips for learning Korean").match(/^\d\. \*\*.+\*\*: .+\.$/gmu)).toHaveLength(5)
    expect(answer("Give me bullet points about tea").match(/^- \*\*/gmu)?.length).toBeGreaterThan(2)
    expect(answer("커피의 장점 세 가지를 알려줘").match(/^\d\. /gmu)).toHaveLength(3)
    expect(answer("List 4 fruits")).toContain("4. cherry")
    expect(answer("How do I bake a cake?")).toMatch(/^1\. .+\n2\. /mu)
  })

  it("tables are valid markdown with the columns asked for", () => {
    for (const prompt of [
      "Compare Python, Rust and Go in a table",
      "Make a table of planets with columns name, size and distance",
      "A table about tea please",
      "Python과 Rust를 표로 비교해줘"
    ]) {
      const rows = answer(prompt)
        .split("\n")
        .filter((line) => line.startsWith("|"))
      expect(rows[1]).toMatch(/^\|(?: --- \|)+$/u)
      expect(rows.length).toBeGreaterThan(4)
      expect(new Set(rows.map((row) => row.split("|").length)).size).toBe(1)
    }
    expect(answer("Make a table of planets with columns name, size and distance")).toContain(
      "| Name | Size | Distance |"
    )
    expect(answer("Compare Python, Rust and Go in a table")).toContain("| Aspect | Python | Rust | Go |")
  })

  it("code is in a block of its language, and known tasks run", () => {
    for (const [prompt, mark] of [
      ["Write a Python function that reverses a string", "python"],
      ["Write a TypeScript function that parses dates", "typescript"],
      ["Give me a SQL query for the best customers", "sql"],
      ["Show me a Go program that trims lines", "go"],
      ["Write Rust code to trim lines", "rust"],
      ["파이썬으로 피보나치 함수를 작성해줘", "python"]
    ] as const) {
      expect(answer(prompt), prompt).toMatch(new RegExp(`^\`\`\`${mark}\\n[\\s\\S]+?\\n\`\`\`$`, "mu"))
    }
    for (const task of ["reverses a string", "computes the factorial", "checks prime numbers", "checks a palindrome"]) {
      const code = /```javascript\n([\s\S]+?)```/u.exec(answer(`Write a JavaScript function that ${task}`))?.[1] ?? ""
      expect(() => new Function("console", code)({ log: () => undefined }), code).not.toThrow()
    }
  })

  it("Korean prompts get Korean, and emoji come when asked for", () => {
    for (const prompt of [
      "안녕하세요",
      "김치에 대해 알려줘",
      "봄에 대한 시를 써줘",
      "바다 이야기를 써줘",
      "12 더하기 30은?"
    ]) {
      const text = answer(prompt)
      expect(text.match(/\p{Script=Hangul}/gu)?.length ?? 0, text).toBeGreaterThan(2)
    }
    expect(answer("Tell me about tea in Korean")).toMatch(/\p{Script=Hangul}{2}/u)
    expect(answer("Tell me about the sea with emojis")).toMatch(/\p{Extended_Pictographic}/u)
    expect(answer("Tell me about the sea")).not.toMatch(/\p{Extended_Pictographic}/u)
    expect(answer("Tell me about tea", 1, 512, "Always use emojis.")).toMatch(/\p{Extended_Pictographic}/u)
    expect([withParticle("차", "은", "는"), withParticle("책", "은", "는")]).toEqual(["차는", "책은"])
  })
})

describe("lengths", () => {
  it("a number of words, sentences and paragraphs is kept", () => {
    for (const count of [30, 50, 200, 2000]) {
      const text = answer(`Write ${count} words about tea`, 1, 8000)
      expect(Math.abs(words(text) - count)).toBeLessThan(Math.max(12, count * 0.1))
    }
    expect(answer("Explain tea in one sentence").match(/[.!?](?:\s|$)/gu)).toHaveLength(1)
    expect(answer("Describe tea in three sentences").match(/[.!?](?:\s|$)/gu)).toHaveLength(3)
    expect(answer("Write two paragraphs about tea").split("\n\n")).toHaveLength(2)
  })

  it("a long answer takes most of the room and ends with its conclusion", () => {
    for (const room of [500, 2000, 4000]) {
      for (const prompt of ["Write a long essay about the history of tea.", "커피의 역사에 대해 길게 써줘"]) {
        const text = answer(prompt, 1, room)
        const { length } = encode(text)
        expect(length).toBeLessThanOrEqual(room)
        expect(length).toBeGreaterThan(room * 0.6)
        expect(text).toMatch(/^# .+\n\n## /u)
        expect(text).toMatch(/^## (?:Conclusion|맺음말)$/mu)
      }
    }
  })
})

describe("what is known or given", () => {
  it.each([
    ["Hello!", /^Hello! How can I help you/u],
    ["Why is the sky blue?", /scatters blue light/u],
    ["Can you tell me why the sky is blue?", /scatters blue light/u],
    ["What is the capital of Norway?", /^The capital of Norway is Oslo\.$/u],
    ["What is 12*45+6?", /^12\*45\+6 = 546\.$/u],
    [`Say "banana"`, /^banana$/u],
    ["Reply with only OK", /^OK$/u],
    ["Count from 1 to 5", /^1, 2, 3, 4, 5$/u],
    ["Translate good morning to French", /bonjour/u],
    ["Classify the sentiment as positive or negative: I love this phone", /^positive$/u],
    [
      "Summarize: The harbour was closed on Monday because of a storm. Boats stayed. On Tuesday the harbour was open again.",
      /^The harbour was closed on Monday because of a storm\./u
    ]
  ])("%s", (prompt, expected) => expect(answer(prompt)).toMatch(expected))

  it("a name that was told is remembered", () => {
    const messages = [
      { role: "user", content: "Hi, my name is Ada." },
      { role: "assistant", content: "Hello!" },
      { role: "user", content: "What is my name?" }
    ]
    expect(composeText({ messages, random: makeRandom(1), room: 100 })).toBe("Your name is Ada.")
  })
})

it("the same seed gives the same text, and other seeds give others", () => {
  for (const prompt of ["Tell me about tea", "List five tips for tea", "Write a story about tea"]) {
    const texts = Array.from({ length: 8 }, (_, seed) => answer(prompt, seed))
    expect(Array.from({ length: 8 }, (_, seed) => answer(prompt, seed))).toEqual(texts)
    expect(new Set(texts).size).toBeGreaterThan(2)
  }
})
