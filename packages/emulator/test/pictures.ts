/** Pictures that the tests of images share. */
import type { Picture } from "../src/engine/picture.js"

/** A picture of one colour. */
export const plain = (width: number, height: number, colour: readonly [number, number, number]): Picture => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => colour[at % 3]!)
})

/** The mean of one channel: what a picture looks like from afar. */
export const mean = ({ data }: { readonly data: ArrayLike<number> }, channel: number, channels = 3): number => {
  let sum = 0
  for (let at = channel; at < data.length; at += channels) sum += data[at]!
  return sum / (data.length / channels)
}
