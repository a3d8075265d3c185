/**
 * Makes pictures from a text, and reads and writes PNG and JPEG. In: a prompt and a seed, or bytes. Out:
 * pixels, or bytes. A prompt gives smooth areas of colour, the same for the same text and seed on every
 * machine, so that tests can compare bytes.
 */
import { decode as decodePng, encode as encodePng, hasPngSignature } from "fast-png"
import jpeg from "jpeg-js"
import { makeRandom, type Random } from "./random.js"

/** Pixels as red, green and blue, one byte each, row by row. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** The text and the look of a picture. */
export interface PaintOptions {
  readonly prompt: string
  readonly seed: number
  /** Default: 256. */
  readonly width?: number
  /** Default: 256. */
  readonly height?: number
  /** How fine the structure is, from 1 to 50. Default: 20. */
  readonly steps?: number
  /** How strong the contrast is, from 0 to 20; larger values count as 20. Default: 0. */
  readonly guidance?: number
}

/** Width and height when a request sets no size. */
export const defaultSide = 256

/** Larger pictures are rejected. */
const maxPixels = 16_777_216

/** From 0 to 255 each. */
type Colour = readonly [red: number, green: number, blue: number]

/** Colours that a prompt can name. */
const namedColours: Readonly<Record<string, Colour>> = {
  red: [214, 40, 40],
  orange: [244, 132, 30],
  yellow: [250, 208, 60],
  green: [56, 142, 74],
  turquoise: [46, 178, 170],
  blue: [38, 92, 196],
  purple: [118, 62, 168],
  pink: [238, 130, 170],
  brown: [122, 78, 46],
  white: [246, 246, 242],
  grey: [128, 130, 134],
  gray: [128, 130, 134],
  black: [22, 22, 26],
  gold: [212, 164, 44],
  silver: [190, 196, 204]
}

/** A hash with 53 bits (cyrb53). */
const hash = (text: string): number => {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 2 ** 32 * (2097151 & b) + (a >>> 0)
}

/** A colour by hue, saturation and lightness, each from 0 to 1. */
const colourAt = (hue: number, saturation: number, lightness: number): Colour => {
  const channel = (shift: number): number => {
    const k = (shift + hue * 12) % 12
    return 255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1)))
  }
  return [channel(0), channel(8), channel(4)]
}

/**
 * The colours of a picture, from dark to light: shades of one hue, with the colours that the prompt names
 * between them.
 */
const paletteOf = (prompt: string, random: Random): ReadonlyArray<Colour> => {
  const named = (prompt.toLowerCase().match(/[a-z]+/g) ?? []).flatMap((word) =>
    Object.hasOwn(namedColours, word) ? [namedColours[word]!] : []
  )
  const hue = random.next()
  const shades = Array.from({ length: 5 }, (_, at) =>
    colourAt((hue + at * 0.07 + random.next() * 0.05) % 1, 0.45 + 0.4 * random.next(), 0.18 + 0.15 * at)
  )
  // Each named colour is placed between two random shades, so that the transitions are smooth. With more than four, nothing else
  // would be visible.
  named.slice(0, 4).forEach((colour, at) => shades.splice(1 + 2 * at, 0, colour))
  return shades
}

/** Smooth noise between 0 and 1 that repeats after 256 cells. */
const makeNoise = (random: Random): ((x: number, y: number) => number) => {
  const lattice = Float64Array.from({ length: 256 }, () => random.next())
  const order = Uint8Array.from({ length: 256 }, (_, at) => at)
  for (let at = 255; at > 0; at--) {
    const other = random.int(0, at)
    const kept = order[at]!
    order[at] = order[other]!
    order[other] = kept
  }
  /** The value of a cell, from its place in a shuffled list. */
  const valueAt = (x: number, y: number): number => lattice[order[(order[x & 255]! + y) & 255]!]!
  return (x, y) => {
    const left = Math.floor(x)
    const top = Math.floor(y)
    const dx = x - left
    const dy = y - top
    // The curve 3t² − 2t³ instead of a straight line: otherwise the edges of the cells would be visible.
    const u = dx * dx * (3 - 2 * dx)
    const v = dy * dy * (3 - 2 * dy)
    const above = valueAt(left, top) * (1 - u) + valueAt(left + 1, top) * u
    const below = valueAt(left, top + 1) * (1 - u) + valueAt(left + 1, top + 1) * u
    return above * (1 - v) + below * v
  }
}

