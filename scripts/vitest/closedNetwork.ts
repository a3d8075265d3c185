/**
 * Unit and exhaustive tests must not open sockets or start processes: a test that does fails with a message that says how to name its file.
 */
import * as ChildProcess from "node:child_process"
import * as Net from "node:net"

const refuse = (what: string) => (): never => {
  throw new Error(`a test in this file may not ${what}: name the file *.sockets.test.ts`)
}

Net.Server.prototype.listen = refuse("listen on a socket")
Net.Socket.prototype.connect = refuse("connect a socket")
Object.assign(ChildProcess.ChildProcess.prototype, { spawn: refuse("start a process") })
