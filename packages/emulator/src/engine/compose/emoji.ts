/**
 * Adds emoji to a text. In: a text and its subject. Out: the same text with an emoji at the end of each line that has words. Code and tables do not
 * change.
 */

/** Emoji by the words of a subject. */
const bySubject: ReadonlyArray<readonly [pattern: RegExp, emoji: ReadonlyArray<string>]> = [
  [/sea|ocean|beach|harbour|fish|바다|해변/iu, ["🌊", "🐟", "⛵", "🐚"]],
  [/food|cook|bread|soup|recipe|kimchi|tea|coffee|음식|요리|김치|커피/iu, ["🍲", "🥖", "🍵", "😋"]],
  [/travel|trip|city|seoul|paris|tokyo|여행|서울|도시/iu, ["✈️", "🗺️", "🏙️", "🧳"]],
  [/code|program|software|computer|comput|model|ai\b|코드|프로그램|인공지능/iu, ["💻", "🤖", "⚙️", "🚀"]],
  [/music|song|음악|노래/iu, ["🎵", "🎸", "🎶", "🎹"]],
  [/animal|cat|dog|llama|동물|고양이|강아지/iu, ["🐱", "🐶", "🦙", "🐾"]],
  [/weather|sun|rain|spring|summer|날씨|봄|여름/iu, ["☀️", "🌧️", "🌸", "🌈"]]
]
const anySubject: ReadonlyArray<string> = ["✨", "👍", "🎉", "😊"]

/** The text with emoji. */
export const withEmoji = (text: string, topic: string): string => {
  const emoji = bySubject.find(([pattern]) => pattern.test(topic))?.[1] ?? anySubject
  let inCode = false
  let used = 0
  return text
    .split("\n")
    .map((line) => {
      if (line.startsWith("```")) inCode = !inCode
      if (inCode || /^(?:```|\||#)|^\s*$/u.test(line)) return line
      return `${line} ${emoji[used++ % emoji.length]}`
    })
    .join("\n")
}
