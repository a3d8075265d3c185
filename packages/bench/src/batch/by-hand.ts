/**
 * A script without a batch library, written by hand: `openai`, a pool of promises, and a file to which results are appended. When it is
 * started again, it skips the rows that are in the file.
 */
import { createReadStream, existsSync } from "node:fs"
import { open } from "node:fs/promises"
import process from "node:process"
import { createInterface } from "node:readline"
import OpenAI from "openai"
import pMap, { pMapSkip } from "p-map"

interface Row {
  readonly custom_id: string
  readonly body: OpenAI.ChatCompletionCreateParamsNonStreaming
}

const [input, output, url, atATime] = process.argv.slice(2) as [string, string, string, string]

const linesOf = (path: string) => createInterface({ input: createReadStream(path), crlfDelay: Infinity })

const answered = new Set<string>()
if (existsSync(output)) {
  for await (const line of linesOf(output)) answered.add((JSON.parse(line) as Row).custom_id)
}

async function* rows(): AsyncGenerator<Row> {
  for await (const line of linesOf(input)) {
    const row = JSON.parse(line) as Row
    if (!answered.has(row.custom_id)) yield row
  }
}

const client = new OpenAI({ apiKey: "any-token", baseURL: `${url}/serverless/v1` })
const results = await open(output, "a")

let [done, failed, tokens] = [0, 0, 0]

await pMap(
  rows(),
  async ({ body, custom_id }) => {
    try {
      const answer = await client.chat.completions.create(body)
      await results.appendFile(`${JSON.stringify({ custom_id, response: { status_code: 200, body: answer } })}\n`)
      tokens += answer.usage?.total_tokens ?? 0
      done++
    } catch (error) {
      console.error(custom_id, String(error))
      failed++
    }
    return pMapSkip
  },
  { concurrency: Number(atATime) }
)

await results.close()
console.error(`${done} done, ${failed} failed, ${tokens} tokens`)
