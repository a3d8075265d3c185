import { assert, describe, it } from "vitest"
import { make, partLength, runLength } from "../../src/internal/echoes.js"
import { dots, dotted, look, run, shown } from "./echoes.support.js"

/** The escape stands for the character: a run with the character in it is hidden where the escape is in its place. */
const isFound = (escape: string, character: string): void => {
  const after = "efghijk".slice(character.length - 1)
  for (const [before, behind] of [
    ["abcd", after],
    ["", `abcd${after}`],
    [`abcd${after}`, ""]
  ] as const) {
    const said = `${before}${escape}${behind}`
    assert.strictEqual(shown(said, `${before}${character}${behind}`), dots(said), said)
    // the places before and behind keep their places
    const around = `?!?${said}!?!`
    assert.strictEqual(shown(around, `${before}${character}${behind}`), `?!?${dots(said)}!?!`, around)
  }
}

const isNotFound = (text: string, character: string): void => {
  const said = `abcd${text}efghijk`
  assert.strictEqual(shown(said, `abcd${character}efghijk`), said)
}

describe("escapes of JSON and of programming languages", () => {
  it.each([
    ["\\b", "\b"],
    ["\\f", "\f"],
    ["\\n", "\n"],
    ["\\r", "\r"],
    ["\\t", "\t"],
    ['\\"', '"'],
    ["\\'", "'"],
    ["\\\\", "\\"],
    ["\\/", "/"],
    ["\\\n", "\n"],
    ["\\q", "q"],
    ["\\N", "N"],
    ["\\u0041", "A"],
    ["\\u00e9", "é"],
    ["\\u00E9", "é"],
    ["\\uFffE", "\ufffe"],
    ["\\ud55c", "한"],
    ["\\ud83d\\udc4b", "👋"],
    ["\\ud83d", "\ud83d"],
    ["\\u{41}", "A"],
    ["\\u{9}", "\t"],
    ["\\u{1F44b}", "👋"],
    ["\\u{10ffff}", "\u{10ffff}"],
    ["\\u{000041}", "A"],
    ["\\x41", "A"],
    ["\\xe9", "é"],
    ["\\xE9", "é"],
    ["\\U00000041", "A"],
    ["\\U0001f44b", "👋"],
    ["\\U0001F44B", "👋"],
    ["\\U0010ffff", "\u{10ffff}"]
  ])("%s", (escape, character) => isFound(escape, character))

  it.each([
    ["\\u004", "A"],
    ["\\u004g", "A"],
    ["\\u{}", "\0"],
    ["\\u{0000041}", "A"],
    ["\\u{41", "A"],
    ["\\u41", "A"],
    ["\\x4", "\u0004"],
    ["\\xg1", "\u0001"],
    ["u0041", "A"],
    ["/n", "\n"],
    ["n", "\n"]
  ])("%s is not one, or another one", (text, character) => isNotFound(text, character))

  it("read four digits of a small u, eight of a capital one", () => {
    isFound("\\u004100", "A00")
    isFound("\\u00410000", "A0000")
    isFound("\\U000000410", "A0")
    isFound("\\U0041", "A")
    isFound("\\U00410042", "A0042")
    isFound("\\U00110000", "\u00110000")
    isFound("\\X41", "A")
  })

  it("are read up to four times", () => {
    let said = "abcd\nefghijk"
    for (let times = 1; times <= 4; times++) {
      said = JSON.stringify(said).slice(1, -1)
      assert.strictEqual(shown(said, "abcd\nefghijk"), dots(said), said)
    }
    said = JSON.stringify(said).slice(1, -1)
    assert.strictEqual(shown(said, "abcd\nefghijk"), said)
  })

  it("that are cut at the end stay as they are", () => {
    for (const cut of ["\\", "\\u", "\\u00", "\\x", "\\u{4", "%", "%4", "%e2%82", "&", "&am", "&amp", "&#6", "&#x"]) {
      assert.strictEqual(shown(`abcdefghijkl${cut}`, `abcdefghijkl`), `${dots("abcdefghijkl")}${cut}`)
      assert.strictEqual(shown(`\\n${cut}`, "abcdefghijkl"), `\\n${cut}`)
      // a text that looks like the cut escape itself
      assert.strictEqual(shown(`${cut}abcdefghijkl`, "abcdefghijkl").slice(-12), dots("abcdefghijkl"))
    }
    // the text before and behind an escape that means nothing
    assert.strictEqual(shown("\\u{110000}abcdefghijkl", "\\u{110000}abcdefghijkl"), dots("\\u{110000}abcdefghijkl"))
  })
})

