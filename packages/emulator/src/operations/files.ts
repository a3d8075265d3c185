/**
 * Files that answers refer to. In: bytes with a name and a type. Out: a path under which the emulator serves
 * them. The number of files is limited, so that a long test does not fill the memory.
 */
export interface HostedFile {
  readonly name: string
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** The files that the emulator serves. */
export interface Files {
  /** Keeps the file and returns its path. */
  readonly host: (file: HostedFile) => string
  readonly at: (path: string) => HostedFile | undefined
  readonly clear: () => void
}

/** No path of the API begins like this. */
const FOLDER = "/files/images/"

/** Keeps the last files in memory. An older one is removed, as links of the API expire. */
export const makeFiles = (limit: number): Files => {
  const kept = new Map<string, HostedFile>()
  return {
    host: (file) => {
      const path = FOLDER + file.name
      // A map keeps the order of insertion: a file that is made again becomes the newest one.
      kept.delete(path)
      kept.set(path, file)
      for (const oldest of kept.keys()) {
        if (kept.size <= limit) break
        kept.delete(oldest)
      }
      return path
    },
    at: (path) => kept.get(path),
    clear: () => kept.clear()
  }
}
