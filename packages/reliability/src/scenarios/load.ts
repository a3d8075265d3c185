import * as ChildProcess from "node:child_process"
import { fileURLToPath } from "node:url"
import { run } from "../Contender.js"
import { always, call, repeat } from "../RawServer.js"
import { type Family, type Verdict, withServer } from "../Scenario.js"
import { begun, chunk, event, lastPiece, piece, sseHead, text, whole } from "../wire.js"

const streams = 1000

const eventSize = 64 * 1024
const events = 3200
const slowEvent = event(chunk("x".repeat(eventSize)))
const slowPiece = `${Buffer.byteLength(slowEvent).toString(16)}\r\n${slowEvent}\r\n`
const limit = 80

/** The output of `slow-consumer.ts`. */
interface Consumed {
  readonly ended: string
  readonly characters: number
  /** The growth of the process after the first events, in MB. */
  readonly grown: number
}

/** In its own process, so that the memory is only that of the client. */
const consumeSlowly = (name: string, url: string): Promise<Consumed> =>
  new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL("../slow-consumer.ts", import.meta.url))
    const cwd = fileURLToPath(new URL("../../../../", import.meta.url))
    ChildProcess.execFile(
      process.execPath,
      ["--expose-gc", "--import", "tsx", file, name, url],
      { cwd, timeout: 60_000 },
      (error, stdout) => {
        const line = stdout.trim().split("\n").at(-1) ?? ""
        if (line === "") reject(error ?? new Error("the consumer said nothing"))
        else resolve(JSON.parse(line) as Consumed)
      }
    )
  })

export const family: Family = {
  name: "load",
  title: "Load",
  about: "Many streams at once, and a consumer that is slower than the server.",
  scenarios: [
    {
      id: "load-1000",
      server: `begins ${streams} streams, waits until all have begun, then continues`,
      shows: "every text, complete",
      why: "No stream may wait for another, or get its events.",
      peers: true,
      slow: true,
      run: (client) => {
        let begin = () => {}
        const allBegun = new Promise<void>((resolve) => {
          begin = resolve
        })
        let waiting = 0
        const arrived = (): Promise<void> => {
          if (++waiting === streams) begin()
          return allBegun
        }
        const rest = whole.slice(2).map((data) => event(data))
        return withServer(
          always(sseHead(), piece(begun), call(arrived), ...rest.map(piece), piece(event("[DONE]")), lastPiece),
          async (server): Promise<Verdict> => {
            const outcomes = await Promise.all(
              Array.from({ length: streams }, () => run(client, { kind: "stream", baseUrl: server.url }, 30_000))
            )
            const wrong = outcomes.filter((outcome) => outcome.ended !== "complete" || outcome.text !== text)
            return wrong.length === 0 && server.requests.length === streams
              ? { ok: true, seen: `${streams} whole` }
              : {
                  ok: false,
                  seen: `${wrong.length} of ${streams} are not: ${wrong[0]?.ended ?? "some were not asked for"}`
                }
          }
        )
      }
    },
    {
      id: "load-slow-consumer",
      server: `sends ${Math.round((eventSize * events) / 2 ** 20)} MB as fast as the client reads; the consumer pauses`,
      shows: `all of it, while the process grows by less than ${limit} MB, and the server has to wait`,
      why: "Reading ahead without a limit buffers the whole answer.",
      peers: true,
      slow: true,
      run: (client) =>
        withServer(
          always(
            sseHead(),
            repeat(slowPiece, events),
            piece(event(chunk("", "stop"))),
            piece(event("[DONE]")),
            lastPiece
          ),
          async (server): Promise<Verdict> => {
            let ahead = 0
            const looking = setInterval(() => {
              // the first pause is long: the bytes that are written by its end were read ahead
              const written = server.requests[0]?.written ?? 0
              if (written > 0 && ahead === 0) {
                ahead = -1
                setTimeout(() => (ahead = (server.requests[0]!.written - 100 * slowEvent.length) / 2 ** 20), 600)
              }
            }, 20)
            const { characters, ended, grown } = await consumeSlowly(client.name, server.url)
            clearInterval(looking)
            if (ended !== "complete" || characters !== eventSize * events) {
              return { ok: false, seen: `${ended} after ${Math.round(characters / 2 ** 20)} MB` }
            }
            return {
              ok: grown < limit,
              seen: `grew by ${Math.round(grown)} MB, read ${Math.max(0, Math.round(ahead))} MB ahead`
            }
          }
        )
    }
  ]
}
