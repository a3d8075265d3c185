import { parseArgs } from "citty"
import { describe, expect, it } from "vitest"
import { argumentDefinitions, CommandLineError, readCommandLine } from "../../src/config/commandLine.js"

const read = (...args: Array<string>) => readCommandLine(parseArgs(args, argumentDefinitions))

describe("readCommandLine", () => {
  it("has defaults for every option", () => {
    expect(read()).toEqual({ port: 8000, host: "127.0.0.1", quiet: false, endpoints: {} })
  })

  it("reads numbers and lists", () => {
    const text =
      "--port 0 --host ::1 --token a,,b --model m --asleep x,y --wake-time 0.5 --tokens-per-second 20 --quiet"
    expect(read(...text.split(" "))).toEqual({
      port: 0,
      host: "::1",
      quiet: true,
      tokens: ["a", "b"],
      models: ["m"],
      endpoints: { asleep: ["x", "y"], wakeTime: 0.5 },
      tokensPerSecond: 20
    })
  })

  it("reads the origins of --cors", () => {
    expect(read("--cors", "*").cors).toBe("*")
    expect(read("--cors", "none").cors).toBe(false)
    expect(read("--cors", "http://localhost:5173, https://app.example.com").cors).toEqual([
      "http://localhost:5173",
      "https://app.example.com"
    ])
  })

  it.each<readonly [args: Array<string>, message: string]>([
    [["--port", "99999"], "--port must be an integer from 0 to 65535"],
    [["--port", "1.5"], "--port must be an integer from 0 to 65535"],
    [["--port", " "], "--port must be an integer from 0 to 65535"],
    [["--speed", "1"], "there is no option --speed"],
    [["--tokens-per-second", "fast"], "--tokens-per-second must be a number"],
    [["--tokens-per-second", "0"], "--tokens-per-second must be a number from 0.01"],
    [["--wake-time", "soon"], "--wake-time must be a number from 0"],
    [["--asleep", ","], "--asleep needs at least one endpoint id"],
    [["--token", ""], "--token needs at least one token"],
    [["--cors", "localhost:5173"], "--cors takes '*', 'none', or origins such as http://localhost:5173"],
    [["--cors", "http://localhost:5173/"], "--cors takes"],
    [["--model", " , "], "--model needs at least one model name"],
    [["start"], "only options are accepted"]
  ])("rejects %j", (args, message) => {
    expect(() => read(...args)).toThrow(CommandLineError)
    expect(() => read(...args)).toThrow(message)
  })
})