/**
 * Makes a picture from a text. The same options give the same pixels on every machine. Colours that the text names are visible.
 */
export const paint = (options: PaintOptions): Picture => {
  const { guidance = 0, height = defaultSide, prompt, seed, steps = 20, width = defaultSide } = options
  const random = makeRandom(hash(`${seed}\n${prompt}`))
  const palette = paletteOf(prompt, random)
  const noise = makeNoise(random)
  const octaves = 32 - Math.clz32(Math.max(1, steps))
  const contrast = 1 + Math.min(20, Math.max(0, guidance)) / 8
  const [tiltX, tiltY] = [random.next() - 0.5, random.next() - 0.5]
  const scale = (2.5 + 2 * random.next()) / Math.max(width, height)

  /** Several layers of noise, each twice as fine and half as strong as the one before. */
  const layered = (x: number, y: number, layers: number): number => {
    let sum = 0
    let weight = 0
    for (let octave = 0, size = 1; octave < layers; octave++, size *= 2) {
      sum += noise(x * size + octave * 17, y * size + octave * 31) / size
      weight += 1 / size
    }
    return sum / weight
  }

  const data = new Uint8Array(width * height * 3)
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const x = column * scale
      const y = row * scale
      // Noise that is distorted by other noise looks like smoke or water.
      const bend = 1.5 * layered(x + 5, y + 9, 2)
      const tilt = tiltX * (column / width - 0.5) + tiltY * (row / height - 0.5)
      const level = 0.5 + (layered(x + bend, y - bend, octaves) - 0.5 + tilt) * 1.6 * contrast
      const place = Math.min(0.999999, Math.max(0, level)) * (palette.length - 1)
      const low = Math.floor(place)
      const from = palette[low]!
      const to = palette[low + 1]!
      for (let channel = 0; channel < 3; channel++) {
        data[at + channel] = Math.round(from[channel]! + (to[channel]! - from[channel]!) * (place - low))
      }
    }
  }
  return { width, height, data }
}

/** Changes the size of a picture, with bilinear interpolation. */
export const resize = (picture: Picture, width: number, height: number): Picture => {
  if (picture.width === width && picture.height === height) return picture
  const data = new Uint8Array(width * height * 3)
  // The two old pixels on either side of a new one, and how close it is to the second.
  const place = (at: number, size: number, of: number): readonly [low: number, high: number, share: number] => {
    const exact = Math.min(of - 1, Math.max(0, ((at + 0.5) * of) / size - 0.5))
    const low = Math.floor(exact)
    return [low, Math.min(of - 1, low + 1), exact - low]
  }
  const columns = Array.from({ length: width }, (_, column) => place(column, width, picture.width))
  for (let row = 0, at = 0; row < height; row++) {
    const [top, bottom, v] = place(row, height, picture.height)
    for (const [left, right, u] of columns) {
      for (let channel = 0; channel < 3; channel++, at++) {
        const of = (x: number, y: number): number => picture.data[(y * picture.width + x) * 3 + channel]!
        const above = of(left, top) * (1 - u) + of(right, top) * u
        const below = of(left, bottom) * (1 - u) + of(right, bottom) * u
        data[at] = Math.round(above * (1 - v) + below * v)
      }
    }
  }
  return { width, height, data }
}

/**
 * Blends one picture over another. `share` is how much of the upper one is visible, from 0 to 1. The result has the size of the
 * lower one.
 */
export const blend = (lower: Picture, upper: Picture, share: number): Picture => {
  const over = resize(upper, lower.width, lower.height)
  return {
    ...lower,
    data: lower.data.map((value, at) => Math.round(value + (over.data[at]! - value) * share))
  }
}

interface BufferScope {
  Buffer?: { readonly from: (bytes: ArrayLike<number>) => Uint8Array }
}

/**
 * Encodes pixels as JPEG. The library ends with `Buffer.from(bytes)` and uses nothing else of Node. If there is no `Buffer` (browsers, Workers), an
 * array of bytes replaces it until the encoder returns. The encoder is synchronous, so no other code sees the replacement.
 */
