import { parseArgs } from "citty"
import { describe, expect, it } from "vitest"
import { readText } from "../../src/base/textDocument.js"
import type { RecordedRequest } from "../../src/base/types.js"
import { argumentDefinitions, CommandLineError, readCommandLine } from "../../src/config/commandLine.js"
import { settingsOf } from "../../src/config/configFile.js"
import { helpText } from "../../src/config/help.js"
import { requestLine, scriptLine, startError } from "../../src/config/report.js"
import { settings } from "../../src/config/settings.js"
import { ScriptError } from "../../src/Scripts.js"

const read = async (text: string, ...args: Array<string>) =>
  readCommandLine(parseArgs(args, argumentDefinitions), settingsOf(await readText(text), "emulator.yaml", "/home/me"))

const everything = `
port: 9000
host: "::1"
tokens: [a, b]
models:
  - plain
  - { id: slow, reasoning: always, contextLength: 8192, tokensPerSecond: 5, jitter: 0.1 }
reasoning: byDefault
contextLength: 4096
defaultMaxTokens: 64
script: rules/script.yaml
strictScript: true
strict: true
datasets: [{ name: d, splits: { train: ["{}", { messages: [] }] } }]
knowledge: { kb: [one, { id: two, text: "2" }] }
timeToFirstToken: 10
tokensPerSecond: 20
jitter: 0.5
seed: 3
requestsPerMinute: 60
tokensPerMinute: 1000
endpoints: { existing: [x], asleep: [e], wakeTime: 5, retryAfter: 2 }
cors: ["http://localhost:5173"]
maxBodyBytes: 1000
journalLimit: 10
journalBytes: 5000
replay: /cassette.json
quiet: true
`