describe("escapes of URLs", () => {
  it.each([
    ["+", " "],
    ["%20", " "],
    ["%41", "A"],
    ["%00", "\0"],
    ["%7f", "\x7f"],
    ["%7E", "~"],
    ["%2f", "/"],
    ["%2F", "/"],
    ["%C3%a9", "é"],
    ["%d0%9f", "П"],
    ["%DF%BF", "\u07ff"],
    ["%c2%80", "\u0080"],
    ["%ed%95%9c", "한"],
    ["%EF%BF%BD", "\ufffd"],
    ["%f0%9f%91%8b", "👋"],
    ["%F4%8f%bf%bf", "\u{10ffff}"]
  ])("%s", (escape, character) => isFound(escape, character))

  it.each([
    ["%4", "\u0004"],
    ["%4g", "\u0004"],
    ["%80", "\u0080"],
    ["%c3", "Ã"],
    ["%c3%29", "é"],
    ["%ed%95", "한"],
    ["%f0%9f%91", "👋"],
    ["%e9", "é"],
    ["41", "A"]
  ])("%s is not one, or another one", (text, character) => isNotFound(text, character))

  it("that encode no character stay as they are", () => {
    for (const text of ["%c0%80", "%e0%80%80", "%ed%a0%80", "%f5%80%80%80", "%f4%90%80%80"]) isFound(text, text)
  })

  it("are read once", () => {
    isFound("%2520", "%20")
    isNotFound("%2520", " ")
  })
})

describe("escapes of HTML", () => {
  it.each([
    ["&amp;", "&"],
    ["&apos;", "'"],
    ["&gt;", ">"],
    ["&lt;", "<"],
    ["&nbsp;", "\u00a0"],
    ["&quot;", '"'],
    ["&AMP;", "&"],
    ["&Quot;", '"'],
    ["&#39;", "'"],
    ["&#9;", "\t"],
    ["&#0000065;", "A"],
    ["&#54620;", "한"],
    ["&#128075;", "👋"],
    ["&#1114111;", "\u{10ffff}"],
    ["&#x27;", "'"],
    ["&#X27;", "'"],
    ["&#xe9;", "é"],
    ["&#xE9;", "é"],
    ["&#x9;", "\t"],
    ["&#x000041;", "A"],
    ["&#x1F44b;", "👋"]
  ])("%s", (escape, character) => isFound(escape, character))

  it.each([
    ["&amp", "&"],
    ["amp;", "&"],
    ["&;", "&"],
    ["&#;", "\0"],
    ["&#x;", "\0"],
    ["&#00000065;", "A"],
    ["&#x0000041;", "A"],
    ["&#6a;", "A"],
    ["&#4g;", "\u0004"],
    ["&#xg;", "\0"],
    ["&#65", "A"]
  ])("%s is not one", (text, character) => isNotFound(text, character))

  it("that are unknown, or have the number of no character, stay as they are", () => {
    for (const text of ["&copy;", "&#1114112;", "&#x110000;", "&toString;"]) isFound(text, text)
  })

  it("are read once", () => {
    isFound("&amp;amp;", "&amp;")
    isNotFound("&amp;amp;", "&")
  })
})

