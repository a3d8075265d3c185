/**
 * Things that lists and tables are often made of: a table. In: a subject. Out: its members, if the subject names a known kind of things.
 */

const collections: ReadonlyArray<readonly [pattern: RegExp, members: string]> = [
  [/\bplanets?\b|행성/iu, "Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, Neptune"],
  [/\bcontinents?\b/iu, "Africa, Antarctica, Asia, Australia, Europe, North America, South America"],
  [/\boceans?\b/iu, "Pacific, Atlantic, Indian, Southern, Arctic"],
  [/\bseasons?\b/iu, "spring, summer, autumn, winter"],
  [/\bmonths?\b/iu, "January, February, March, April, May, June, July, August, September, October, November, December"],
  [/\b(?:week)?days of the week\b|\bweekdays?\b/iu, "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"],
  [/\bcolou?rs?\b|색깔|색상/iu, "red, blue, green, yellow, orange, purple, black, white, grey, brown"],
  [
    /\bprogramming languages?\b|프로그래밍 언어/iu,
    "Python, TypeScript, Rust, Go, Java, C, Kotlin, Swift, Ruby, Haskell"
  ],
  [/\bfruits?\b|과일/iu, "apple, pear, plum, cherry, orange, banana, grape, strawberry, peach, melon"],
  [/\bvegetables?\b|채소/iu, "carrot, onion, potato, cabbage, pea, bean, tomato, leek, spinach, pumpkin"],
  [/\banimals?\b|동물/iu, "llama, cat, dog, horse, seal, owl, fox, hare, otter, crab"],
  [/\bcountries\b|나라|국가/iu, "South Korea, France, Japan, Portugal, Norway, Canada, Brazil, Kenya, India, Italy"],
  [/\bcities\b|도시/iu, "Seoul, Paris, Tokyo, Lisbon, Oslo, Rome, Toronto, Nairobi, Lima, Sydney"],
  [
    /\b(?:korean (?:food|dishes)|한국 음식)\b/iu,
    "kimchi, bibimbap, bulgogi, japchae, tteokbokki, samgyetang, naengmyeon, gimbap"
  ],
  [/\bbooks?\b|책/iu, "The Lighthouse Keeper, The Blue Book, Eleven Houses, A Walk Around the Bay, The Slow Clock"]
]

/** The members of the things that a subject names; none when it names no known kind. */
export const membersOf = (topic: string): ReadonlyArray<string> =>
  collections.find(([pattern]) => pattern.test(topic))?.[1].split(", ") ?? []
