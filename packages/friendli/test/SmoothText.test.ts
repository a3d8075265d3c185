/**
 * Smoothed text: what is released, when, and in which order.
 */
import { assert, describe } from "@effect/vitest"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as ChatStream from "effect-friendli/ChatStream"
import * as SmoothText from "effect-friendli/SmoothText"
import { Wire } from "effect-friendli/testing"
import { it } from "./it.js"
import { collect, during } from "./support.js"

/** Elements at their times. */
const arriving = <A>(
  ...elements: ReadonlyArray<readonly [after: Duration.DurationInput, element: A]>
): Stream.Stream<A> =>
  Stream.fromIterable(elements).pipe(Stream.mapEffect(([after, element]) => Effect.as(Effect.sleep(after), element)))

/** What came, with the time of each since the beginning, and the time of the end. */
const timed = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const seen: Array<readonly [at: number, element: A]> = []
    yield* Stream.runForEach(stream, (element) =>
      Effect.map(Clock.currentTimeMillis, (at) => void seen.push([at - begun, element]))
    )
    return { seen, end: (yield* Clock.currentTimeMillis) - begun }
  })

const pieces = (options: SmoothText.Options, ...texts: ReadonlyArray<string>) =>
  during(collect(SmoothText.text(Stream.fromIterable(texts), options)), "10 seconds")

describe("pieces", () => {
  it.effect("are words, wherever the text was cut", () =>
    Effect.gen(function* () {
      const whole = ["Hello", ",", " ", "world", "!"]
      assert.deepStrictEqual(yield* pieces({}, "Hello, world!"), whole)
      assert.deepStrictEqual(yield* pieces({}, "Hel", "lo, wo", "rld", "!"), whole)
      assert.deepStrictEqual(yield* pieces({}, "", "a", ""), ["a"])
    })
  )

  it.effect("are whole Korean, Chinese and Japanese words", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* pieces({ locale: "ko" }, "서울", "에서 만", "나요."), [
        "서울에서",
        " ",
        "만나요",
        "."
      ])
      for (const [locale, text] of [
        ["ja", "私は東京に住んでいます。"],
        ["zh", "我住在北京。"]
      ] as const) {
        const parts = yield* pieces({ locale }, ...text)
        assert.strictEqual(parts.join(""), text)
        assert.isAbove(parts.length, 3)
      }
    })
  )

  it.effect("are graphemes that are never cut: accents, flags, families", () =>
    Effect.gen(function* () {
      const text = "e\u0301👩‍👩‍👧🇰🇷각"
      const expected = ["e\u0301", "👩‍👩‍👧", "🇰🇷", "각"]
      assert.deepStrictEqual(yield* pieces({ by: "grapheme" }, ...text.split("")), expected)
      assert.deepStrictEqual(yield* pieces({ by: "grapheme" }, text), expected)
    })
  )
})

