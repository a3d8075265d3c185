/** A file that an answer refers to by its URL. */
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

const FOLDER = "/files/images/"

/** Keeps the last files in memory. An older one is removed, as links of the API expire. */
export const makeFiles = (limit: number): Files => {
  const kept = new Map<string, HostedFile>()
  return {
    host: (file) => {
      const path = FOLDER + file.name
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