describe("a file with settings", () => {
  it("can have every setting", async () => {
    const options = await read(everything)
    expect(options).toEqual({
      port: 9000,
      host: "::1",
      tokens: ["a", "b"],
      models: ["plain", { id: "slow", reasoning: "always", contextLength: 8192, tokensPerSecond: 5, jitter: 0.1 }],
      reasoning: "byDefault",
      contextLength: 4096,
      defaultMaxTokens: 64,
      scriptFile: "/home/me/rules/script.yaml",
      strictScript: true,
      strict: true,
      datasets: [{ name: "d", splits: { train: ["{}", { messages: [] }] } }],
      knowledge: { kb: ["one", { id: "two", text: "2" }] },
      timeToFirstToken: 10,
      tokensPerSecond: 20,
      jitter: 0.5,
      seed: 3,
      requestsPerMinute: 60,
      tokensPerMinute: 1000,
      endpoints: { existing: ["x"], asleep: ["e"], wakeTime: 5, retryAfter: 2 },
      cors: ["http://localhost:5173"],
      maxBodyBytes: 1000,
      journalLimit: 10,
      journalBytes: 5000,
      replay: "/cassette.json",
      quiet: true
    })
    const record = await read("record: { file: c.json, upstream: 'http://a.test' }")
    expect(record.record).toEqual({ file: "/home/me/c.json", upstream: "http://a.test" })
    // A setting that is added must be added here, too.
    expect(settings.length).toBe(28)
  })

  it("comes after the flags, one by one", async () => {
    const options = await read(everything, "--port", "1", "--wake-time", "7", "--no-quiet", "--cors", "none")
    expect(options).toMatchObject({
      port: 1,
      quiet: false,
      cors: false,
      endpoints: { existing: ["x"], asleep: ["e"], wakeTime: 7, retryAfter: 2 },
      jitter: 0.5
    })
  })

  it("can be JSON, empty, or have the rules of a script", async () => {
    expect((await read(`{"port": 5, "cors": "*", "models": "any"}`)).port).toBe(5)
    expect(await read("")).toEqual({ port: 8000, host: "127.0.0.1", quiet: false, endpoints: {} })
    expect((await read("script:\n  - say: Hi\n")).script).toEqual([{ say: "Hi" }])
  })

  it.each<readonly [text: string, message: string]>([
    [
      "port: 1\nmaxBodySize: 5\n",
      "emulator.yaml, line 2: there is no setting 'maxBodySize'; did you mean 'maxBodyBytes'?"
    ],
    ["port: 99999\n", "emulator.yaml, line 1: 'port' must be an integer from 0 to 65535"],
    ['port: "80"\n', "'port' must be an integer"],
    ["host: 1\n", "'host' must be an address"],
    [
      "record: { file: c.json, upstream: api.test }\n",
      "'record.upstream' must be a URL such as https://api.friendli.ai"
    ],
    ["tokens: a\n", "'tokens' must be a list with at least one token"],
    ["endpoints:\n  asleep: []\n", "line 2: 'endpoints.asleep' must be a list with at least one endpoint id"],
    ["endpoints:\n  wakeTim: 1\n", "line 2: there is no setting 'endpoints.wakeTim'; did you mean 'wakeTime'?"],
    ["endpoints: 1\n", "'endpoints' must be an object with existing, asleep, wakeTime, retryAfter"],
    ["reasoning: often\n", "'reasoning' must be one of none, onRequest, byDefault, always"],
    ["models: [{ name: a }]\n", "'models' needs an 'id' in each object"],
    [
      "models: [{ id: a, contextLenght: 1 }]\n",
      "'models' has a model with 'contextLenght', which is not known; did you mean 'contextLength'?"
    ],
    ["models: [{ id: a, jitter: 2 }]\n", "'models' has an invalid model: 'jitter' must be a number from 0 to 1"],
    ["models: []\n", "'models' must be 'any', or a list"],
    ["cors: localhost\n", "'cors' takes '*', 'none', or origins"],
    ["datasets: [{ nam: a }]\n", "'datasets' must be a list of objects with name"],
    ["datasets: [{ name: a, splits: [b] }]\n", "'datasets' must be a list of objects with name"],
    ["datasets: [{ name: a, splits: { b: [1] } }]\n", "which are lists of samples"],
    ["knowledge: { kb: [{ id: a }] }\n", "'knowledge' must be an object of lists of documents"],
    ["strictScript: maybe\n", "'strictScript' must be true or false"],
    ["script: [{ sya: a }]\n", "'script' has an invalid rule: rules[0].sya is not known; did you mean 'say'?"],
    ["- port\n", "emulator.yaml, line 1: the settings must be an object"]
  ])("rejects %j with its line", async (text, message) => {
    await expect(read(text)).rejects.toThrow(CommandLineError)
    await expect(read(text)).rejects.toThrow(message)
  })

  it("is rejected when its syntax is wrong", async () => {
    await expect(readText("port: 1\nhost: 'a\n")).rejects.toThrow(/^line \d: /)
  })
})

describe("flags", () => {
  it("exist for every setting, and lead to the same options as the file", async () => {
    const words =
      "--port 9000 --host ::1 --token a,b --model plain --reasoning byDefault --context-length 4096 --default-max-tokens 64 " +
      "--script s.yaml --strict-script --strict --endpoint x --time-to-first-token 10 --tokens-per-second 20 --jitter 0.5 --seed 3 " +
      "--requests-per-minute 60 --tokens-per-minute 1000 --asleep e --wake-time 5 --retry-after 2 --cors http://localhost:5173 " +
      "--max-body-bytes 1000 --journal-limit 10 --journal-bytes 5000 --replay c.json --quiet"
    const fromFlags = await read("", ...words.split(" "))
    const { replay, scriptFile, models, datasets, knowledge, ...others } = await read(everything)
    expect(fromFlags).toEqual({ ...others, models: ["plain"], scriptFile: "s.yaml", replay: "c.json" })
    expect([replay, scriptFile, models?.length, datasets?.length, Object.keys(knowledge ?? {})]).toEqual([
      "/cassette.json",
      "/home/me/rules/script.yaml",
      2,
      1,
      ["kb"]
    ])
  })

  it.each<readonly [args: Array<string>, message: string]>([
    [["--max-body-byte", "1"], "there is no option --max-body-byte; did you mean 'max-body-bytes'? See --help"],
    [["--xyzxyzxyz"], "there is no option --xyzxyzxyz; see --help"],
    [["--journal-limit", "0"], "--journal-limit must be an integer from 1"],
    [["--jitter", "2"], "--jitter must be a number from 0 to 1"],
    [["--reasoning", "no"], "--reasoning must be one of none"],
    [["--upstream", "http://a.test"], "--upstream needs --record"],
    [["--record", "c", "--upstream", "api.test"], "--upstream must be a URL such as https://api.friendli.ai"],
    [["--record", "c", "--upstream", "ftp://a.test"], "--upstream must be a URL such as https://api.friendli.ai"],
    [["--record", "a", "--replay", "b"], "--record and --replay exclude each other"]
  ])("rejects %j", async (args, message) => {
    await expect(read("", ...args)).rejects.toThrow(message)
  })
})

