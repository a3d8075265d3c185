/** Files of the `FileSystem` as uploads. In a separate file, since most uploads need no `FileSystem`. */
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Upload } from "../schema/upload.js"
import { make } from "./upload.js"

/** A file by its path. Its size is read now. */
export const fromPath = (
  path: string,
  options?: { readonly name?: string | undefined; readonly type?: string | undefined }
): Effect.Effect<Upload, PlatformError.PlatformError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.map(files.stat(path), ({ size }) =>
      make({
        name: options?.name ?? path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1),
        type: options?.type,
        size: Number(size),
        repeatable: true,
        stream: files.stream(path),
        blob: undefined,
        onProgress: undefined
      })
    )
  )