describe("escapes in one another", () => {
  it("are read from the outside: JSON, then a URL, then a page", () => {
    isFound("\\u002541", "A")
    isFound("\\u0026amp;", "&")
    isFound("%26amp%3b", "&")
    isFound("\\u002526lt\\u003b", "<")
    isFound("\\\\u002b", " ")
    // a page's escape around one of a URL is not read
    isNotFound("&#37;41", "A")
  })

  it("of several kinds may stand side by side, and each keeps its place", () => {
    const said = 'no: \\"what%20is\\n&lt;this&#62;\\u0021\\" and more'
    assert.strictEqual(
      shown(said, '"what is\n<this>!"'),
      "no: ··································· and more".replace(/·+/, dots(said.slice(4, -9)))
    )
    const far = `${"\\n".repeat(20)}abcdefghijkl${"&amp;".repeat(20)}mnopqrstuvwx${"\\t".repeat(5)}`
    assert.strictEqual(
      shown(far, "abcdefghijkl", "mnopqrstuvwx"),
      far.replace("abcdefghijkl", dots).replace("mnopqrstuvwx", dots)
    )
  })

  it("that become several characters are hidden whole, with half of them in a run", () => {
    assert.strictEqual(shown("abcdefghijk&#128075;!!!!", "abcdefghijk\ud83d"), `${dots("abcdefghijk&#128075;")}!!!!`)
    assert.strictEqual(shown("abcdefghijk&#128075;", "abcdefghijk\ud83d"), dots("abcdefghijk&#128075;"))
    assert.strictEqual(shown("!!!&#128075;abcdefghijk!", "\udc4babcdefghijk"), `!!!${dots("&#128075;abcdefghijk")}!`)
  })
})

describe("runs", () => {
  it("have 12 characters, and none is hidden before or behind", () => {
    assert.strictEqual(run.length, runLength)
    assert.strictEqual(shown(`<${run}>`, run), `<${dots(run)}>`)
    assert.strictEqual(shown(run, run), dots(run))
    assert.strictEqual(shown(run.slice(1), run), run.slice(1))
    assert.strictEqual(shown(`x${run.slice(1)}`, run), `x${run.slice(1)}`)
    assert.strictEqual(shown(`${run.slice(0, -1)}x`, run), `${run.slice(0, -1)}x`)
    assert.strictEqual(shown("", run), "")
    assert.strictEqual(shown(`a${run}wn`, `${run}wns`), `a${dots(run)}··`)
  })

  it("are found everywhere in the answer, in each of its texts", () => {
    assert.strictEqual(shown(`${run}-${run}, ${run}`, run), `${dots(run)}-${dots(run)}, ${dots(run)}`)
    const texts = ["a", `b ${run}`, "", `${run} c`]
    const found = make(texts)
    look(found, run)
    assert.strictEqual(found.hidden.length, texts.join("|").length + 1)
    assert.strictEqual(dotted(`${texts.join("|")}|`, found.hidden), `a|b ${dots(run)}||${dots(run)} c|`)
  })

  it("do not reach from one text or form into the next", () => {
    const found = make([run.slice(0, 6), run.slice(6)])
    for (const border of ["", "|", "\uffff"]) look(found, `${run.slice(0, 6)}${border}${run.slice(6)}`)
    assert.isFalse(found.hidden.includes(1))
    for (let at = 1; at < 12; at++) {
      const both = `${run.slice(0, at)}\uffff${run.slice(at)}`
      const parts = make([run.slice(0, at), run.slice(at)])
      look(parts, both)
      assert.isFalse(parts.hidden.includes(1), both)
    }
    // the first one that can begin behind a border
    const behind = make(["x", `${run}`, "x"])
    look(behind, run)
    assert.strictEqual(dotted(`x|${run}|x|`, behind.hidden), `x|${dots(run)}|x|`)
  })

  it("have a letter or a digit, or a character that is not ASCII", () => {
    for (const character of "09AZaz\u0080é한") {
      for (let at = 0; at < 12; at++) {
        const text = `${"-".repeat(at)}${character}${"-".repeat(11 - at)}`
        assert.strictEqual(shown(`<${text}>`, text), `<${dots(text)}>`, text)
      }
      assert.strictEqual(shown(`${character}${"-".repeat(12)}`, "-".repeat(12)), `${character}${"-".repeat(12)}`)
    }
    for (const character of "/:@[`{\x7f _") {
      const text = `-----${character}------`
      assert.strictEqual(shown(text, text), text)
    }
  })

  it("are compared to the letter, though different characters may share a hash", () => {
    // these two share a byte of the index
    for (let at = 0; at < 12; at++) {
      const one = "Ă".repeat(12)
      const other = `${"Ă".repeat(at)}\0${"Ă".repeat(11 - at)}`
      assert.strictEqual(shown(one, other), one)
      assert.strictEqual(shown(other, one), other)
      // one of them was found, and the other is looked for long after
      const both = `${other}, ${one}`
      assert.strictEqual(shown(both, one, "-".repeat(1000), other), `${dots(other)}, ${dots(one)}`)
      assert.strictEqual(shown(both, other, "-".repeat(1000), one), `${dots(other)}, ${dots(one)}`)
      assert.strictEqual(shown(both, other), `${dots(other)}, ${one}`)
    }
  })

  it("are found after texts that nearly read so", () => {
    const found = (vain: string, ahead: number): void => {
      // so that both begin at the same distance from a position that is looked up
      const before = "-".repeat(14 + ahead)
      const between = "-".repeat(7 * 6 - 12)
      for (const behind of ["", "-------"]) {
        const text = `${before}${vain}${between}${run}${behind}`
        assert.strictEqual(shown(run, text), dots(run), text)
        assert.strictEqual(shown(run, `${before}${vain}${between}${vain}`), run)
      }
    }
    for (let ahead = 0; ahead < 7; ahead++) {
      for (let at = 0; at < 12; at++) found(`${run.slice(0, at)}-${run.slice(at + 1)}`, ahead)
      found(`${"-".repeat(3)}${run.slice(3, 9)}${"-".repeat(3)}`, ahead)
    }
  })

  it("are found one after another, in any order", () => {
    const words = Array.from({ length: 40 }, (_, at) => `number ${1000 + at * 37} of it`)
    const said = words.join("; ")
    const expected = words.map(dots).join("; ")
    for (const request of [words, words.toReversed(), [words.join("\n".repeat(300))], [said]]) {
      const rest = shown(said, ...request)
      assert.isTrue(request.length === 1 && request[0] === said ? rest === dots(said) : rest === expected, rest)
    }
    for (const word of words) assert.strictEqual(shown(said, word), said.replace(word, dots))
  })
})

