import * as V8 from "node:v8"
import * as Vm from "node:vm"
import { type Call, type Contender, run } from "../Contender.js"
import {
  always,
  call,
  type RawServer,
  repeat,
  type Script,
  type Steps,
  untilClosed,
  wait,
  write
} from "../RawServer.js"
import {
  and,
  closes,
  eventually,
  type Family,
  type Scenario,
  type Settings,
  type Verdict,
  withServer
} from "../Scenario.js"
import { begun, chunk, event, head, piece, sseHead, text, wholeStream } from "../wire.js"

/** The moment at which the caller cancels. The script triggers it. */
interface Moment {
  readonly stop: Promise<void>
  readonly now: () => void
}

const moment = (): Moment => {
  let now = () => {}
  const stop = new Promise<void>((resolve) => {
    now = resolve
  })
  return { stop, now }
}

const left = async ({ requests }: RawServer): Promise<ReadonlyArray<string>> =>
  (await closes(requests)) ? [] : ["the connection stays open"]

/** The caller cancels when the script triggers it. The server must see the cancellation. */
const row = (
  described: Pick<Scenario, "id" | "server" | "why"> & { readonly shows?: string },
  kind: Call["kind"],
  script: (giveUp: ReturnType<typeof call>) => Steps,
  settings: (at: Moment) => Settings = () => ({})
): Scenario => ({
  shows: "the end of the call; the server sees the connection close",
  peers: true,
  ...described,
  run: async (client) => {
    const at = moment()
    return withServer(always(...script(call(at.now))), async (server): Promise<Verdict> => {
      const outcome = await run(client, { kind, baseUrl: server.url, stop: at.stop, ...settings(at) })
      return and({ ok: true, seen: outcome.ended }, [
        ...(client.isOurs && outcome.ended !== "aborted" ? [outcome.ended] : []),
        ...(outcome.ended === "hang" || outcome.ended === "complete" ? [`the call: ${outcome.ended}`] : []),
        ...(await left(server))
      ])
    })
  }
})

/** The consumer stops reading by itself. */
const leaving = (described: Pick<Scenario, "id" | "server" | "why">, settings: Settings): Scenario => ({
  shows: "the end of the call; the server sees the connection close",
  peers: true,
  ...described,
  run: (client) =>
    withServer(always(sseHead(), piece(begun), repeat(`${hex(event(chunk("x")))}`, Infinity, 20)), async (server) => {
      const outcome = await run(client, { kind: "stream", baseUrl: server.url, ...settings })
      return and({ ok: true, seen: outcome.ended }, [
        ...(outcome.ended === "hang" || outcome.ended === "complete" ? [`the call: ${outcome.ended}`] : []),
        ...(await left(server))
      ])
    })
})

const hex = (body: string): string => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCPSocket")).length

