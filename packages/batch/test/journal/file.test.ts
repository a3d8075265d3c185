import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { hostname } from "node:os"
import * as Journal from "../../src/Journal.js"
import { done, journalContract } from "./contract.js"

/** Uses a journal, and closes it. */
const using = <A, E>(
  path: string,
  use: (journal: Journal.Journal.Service) => Effect.Effect<A, E, FileSystem.FileSystem>
) => Effect.provide(Effect.flatMap(Journal.Journal, use), Journal.layerFile(path))

const write = (path: string, entries: ReadonlyArray<Journal.Entry>) =>
  using(path, (journal) =>
    Effect.zipRight(
      journal.begin("settings"),
      Effect.forEach(entries, (entry) => journal.append(entry), { concurrency: "unbounded" })
    )
  )

const read = (path: string) =>
  using(path, (journal) => Effect.map(Stream.runCollect(journal.entries), Chunk.toReadonlyArray))

/** A folder for one test. */
const test = (
  name: string,
  body: (path: string, fs: FileSystem.FileSystem) => Effect.Effect<void, unknown, FileSystem.FileSystem>
) =>
  it.live(name, () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      yield* body(`${folder}/rows.journal`, fs)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

journalContract(
  "a file",
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    return Layer.provide(Journal.layerFile(`${folder}/rows.journal`), NodeFileSystem.layer)
  }).pipe(Effect.orDie, Effect.provide(NodeFileSystem.layer))
)

describe("layerFile", () => {
  test("finds entries in every order, near and far, while others are appended", (path) =>
    using(path, (journal) =>
      Effect.gen(function* () {
        yield* journal.begin("settings")
        const entries = Array.from({ length: 200 }, (_, index) =>
          // lines of some bytes, of some kilobytes, and some that are larger than what is read ahead
          done(`key-${index}`, { text: "é".repeat(index % 50 === 0 ? 100_000 : (index * 37) % 3000) })
        )
        yield* Effect.forEach(entries, (entry) => journal.append(entry), { concurrency: "unbounded" })
        const shuffled = entries.map((_, index) => entries[(index * 113) % entries.length]!)
        for (const [index, entry] of [...entries, ...entries.toReversed(), ...shuffled].entries()) {
          if (index % 100 === 0) yield* journal.append(done(`later-${index}`))
          expect(yield* journal.find(entry.key)).toEqual(Option.some(entry))
          if (index % 100 === 0)
            expect(yield* journal.find(`later-${index}`)).toEqual(Option.some(done(`later-${index}`)))
        }
        const all = yield* Effect.forEach(entries, ({ key }) => journal.find(key), { concurrency: "unbounded" })
        expect(all).toEqual(entries.map(Option.some))
      })
    ))

  test("removes a last line that a crash cut off, wherever it did", (path, fs) =>
    Effect.gen(function* () {
      yield* write(path, [done("a"), done("b")])
      const whole = yield* fs.readFile(path)
      const start = whole.lastIndexOf(0x0a, whole.length - 2) + 1
      for (const size of [start, start + 1, start + 20, whole.length - 2, whole.length - 1]) {
        yield* fs.writeFile(path, whole.subarray(0, size))
        expect(yield* read(path)).toEqual([done("a")])
        yield* write(path, [done("c")])
        expect(yield* read(path)).toEqual([done("a"), done("c")])
      }
    }))

  test("removes a last line of zeros, which a crash of the machine can leave", (path, fs) =>
    Effect.gen(function* () {
      yield* write(path, [done("a")])
      const whole = yield* fs.readFile(path)
      yield* fs.writeFile(path, Buffer.concat([whole, Buffer.alloc(64), Buffer.from("\n")]))
      expect(yield* read(path)).toEqual([done("a")])
    }))

  test("writes nothing more after a write that failed, and says the same of each row", (path, fs) =>
    Effect.gen(function* () {
      let writes = 0
      const full = new PlatformError.SystemError({
        reason: "WriteZero",
        module: "FileSystem",
        method: "writeAll",
        description: "no space left"
      })
      /** A disk that is full at the third write: the first is the header. */
      const filling: FileSystem.FileSystem = {
        ...fs,
        open: (name, options) =>
          Effect.map(
            fs.open(name, options),
            (file) =>
              new Proxy(file, {
                get: (target, property) => {
                  if (property === "writeAll")
                    return (bytes: Uint8Array) =>
                      Effect.suspend(() => (++writes === 3 ? Effect.fail(full) : target.writeAll(bytes)))
                  return Reflect.get(target, property, target) as unknown
                }
              })
          )
      }
      const outcomes = yield* using(path, (journal) =>
        Effect.gen(function* () {
          yield* journal.begin("settings")
          yield* journal.append(done("a"))
          const group = yield* Effect.forEach(["b", "c"], (key) => Effect.either(journal.append(done(key))), {
            concurrency: "unbounded"
          })
          const later = yield* Effect.either(journal.append(done("d")))
          expect(yield* journal.find("a")).toEqual(Option.some(done("a")))
          expect(yield* journal.find("b")).toEqual(Option.none())
          return [...group, later]
        })
      ).pipe(Effect.provideService(FileSystem.FileSystem, filling))
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ _tag: "Left", left: { _tag: "JournalError", journal: path } })
      }
      expect(writes).toBe(3)
      expect(yield* read(path)).toEqual([done("a")])
    }))

  test("finds what is there when it is asked, not when the effect was made", (path) =>
    using(path, (journal) =>
      Effect.gen(function* () {
        yield* journal.begin("settings")
        const find = journal.find("a")
        yield* journal.append(done("a"))
        expect(yield* find).toEqual(Option.some(done("a")))
      })
    ))

  test("refuses a damaged line before others, and says which it is", (path, fs) =>
    Effect.gen(function* () {
      yield* write(path, [done("a"), done("b")])
      const text = yield* fs.readFileString(path)
      yield* fs.writeFileString(path, text.replace('{"status":"done","key":"a"', '{"status":'))
      const error = yield* Effect.flip(read(path))
      expect(error).toMatchObject({ _tag: "JournalError", line: 2, journal: path })
    }))

  test("refuses a file that is no journal, and leaves it as it is", (path, fs) =>
    Effect.gen(function* () {
      for (const text of ["my notes\n", "{}\n", '{"journal":"effect-friendli-batch","version":2,"settings":"x"}\n']) {
        yield* fs.writeFileString(path, text)
        expect(yield* Effect.flip(read(path))).toMatchObject({ _tag: "JournalError", line: 1 })
        expect(yield* fs.readFileString(path)).toBe(text)
      }
    }))

  test("takes over the lock of a process that is gone, and of two that find it only one does", (path, fs) =>
    Effect.gen(function* () {
      // no system gives a process so high a number
      const gone = JSON.stringify({ pid: 2 ** 30, host: hostname(), id: "gone" })
      yield* fs.writeFileString(`${path}.lock`, gone)
      const opened = yield* Effect.forEach(
        Array.from({ length: 8 }),
        () => Effect.either(using(path, () => Effect.sleep(50))),
        { concurrency: "unbounded" }
      )
      expect(opened.filter(({ _tag }) => _tag === "Right")).toHaveLength(1)
      expect(yield* fs.exists(`${path}.lock`)).toBe(false)
    }))

  test("respects the lock of another machine", (path, fs) =>
    Effect.gen(function* () {
      yield* fs.writeFileString(`${path}.lock`, JSON.stringify({ pid: 2 ** 30, host: "elsewhere", id: "other" }))
      expect(yield* Effect.flip(read(path))).toMatchObject({ _tag: "JournalLockedError", pid: 2 ** 30 })
    }))
})
