import { describe, expect, it } from "vitest"
import { closest } from "../../src/base/closest.js"
import { check, parse, ScriptError } from "../../src/Scripts.js"

describe("check", () => {
  it("accepts every field, as a list or under 'rules'", () => {
    const rules = [
      {
        name: "weather",
        when: {
          contains: ["weather", "Paris"],
          matches: "/pari[sz]/i",
          toolResult: false,
          turn: 2,
          model: "m",
          operation: "chat",
          deployment: "serverless",
          stream: true
        },
        say: "",
        reasoning: "Hm.",
        call: [
          { tool: "get_weather", arguments: { city: "Paris" } },
          { tool: "other", arguments: "{not json" }
        ],
        fail: { truncate: { afterEvents: 3 } },
        times: 1
      },
      { when: { matches: /x/, toolResult: "tool" }, fail: 503 }
    ]
    expect(check(rules)).toBe(rules)
    expect(check({ rules })).toBe(rules)
    expect(check([])).toEqual([])
  })

  it.each<readonly [script: unknown, message: string]>([
    ["text", "a script must be a list of rules"],
    [{ rules: [], rule: 1 }, "a script has only 'rules', and no 'rule'"],
    [[1], "rules[0] must be an object"],
    [[{ when: { contain: "a" }, say: "b" }], "rules[0].when.contain is not known; did you mean 'contains'?"],
    [[{ sya: "b" }], "rules[0].sya is not known; did you mean 'say'?"],
    [[{ banana: "b" }], "rules[0].banana is not known; known are name, when, say, reasoning, call, fail, times"],
    [[{ say: 1 }], "rules[0].say must be text"],
    [[{ when: { contains: "" }, say: "b" }], "rules[0].when.contains must be text that is not empty"],
    [[{ when: { contains: [] }, say: "b" }], "rules[0].when.contains must be"],
    [[{ when: { matches: "(" }, say: "b" }], "rules[0].when.matches must be a regular expression: "],
    [[{ when: { turn: 0 }, say: "b" }], "rules[0].when.turn must be an integer from 1"],
    [[{ when: { toolResult: "" }, say: "b" }], "rules[0].when.toolResult must be true, false or the name of a tool"],
    [[{ when: { operation: "chats" }, say: "b" }], "rules[0].when.operation must be one of chat, "],
    [[{ when: { deployment: "cloud" }, say: "b" }], "rules[0].when.deployment must be serverless"],
    [[{}], "rules[0] needs one of 'say', 'call' and 'fail'"],
    [[{ reasoning: "a", fail: 500 }], "rules[0].reasoning needs 'say' or 'call'"],
    [[{ call: {} }], "rules[0].call.tool is required"],
    [[{ call: [{ tool: "a", args: {} }] }], "rules[0].call[0].args is not known; known are tool, arguments"],
    [[{ call: { tool: "a", arguments: 1 } }], "rules[0].call.arguments must be an object"],
    [[{ when: { operation: "completions" }, call: { tool: "a" } }], "completions have no tools"],
    [[{ when: { operation: "embed" }, say: "a" }], "can only 'fail' the operation 'embed'"],
    [[{ say: "a" }, { fail: 99 }], "rules[1].fail is invalid: the fault's 'status' must be a status from 200 to 599"],
    [[{ fail: { status: 500, times: 2 } }], "rules[0].fail has no 'times'"],
    [[{ fail: "500" }], "rules[0].fail must be a status"]
  ])("rejects %j", (script, message) => {
    expect(() => check(script)).toThrow(ScriptError)
    expect(() => check(script)).toThrow(message)
  })
})

describe("parse", () => {
  it("reads YAML and JSON", async () => {
    const expected = [{ when: { contains: "weather" }, say: "It is sunny.\nAnd warm." }]
    expect(
      await parse("# comment\n- when: { contains: weather }\n  say: |-\n    It is sunny.\n    And warm.\n")
    ).toEqual(expected)
    expect(await parse(JSON.stringify({ rules: expected }))).toEqual(expected)
  })

  it.each<readonly [text: string, message: string]>([
    [
      "- say: a\n- when:\n    contains: a\n    turn: zero\n  say: b\n",
      "line 4: rules[1].when.turn must be an integer from 1"
    ],
    ["rules:\n  - say: a\n  - sya: b\n", "line 3: rules[1].sya is not known"],
    ["- say: a\n- when: {}\n", "line 2: rules[1] needs one of"],
    [`[\n  {"say": "a"},\n  {"say": 1}\n]`, "line 3: rules[1].say must be text"],
    [`[{"say": "a"},\n {"say": "b"]`, "line 2: "],
    ["- say: 'a\n", "line 2: "],
    ["", "line 1: a script must be a list of rules"]
  ])("says the line of the mistake in %j", async (text, message) => {
    await expect(parse(text)).rejects.toThrow(ScriptError)
    await expect(parse(text)).rejects.toThrow(message)
  })
})

describe("closest", () => {
  it("suggests a name that is near in letters, and lists the names otherwise", () => {
    const known = ["maxBodyBytes", "port", "cors"]
    expect(closest("max-body-byte", known)).toBe("did you mean 'maxBodyBytes'?")
    expect(closest("prot", known)).toBe("did you mean 'port'?")
    expect(closest("temperature", known)).toBe("known are maxBodyBytes, port, cors")
  })
})