describe("parts", () => {
  const run = "The7zebra ya"

  it("of a text are looked at one by one, and overlap", () => {
    const filler = "-".repeat(partLength * 2)
    const found = make([run])
    const next = found.look(filler)
    assert.isAtLeast(next, partLength)
    assert.isBelow(next, partLength + 16_384)
    assert.isAbove(found.look(filler, next), next)
    for (const at of [next - 12, next - 11, next - 1, next]) {
      const text = `${filler.slice(0, at)}${run}${filler.slice(0, 20)}`
      const first = make([run])
      assert.strictEqual(first.look(text), next)
      assert.strictEqual(first.look(text, next), text.length)
      assert.strictEqual(dotted(run, first.hidden), dots(run), String(at))
    }
  })

  it("begin where they are told", () => {
    const found = make([run])
    assert.strictEqual(found.look(`-${run}-`, 2), 14)
    assert.isFalse(found.hidden.includes(1))
    assert.strictEqual(found.look(`-${run}-`, 1), 14)
    assert.strictEqual(dotted(run, found.hidden), dots(run))
  })

  it("end with the text", () => {
    for (const length of [0, 3, 4, 11, 12, 13, 16_383, 16_384, 16_385]) {
      for (const said of ["", "short", run]) {
        assert.strictEqual(make([said]).look("-".repeat(length)), length)
      }
    }
  })
})