describe("the help", () => {
  it("fits 80 columns, has no colours, and names every flag", () => {
    const text = helpText("1.2.3")
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([])
    expect(text).not.toContain("\u001B")
    for (const { flag } of settings) expect(text).toMatch(new RegExp(`^  --${flag}( <\\w+>)?( {1,}|$)`, "m"))
    expect(text).not.toMatch(/>\S/)
  })
})

describe("the log", () => {
  const request: RecordedRequest = {
    order: 0,
    requestId: "req_1",
    scope: undefined,
    headers: {},
    authorized: true,
    body: undefined,
    bodyDropped: false,
    finished: true,
    method: "POST",
    path: "/v1/chat/completions",
    model: "my model\n\u001B[31m",
    stream: true,
    status: 422,
    reason: "body.messages: Field required",
    rule: undefined,
    duration: 12,
    tokensGenerated: 3,
    eventsSent: 5,
    bytesSent: 100,
    unknownFields: [],
    aborted: false
  }
  const time = new Date(0)

  it("says model, duration, stream and reason in one line, without control characters", () => {
    expect(requestLine(request, time)).toBe(
      "1970-01-01T00:00:00.000Z 422 POST /v1/chat/completions my?model???31m 12 ms, stream, 3 tokens, 5 events, 100 bytes (body.messages: Field required)".replace(
        "???31m",
        "??[31m"
      )
    )
    expect(requestLine({ ...request, model: undefined, stream: false, reason: undefined, rule: "hello" }, time)).toBe(
      "1970-01-01T00:00:00.000Z 422 POST /v1/chat/completions 12 ms, 3 tokens, 5 events, 100 bytes, by hello"
    )
    expect(requestLine({ ...request, unknownFields: ["a", "b.c"] }, time)).toContain(
      "bytes, warning: no field a, b.c ("
    )
    expect(requestLine({ ...request, aborted: true }, time)).toContain(" disconnected POST")
    expect(requestLine({ ...request, status: undefined }, time)).toContain(" reset POST")
  })

  it("says what a change of the script led to", () => {
    expect(scriptLine({ rules: 1 }, time)).toBe("1970-01-01T00:00:00.000Z script: 1 rule")
    expect(scriptLine({ error: new ScriptError("a.yaml, line 2: x") }, time)).toBe(
      "friendli-emulator: a.yaml, line 2: x; the earlier rules stay in use"
    )
  })

  it("suggests another port", () => {
    const error = (code: string) => Object.assign(new Error("listen"), { code })
    expect(startError(error("EADDRINUSE"), 8000)).toBe(
      "port 8000 is in use; choose another one with --port, or a free one with --port 0"
    )
    expect(startError(error("EACCES"), 80)).toContain("--port 0")
    expect(startError(new ScriptError("a.yaml, line 2: x"), 80)).toBe("cannot start: a.yaml, line 2: x")
  })
})
