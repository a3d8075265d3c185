/** Where the frames of an event stream end. */
const LF = 10
const CR = 13

/** Offsets behind each blank line that closes something. */
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