describe("short texts", () => {
  it("in quotation marks or alone are hidden", () => {
    for (const [open, close] of [
      '""',
      "''",
      "``",
      "\u2018\u2019",
      "\u201c\u201d",
      "\u201a\u201b",
      "\u201e\u201f",
      "\"'"
    ]) {
      assert.strictEqual(shown(`of ${open}ab:12${close}!`, "ab:12"), `of ${open}·····${close}!`)
    }
    for (const mark of ["!", "#", "&", "(", "_", "a", " ", "\u2017", "\u2020", "\ufffe"]) {
      for (const said of [`${mark}ab:12${mark}`, `"ab:12${mark}`, `${mark}ab:12"`]) {
        assert.strictEqual(shown(said, "ab:12"), said)
      }
    }
    assert.strictEqual(shown("ab:12", "ab:12"), "·····")
    assert.strictEqual(shown('ab:12" is', "ab:12"), '·····" is')
    assert.strictEqual(shown('is "ab:12', "ab:12"), 'is "·····')
    assert.strictEqual(shown("ab:12 is", "ab:12"), "ab:12 is")
  })

  it("may be a whole text among others", () => {
    for (const texts of [
      ["x", "ab:12", "y"],
      ["ab:12", "y"],
      ["x", "ab:12"]
    ]) {
      const found = make(texts)
      look(found, "ab:12")
      assert.strictEqual(dotted(texts.join("|"), found.hidden), texts.join("|").replace("ab:12", dots))
    }
  })

  it("have 4 to 11 characters", () => {
    for (const text of ["1234", "12345678901"]) assert.strictEqual(shown(`"${text}" it`, text), `"${dots(text)}" it`)
    for (const text of ["123", "1"]) assert.strictEqual(shown(`"${text}" it`, text), `"${text}" it`)
    assert.strictEqual(shown('"1234"', "12345"), '"1234"')
    assert.strictEqual(shown("1234", "1234"), "····")
    assert.strictEqual(shown("12345678901", "12345678901"), dots("12345678901"))
  })

  it("are hidden at all places where they are quoted, and only there", () => {
    assert.strictEqual(shown('x1234y "1234" 1234z "1234"1234" 1234', "1234"), 'x1234y "····" 1234z "····"····" 1234')
    assert.strictEqual(shown("'1111'11111'", "1111"), "'····'11111'")
    assert.strictEqual(shown('"1234" "4321"', "4321", "1234", "4321"), '"····" "····"')
    assert.strictEqual(shown('"{\\"a\\":\\"b:12\\"}"', "b:12"), '"{\\"a\\":\\"····\\"}"')
  })

  it("that are words are not", () => {
    for (const word of ["word", "AZaz", "zebra"]) assert.strictEqual(shown(`"${word}"`, word), `"${word}"`)
    for (const text of ["wor1", "1ord", "a bc", "a-bc", "w[rd", "w`rd", "é-te"]) {
      assert.strictEqual(shown(`"${text}" it`, text), text.includes("`") ? `"${dots(text)}" it` : `"${dots(text)}" it`)
    }
  })

  it("with a character of another script are hidden everywhere", () => {
    for (const character of ["한", "\u0370", "\u1fff", "\u2070", "Ж", "\ud83d\udc4b"]) {
      const text = `ab${character}cd`
      assert.strictEqual(shown(`of ${text}it, ${text}${text}`, text), `of ${dots(text)}it, ${dots(text + text)}`)
    }
    for (const character of ["é", "\u036f", "\u2000", "\u206f", "-"]) {
      const said = `of ab${character}cd it 한`
      assert.strictEqual(shown(said, `ab${character}cd`), said)
    }
    assert.strictEqual(shown("나는한국사람", "한국사람"), "나는····")
    assert.strictEqual(shown("한국사람이다", "한국사람"), "····이다")
    assert.strictEqual(shown("나는한국사람", "한국사"), "나는한국사람")
    assert.strictEqual(shown("나는한국사람", "한국사람", "나는한국"), "······")
    assert.strictEqual(
      shown("\\ud55c\\uad6d\\uc0ac\\ub78c it", "한국사람"),
      `${dots("\\ud55c\\uad6d\\uc0ac\\ub78c")} it`
    )
  })
})

describe("a text that is looked for as a whole", () => {
  it("is hidden at every place, whatever its length, in every form", () => {
    const found = (said: string, text: string): string => {
      const echoes = make([said])
      echoes.find(text)
      return dotted(said, echoes.hidden)
    }
    assert.strictEqual(found("no: ab, xaby ab", "ab"), "no: ··, x··y ··")
    assert.strictEqual(found("aaaaa", "aa"), "····a")
    assert.strictEqual(
      found("a long text without end, a long text", "a long text"),
      `${dots("a long text")} without end, ${dots("a long text")}`
    )
    assert.strictEqual(found("of a\\u002fb+c", "a/b c"), `of ${dots("a\\u002fb+c")}`)
    assert.strictEqual(found("no", "yes"), "no")
    assert.strictEqual(found("", "yes"), "")
  })
})