describe("the pace", () => {
  it.effect("is even while text waits: a burst is spread", () =>
    Effect.gen(function* () {
      const burst = Array.from({ length: 10 }, (_, at) => `w${at} `).join("")
      const { seen } = yield* during(
        timed(
          SmoothText.text(arriving([0, burst], ["2 seconds", "end "]), { lag: "300 millis", maxDelay: "50 millis" })
        ),
        "5 seconds"
      )
      const times = seen.flatMap(([at, piece]) => (piece.trim() === "" || piece === "end" ? [] : [at]))
      assert.lengthOf(times, 10)
      assert.strictEqual(times[0], 0)
      const gaps = times.slice(1).map((at, index) => at - times[index]!)
      for (const gap of gaps) {
        assert.isAtLeast(gap, 16)
        assert.isAtMost(gap, 50)
      }
      assert.isAtMost(times.at(-1)!, 500)
    })
  )

  it.effect("keeps up with a source of any speed", () =>
    Effect.gen(function* () {
      for (const perSecond of [5, 50, 200]) {
        const words = perSecond
        const source = Stream.range(1, words).pipe(
          Stream.mapEffect((at) => Effect.as(Effect.sleep(1000 / perSecond), `w${at} `))
        )
        const { seen } = yield* during(timed(SmoothText.text(source, { lag: "300 millis" })), "5 seconds")
        // Each word is shown within twice the lag after it came.
        let shown = 0
        for (const [at, text] of seen) {
          if (text.trim() === "") continue
          shown++
          assert.isAtMost(at, (shown * 1000) / perSecond + 600)
        }
        assert.strictEqual(shown, words)
      }
    })
  )

  it.effect("ends within the lag after the source, however much waits", () =>
    Effect.gen(function* () {
      const text = "word ".repeat(2000)
      const { end, seen } = yield* during(timed(SmoothText.text(Stream.make(text), { lag: "200 millis" })), "5 seconds")
      assert.strictEqual(seen.map(([, piece]) => piece).join(""), text)
      assert.isAtMost(end, 250)
    })
  )

  it.effect("does not keep a word back for longer than the lag", () =>
    Effect.gen(function* () {
      const { seen } = yield* during(
        timed(SmoothText.text(arriving([0, "Hel"], ["10 seconds", "lo"]), { lag: "300 millis" })),
        "20 seconds"
      )
      assert.deepStrictEqual(seen, [
        [300, "Hel"],
        [10_000, "lo"]
      ])
    })
  )
})

describe("the order", () => {
  it.effect("is that of the source, and what is no text is not delayed by itself", () =>
    Effect.gen(function* () {
      type Element = string | { readonly n: number }
      const source = Stream.fromIterable<Element>(["one tw", { n: 1 }, { n: 2 }, "o three", { n: 3 }])
      const smooth = SmoothText.make(source, {
        split: (element) =>
          typeof element === "string"
            ? { text: element, piece: (text) => text, rest: undefined }
            : { text: "", piece: () => element, rest: element }
      })
      const seen = yield* during(collect(smooth), "5 seconds")
      assert.deepStrictEqual(seen, ["one", " ", "tw", { n: 1 }, { n: 2 }, "o", " ", "three", { n: 3 }])
    })
  )

  it.effect("puts a failure after the text before it", () =>
    Effect.gen(function* () {
      const source = Stream.concat(Stream.make("Hello wor"), Stream.fail("broken"))
      const seen: Array<string> = []
      const error = yield* during(
        Effect.flip(Stream.runForEach(SmoothText.text(source), (text) => Effect.sync(() => void seen.push(text)))),
        "5 seconds"
      )
      assert.strictEqual(error, "broken")
      assert.deepStrictEqual(seen, ["Hello", " ", "wor"])
    })
  )

  it.effect("of a chat keeps everything else: the folded answer is the same", () =>
    Effect.gen(function* () {
      const chunks = Wire.chatChunks("Hello there, how are you?", {
        reasoning: "They greet.",
        toolCalls: [Wire.toolCall("now", { zone: "KST" })]
      })
      const odd = [
        ...chunks.slice(0, 3),
        { choices: [{ index: 0, delta: { content: " In one" }, finish_reason: "stop" }], usage: Wire.usage(1, 2) },
        {
          choices: [
            { index: 0, delta: { content: "a" } },
            { index: 1, delta: { content: "b" } }
          ]
        },
        ...chunks.slice(3)
      ]
      for (const source of [chunks, odd]) {
        const plain = yield* ChatStream.fold(Stream.fromIterable(source))
        const smooth = yield* during(ChatStream.fold(SmoothText.chat(Stream.fromIterable(source))), "10 seconds")
        assert.deepStrictEqual(smooth, plain)
      }
    })
  )
})

describe("stopping", () => {
  it.effect("closes the source", () =>
    Effect.gen(function* () {
      let isClosed = false
      const source = Stream.concat(Stream.make("one two three"), Stream.never).pipe(
        Stream.ensuring(Effect.sync(() => (isClosed = true)))
      )
      const fiber = yield* Effect.fork(Stream.runDrain(SmoothText.text(source)))
      yield* TestClock.adjust("1 second")
      assert.isFalse(isClosed)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(isClosed)
    })
  )
})
