/**
 * Images, audio and video in samples. In: a sample. Out: its references, and the same sample with other URLs. Without Effect.
 */
import type { Sample, SamplePart } from "../schema/Sample.js"

/** A reference of a sample to a file. */
export interface MediaReference {
  readonly kind: "image" | "audio" | "video"
  /** The text in the sample: a URL of any kind, or the name of a file. */
  readonly url: string
  /** The number of the sample's line, from 1. */
  readonly line: number
  /** The path in the sample. */
  readonly path: ReadonlyArray<string | number>
}

type Reference = Pick<MediaReference, "kind" | "url">

const referenceOf = (part: SamplePart): Reference | undefined => {
  switch (part.type) {
    case "text":
      return undefined
    case "image":
      return { kind: "image", url: part.image }
    case "image_url":
      return { kind: "image", url: typeof part.image_url === "string" ? part.image_url : part.image_url.url }
    case "audio_url":
      return { kind: "audio", url: part.audio_url.url }
    case "video_url":
      return { kind: "video", url: part.video_url.url }
  }
}

/** The same part with another URL. Images get the form that the API stores. */
const withUrl = (part: SamplePart, url: string): SamplePart => {
  switch (part.type) {
    case "text":
      return part
    case "image":
      return { ...part, image: url }
    case "image_url": {
      const { image_url: _, type: __, ...rest } = part
      return { ...rest, type: "image", image: url }
    }
    case "audio_url":
      return { ...part, audio_url: { ...part.audio_url, url } }
    case "video_url":
      return { ...part, video_url: { ...part.video_url, url } }
  }
}

/** All references of a sample, in order. Only user messages have media. */
export const referencesIn = (sample: Sample, line: number): ReadonlyArray<MediaReference> =>
  sample.messages.flatMap((message, at) => {
    if (message.role !== "user" || typeof message.content === "string") return []
    return message.content.flatMap((part, index) => {
      const reference = referenceOf(part)
      return reference === undefined ? [] : [{ ...reference, line, path: ["messages", at, "content", index] }]
    })
  })

/** The same sample with other URLs: `urls` has the new URL for each old one. URLs that it lacks are not changed. */
export const withUrls = (sample: Sample, urls: ReadonlyMap<string, string>): Sample => ({
  ...sample,
  messages: sample.messages.map((message) => {
    if (message.role !== "user" || typeof message.content === "string") return message
    return {
      ...message,
      content: message.content.map((part) => {
        const url = urls.get(referenceOf(part)?.url ?? "")
        return url === undefined ? part : withUrl(part, url)
      })
    }
  })
})

/** A kind of content, as datasets name it. */
export type Modality = "TEXT" | "IMAGE" | "AUDIO" | "VIDEO"

const modalities = { image: "IMAGE", audio: "AUDIO", video: "VIDEO" } as const

/** The kind of content of a reference. */
export const modalityOf = ({ kind }: Pick<MediaReference, "kind">): Modality => modalities[kind]

/** The scheme of a URL in lower case; `undefined` for the name of a file. A single letter is a Windows drive. */
export const schemeOf = (url: string): string | undefined => /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()

/** The bytes of a `data:` URL in base64 and their type; `undefined` for anything else. */
export const readDataUrl = (url: string): { readonly type: string; readonly bytes: Uint8Array } | undefined => {
  const comma = url.indexOf(",")
  const head = /^data:([^;,]*)((?:;[^;,]*)*);base64$/i.exec(url.slice(0, Math.max(comma, 0)))
  if (head === null) return undefined
  try {
    const binary = atob(url.slice(comma + 1))
    const bytes = new Uint8Array(binary.length)
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at)
    return { type: head[1]!, bytes }
  } catch {
    return undefined
  }
}

/** A name for bytes without one: `image.png`. Object stores require a name, and its extension tells some formats. */
export const nameOf = (kind: MediaReference["kind"], type: string): string => {
  const subtype = /^\w+\/(?:x-)?([a-z0-9]+)/i.exec(type)?.[1]
  return subtype === undefined ? kind : `${kind}.${subtype.toLowerCase()}`
}

/** The last segment of the path of a URL, if it has one. */
export const lastSegmentOf = (url: string): string | undefined => {
  const last = new URL(url).pathname.split("/").at(-1)
  return last === undefined || last === "" ? undefined : last
}

/** Whether the name of a file stays inside the directory that it is relative to. */
export const staysInside = (name: string): boolean =>
  name !== "" && !/^[\\/]|^[a-z]:|\0/i.test(name) && !name.split(/[\\/]/).includes("..")
