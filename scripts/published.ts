/** The packages of the workspace that are published, by their folders in `packages`. */
export const published = ["friendli", "emulator", "ai", "batch"] as const

/** The same, from the top of the workspace. */
export const publishedFolders: ReadonlyArray<string> = published.map((name) => `packages/${name}`)

/** Those with a command, which starts from few files. */
export const withCommand: ReadonlyArray<string> = ["packages/emulator", "packages/batch"]
