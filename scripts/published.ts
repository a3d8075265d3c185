/** The packages of the workspace that are published, by their folders in `packages`. A package comes after those that it imports. */
export const published = ["friendli", "emulator", "ai", "batch"] as const

/** The folders of these packages, from the root of the workspace. */
export const publishedFolders: ReadonlyArray<string> = published.map((name) => `packages/${name}`)

/** The folders of packages with a command, which is bundled into few files. */
export const withCommand: ReadonlyArray<string> = ["packages/emulator", "packages/batch"]
