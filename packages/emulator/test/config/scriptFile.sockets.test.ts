import { mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ScriptChange } from "../../src/config/scriptFile.js"
import { listen } from "../../src/NodeServer.js"
import { eventually, post } from "../support.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "script-"))
})
afterAll(() => rm(folder, { recursive: true }))

const said = async (url: string): Promise<unknown> => {
  const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 20 }
  const answer = (await (await post(fetch, `${url}/v1/chat/completions`, body)).json()) as {
    choices: ReadonlyArray<{ message: { content: unknown } }>
  }
  return answer.choices[0]?.message.content
}

describe("a script file", () => {
  it("is read at the start and after each change; a mistake leaves the rules as they were", async () => {
    const file = join(folder, "script.yaml")
    await writeFile(file, "- say: first\n")
    const changes: Array<ScriptChange> = []
    const server = await listen({ scriptFile: file, onScriptChange: (change) => changes.push(change) })
    try {
      expect(await said(server.url)).toBe("first")

      await writeFile(file, "- when: { turn: 1 }\n  say: second\n- say: third\n")
      await eventually(() => changes.length === 1)
      expect(changes[0]).toEqual({ rules: 2 })
      expect(await said(server.url)).toBe("second")

      await writeFile(file, "- say: fourth\n- sya: fifth\n")
      await eventually(() => changes.length === 2)
      const { error } = changes[1] as { error: Error }
      expect(error.message).toBe(`${file}, line 2: rules[1].sya is not known; did you mean 'say'?`)
      expect(await said(server.url)).toBe("second")

      // Many editors write another file and rename it.
      await writeFile(`${file}.new`, `[{"say":"sixth"}]`)
      await rename(`${file}.new`, file)
      await eventually(() => changes.length === 3)
      expect(await said(server.url)).toBe("sixth")

      await rm(file)
      await eventually(() => changes.length === 4)
      expect((changes[3] as { error: Error }).error.message).toContain("cannot be read")
      expect(await said(server.url)).toBe("sixth")
    } finally {
      await server.close()
    }
  })

  it("must be valid at the start", async () => {
    const file = join(folder, "wrong.json")
    await expect(listen({ scriptFile: file })).rejects.toThrow(`${file}: cannot be read: ENOENT`)
    await writeFile(file, `[\n{"say": 1}]`)
    await expect(listen({ scriptFile: file })).rejects.toThrow(`${file}, line 2: rules[0].say must be text`)
  })
})
