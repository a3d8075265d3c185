import { WaveFile } from "wavefile"

/** One second of silence, as a WAV file. */
export const silence = (): Uint8Array<ArrayBuffer> => {
  const file = new WaveFile()
  file.fromScratch(1, 8000, "16", new Int16Array(8000))
  return new Uint8Array(file.toBuffer())
}
