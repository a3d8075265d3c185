/**
 * Finds the ends of the frames of an event stream. In: the bytes of a body. Out: offsets. Recordings and
 * scripted faults cut a body there, between two events.
 */
const LF = 10
const CR = 13

/** The offsets after each blank line that closes a frame. */
export const frameEnds = (bytes: Uint8Array): ReadonlyArray<number> => {
  const ends: Array<number> = []
  let lineIsEmpty = true
  let open = false
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) {
      lineIsEmpty = false
      open = true
      continue
    }
    if (bytes[at] === CR && bytes[at + 1] === LF) at++
    if (lineIsEmpty && open) {
      ends.push(at + 1)
      open = false
    }
    lineIsEmpty = true
  }
  return ends
}