/** Heap in use after a collection, in bytes. */
const heap = (): number => {
  V8.setFlagsFromString("--expose-gc")
  const collect = Vm.runInNewContext("gc") as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const atATime = 50

const many = async (client: Contender, abandoned: number, script: Script, take: number): Promise<Verdict> => {
  const before = sockets()
  return withServer(script, async (server) => {
    const ends = new Map<string, number>()
    let asked = 0
    const once = async (): Promise<void> => {
      const at = moment()
      const call: Call =
        take > 0
          ? {
              kind: "stream",
              baseUrl: server.url,
              stop: at.stop,
              consume: (count) => (count === take ? void at.now() : undefined)
            }
          : { kind: "stream", baseUrl: server.url, stop: at.stop }
      if (take === 0) {
        // half of the time from the start, which a slow machine needs before anything is written; half after the server has read a request
        const seen = server.requests.length
        const inTurn = asked++ % atATime
        const giveUp = (): void => void setTimeout(at.now, inTurn * 6)
        if (inTurn % 2 === 0) giveUp()
        else void eventually(() => server.requests.length > seen).then(giveUp)
      }
      const { ended } = await run(client, call, 15_000)
      ends.set(ended, (ends.get(ended) ?? 0) + 1)
    }
    const batch = async (size: number): Promise<void> => {
      for (let at = 0; at < size; at += atATime) await Promise.all(Array.from({ length: atATime }, once))
    }
    // the first calls create everything that is created once, such as compiled code and caches
    await batch(150)
    const heapBefore = heap()
    await batch(abandoned - 150)
    // transports keep unused connections open for some time: at most as many as were used at the same time
    const few = atATime + 10
    const closed = await eventually(
      () =>
        server.requests.every((request) => request.closed !== undefined) &&
        server.connections.open <= few &&
        // the sockets of the server count, too
        sockets() <= before + 2 * few,
      8000
    )
    const grown = (heap() - heapBefore) / 2 ** 20
    return and({ ok: true, seen: `${[...ends].map(([ended, count]) => `${count} ${ended}`).join(", ")}` }, [
      ...(closed
        ? []
        : [
            `${server.requests.filter((request) => request.closed === undefined).length} requests and ${server.connections.open} connections left behind`
          ]),
      ...(server.requests.length < (take > 0 ? abandoned : 1)
        ? [`the server saw ${server.requests.length} requests`]
        : []),
      ...(ends.has("complete") || ends.has("hang") ? [[...ends].join(" ")] : []),
      ...(grown > 24 ? [`the heap has grown by ${Math.round(grown)} MB`] : [])
    ])
  })
}

export const family: Family = {
  name: "cancellation",
  title: "Cancellation",
  about:
    "A generation continues, and costs money, as long as its connection is open. The caller cancels in every phase of a call, and the server must see it soon. Other clients get an `AbortSignal`; they may end in any way, but they must end.",
  scenarios: [
    row(
      {
        id: "stop-before-head",
        server: "has read the request, and not yet answered",
        why: "The longest phase: the queue, the prompt."
      },
      "stream",
      (giveUp) => [giveUp, untilClosed]
    ),
    row(
      { id: "stop-after-head", server: "has sent the head, and no event", why: "As for `stop-before-head`." },
      "stream",
      (giveUp) => [sseHead(), wait(50), giveUp, untilClosed]
    ),
    row(
      {
        id: "stop-between-events",
        server: "has sent two events, and is silent",
        why: "A transport notices an end only when it reads."
      },
      "stream",
      (giveUp) => [sseHead(), piece(begun), wait(50), giveUp, untilClosed]
    ),
    row({ id: "stop-amid-events", server: "sends event after event", why: "The busiest case." }, "stream", (giveUp) => [
      sseHead(),
      repeat(hex(event(chunk("x"))), 200),
      giveUp,
      repeat(hex(event(chunk("x"))), Infinity, 1),
      untilClosed
    ]),
    row(
      { id: "stop-in-event", server: "has sent half an event", why: "As for `stop-amid-events`." },
      "stream",
      (giveUp) => [sseHead(), piece(begun), piece('data: {"choices"'), wait(50), giveUp, untilClosed]
    ),
    row(
      {
        id: "stop-amid-comments",
        server: "sends comments, and no event",
        why: "The connection is active although the consumer gets nothing."
      },
      "stream",
      (giveUp) => [sseHead(), wait(30), giveUp, repeat("b\r\n: waiting\n\n\r\n", Infinity, 10)]
    ),
    row(
      {
        id: "stop-large-event",
        server: "sends an event of megabytes, without an end",
        why: "The incomplete event is dropped."
      },
      "stream",
      (giveUp) => [
        sseHead(),
        piece("data: "),
        repeat(hex("x".repeat(65_536)), 30),
        giveUp,
        repeat(hex("x".repeat(65_536)), Infinity, 5)
      ]
    ),
    row(
      {
        id: "stop-refusal",
        server: "answers 500, and stops within the body that says why",
        why: "Error bodies are read, too."
      },
      "unary",
      (giveUp) => [
        head(500, { "content-type": "application/json", "content-length": 1000 }),
        write('{"error":'),
        wait(50),
        giveUp,
        untilClosed
      ]
    ),
    row(
      {
        id: "stop-unary-before-head",
        server: "has read a request for an answer in one piece",
        why: "It is not a stream, but costs the same."
      },
      "unary",
      (giveUp) => [giveUp, untilClosed]
    ),
    row(
      {
        id: "stop-unary-body",
        server: "has sent half an answer in one piece",
        why: "As for `stop-unary-before-head`."
      },
      "unary",
      (giveUp) => [
        head(200, { "content-type": "application/json", "content-length": 1000 }),
        write('{"id":"1",'),
        wait(50),
        giveUp,
        untilClosed
      ]
    ),
    row(
      {
        id: "stop-slow-consumer",
        server: "sends forever; the consumer is busy with the first event",
        why: "The code that cancels is not the code that reads."
      },
      "stream",
      (giveUp) => [
        sseHead(),
        repeat(hex(event(chunk("x".repeat(10_000)))), 30),
        wait(50),
        giveUp,
        repeat(hex(event(chunk("x".repeat(10_000))))),
        untilClosed
      ],
      ({ stop }) => ({ consume: () => stop })
    ),
    leaving(
      {
        id: "leave-take",
        server: "sends forever; the consumer stops after two events",
        why: "The only signal is that the consumer stops reading."
      },
      { take: 2 }
    ),
    leaving(
      {
        id: "leave-failing",
        server: "sends forever; the consumer fails at the second event",
        why: "As for `leave-take`."
      },
      { consume: (count) => (count === 2 ? Promise.reject(new Error("the consumer failed")) : undefined) }
    ),
    {
      id: "stop-1000",
      server: `begins 1,000 streams, ${atATime} at a time; each is cancelled after its second event`,
      shows: "every connection is closed; no socket and no memory leaks",
      why: "A small leak stops a server within a week.",
      peers: true,
      slow: true,
      run: (client) => many(client, 1000, always(sseHead(), piece(begun), untilClosed), 2)
    },
    {
      id: "stop-400-early",
      server: `does not answer 400 requests, ${atATime} at a time; they are cancelled, some before they are written and some long after`,
      shows: "every connection is closed; no socket and no memory leaks",
      why: "As for `stop-1000`, but no body exists yet that could be cancelled.",
      peers: true,
      slow: true,
      run: (client) => many(client, 400, always(untilClosed), 0)
    },
    {
      id: "stop-then-go",
      server: "sees a stream cancelled, then gets another request",
      shows: "the whole text of the second stream, and nothing of the first",
      why: "A reused connection with the rest of another answer mixes up two users.",
      peers: true,
      run: async (client) => {
        const at = moment()
        const script: Script = {
          request: (_, count) =>
            count === 0
              ? [sseHead(), piece(begun), wait(30), call(at.now), wait(50), piece(event(chunk("late")))]
              : wholeStream
        }
        return withServer(script, async (server): Promise<Verdict> => {
          await run(client, { kind: "stream", baseUrl: server.url, stop: at.stop })
          const outcome = await run(client, { kind: "stream", baseUrl: server.url })
          const ok = outcome.ended === "complete" && outcome.text === text && server.requests.length === 2
          return { ok, seen: `${outcome.ended}, “${outcome.text}”` }
        })
      }
    }
  ]
}