const encodeJpeg = (image: { readonly width: number; readonly height: number; readonly data: Uint8Array }) => {
  const scope = globalThis as BufferScope
  if (scope.Buffer !== undefined) return jpeg.encode(image, 90).data
  scope.Buffer = Uint8Array
  try {
    return jpeg.encode(image, 90).data
  } finally {
    delete scope.Buffer
  }
}

/** Encodes a picture as a file. */
export const encodePicture = (picture: Picture, format: "png" | "jpeg"): Uint8Array => {
  const { data, height, width } = picture
  if (format === "png") return encodePng({ width, height, data, channels: 3, depth: 8 })
  const rgba = new Uint8Array(width * height * 4).fill(255)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) rgba.set(data.subarray(from, from + 3), to)
  return new Uint8Array(encodeJpeg({ width, height, data: rgba }))
}

/** Whether bytes begin like a JPEG. */
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff

/** The background of transparent pixels: white. */
const paper = 255

/**
 * The pixels of a PNG of any kind: grey or coloured, with or without a palette, 1 to 16 bits, with or without
 * transparency.
 */
const readPng = (bytes: Uint8Array): Picture | string => {
  const head = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // The size is checked before the pixels are decoded, because a small file can contain a very large picture.
  if (bytes.length < 24) return "is incomplete"
  const [width, height] = [head.getUint32(16), head.getUint32(20)]
  if (width * height > maxPixels) return `has more than ${maxPixels} pixels`
  const decoded = decodePng(bytes)
  const { channels, palette, transparency } = decoded
  // With a palette each pixel is one number, whatever the number of channels.
  const indexed = palette !== undefined
  const { depth } = decoded
  const samples = indexed ? 1 : channels
  const top = 2 ** depth - 1
  // With fewer than eight bits, a byte contains several samples, and each row begins with a new byte.
  const rowBytes = Math.ceil((width * samples * depth) / 8)
  const sample = (row: number, index: number): number => {
    if (depth >= 8) return decoded.data[row * width * samples + index]!
    const byte = decoded.data[row * rowBytes + ((index * depth) >> 3)]!
    return (byte >> (8 - depth - ((index * depth) & 7))) & top
  }
  const data = new Uint8Array(width * height * 3)
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 3) {
      const at = (channel: number): number => sample(row, column * samples + channel)
      let colour: ReadonlyArray<number>
      let alpha = 1
      if (indexed) {
        const entry = palette[at(0)]
        if (entry === undefined) return "refers to a colour that is not in its palette"
        colour = entry
        alpha = (entry[3] ?? 255) / 255
      } else {
        const grey = samples < 3
        const raw = grey ? [at(0), at(0), at(0)] : [at(0), at(1), at(2)]
        colour = raw.map((value) => (value / top) * 255)
        if (samples === 2 || samples === 4) alpha = at(samples - 1) / top
        // A PNG without alpha can declare one colour as transparent.
        else if (transparency !== undefined && transparency.every((value, channel) => value === raw[channel])) alpha = 0
      }
      for (let channel = 0; channel < 3; channel++) {
        data[to + channel] = Math.round(paper + (colour[channel]! - paper) * alpha)
      }
    }
  }
  return { width, height, data }
}

/** The pixels of a JPEG. The library checks the size itself. */
const readJpeg = (bytes: Uint8Array): Picture => {
  const { data, height, width } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    maxResolutionInMP: maxPixels / 1e6
  })
  return { width, height, data }
}

/**
 * Reads a PNG or a JPEG, or returns a few words about its problem. 16 bits become 8, palettes and greys become RGB, and transparent pixels become
 * white.
 */
export const decodePicture = (bytes: Uint8Array): Picture | string => {
  try {
    if (hasPngSignature(bytes)) return readPng(bytes)
    if (isJpeg(bytes)) return readJpeg(bytes)
  } catch {
    // The messages of the libraries describe internal parts of the file, which do not help the sender.
    return "is damaged"
  }
  return "is neither a PNG nor a JPEG"
}

/** A short name for a file: the same bytes give the same name. */
export const nameOf = (bytes: Uint8Array): string => {
  let a = 0x811c9dc5
  let b = 0x01000193
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x85ebca6b) + 0x9e3779b9
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("")
}
