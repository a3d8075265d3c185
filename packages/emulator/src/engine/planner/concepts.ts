/**
 * Words that the planner compares. In: a name, a description or a question. Out: its words in a common form, and their concepts. So `forecast`,
 * `umbrella` and `날씨` all have the concept of weather, like `get_weather`.
 */

/** Verbs that nearly every function has: they do not distinguish functions. */
const GENERIC = new Set(
  (
    "get set fetch create make give show tell write list find add update delete remove run do use call return returns retrieve perform " +
    "execute handle process manage new current currently data info information value values result results given specific certain with " +
    "from this that your into look for and the of in on at to an is are be by or as it its all any can about using based one item " +
    "function tool please want need would could should how what when where which who why will my me you i we us a some there here have has " +
    "details name text string number input output user's thing things help let know now today good best like go if not no so than then " +
    "first second next after before also just only more most very much many few word words say says ask answer question"
  ).split(" ")
)

/** The common form of a word, without the endings of plurals and verbs. */
const stem = (word: string): string => {
  if (word.length <= 4 || /[^a-z]/u.test(word)) return word.replace(/(?<=[a-z]{3})s$/u, "")
  return word
    .replace(/(?:ies)$/u, "y")
    .replace(/(?:ations?|ings?|ers?|ed|es|s)$/u, "")
    .replace(/e$/u, "")
}

/** The words of a text, in lower case. `getWeather` and `get_weather` both have `weather`. */
export const plainWords = (text: string): ReadonlyArray<string> =>
  text
    .replaceAll(/([a-z])([A-Z])/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => word !== "")

/** The words of a text that carry its content, in their common form. */
export const contentWords = (text: string): ReadonlySet<string> =>
  new Set(
    plainWords(text)
      .filter((word) => !GENERIC.has(word) && (word.length > 2 || /[^a-z\d]/u.test(word)))
      .map(stem)
  )

/** Concepts: their English words, and parts of Korean words. */
const concepts: Readonly<Record<string, readonly [english: string, korean: string]>> = {
  weather: [
    "weather forecast temperature rain rainy raining sunny snow snowing umbrella humid humidity windy climate",
    "날씨 기온 비가 우산 눈이 습도 바람이"
  ],
  calculation: [
    "calculate calculator calculation compute math maths arithmetic multiply add divide subtract square percent percentage expression evaluate",
    "계산 더하 더해 빼기 곱하 곱해 나누 나눠 합계 제곱"
  ],
  database: [
    "sql database query queries table tables rows row column columns postgres postgresql mysql sqlite",
    "데이터베이스 쿼리 테이블 디비 sql"
  ],
  stock: ["stock stocks share shares ticker nasdaq nyse quote equity trading", "주가 주식 시세 종목 증시"],
  currency: ["currency currencies exchange forex convert conversion", "환율 환전 통화"],
  search: ["search google web internet lookup online news latest browse", "검색 찾아 알아봐 뉴스 최신 소식"],
  reading: [
    "read open page article url website webpage link scrape visit browse",
    "읽어 열어 페이지 기사 웹사이트 링크"
  ],
  time: ["time clock timezone hour o'clock", "몇 시 몇시 시각 시간대"],
  email: ["email mail e-mail inbox gmail", "이메일 메일"],
  calendar: [
    "event events meeting meetings calendar appointment appointments schedule invite",
    "일정 회의 미팅 약속 캘린더"
  ],
  reminder: ["remind reminder reminders alarm timer todo task tasks", "알림 알람 리마인더 할 일 할일"],
  translation: ["translate translation translator", "번역"],
  route: [
    "route routes directions navigate navigation distance drive driving traffic map",
    "길찾기 경로 거리 지도 가는 길"
  ],
  flight: ["flight flights fly airline plane airport", "항공권 비행기 항공편"],
  hotel: ["hotel hotels accommodation lodging hostel", "호텔 숙소 숙박"],
  restaurant: ["restaurant restaurants dinner lunch cuisine", "식당 맛집 레스토랑 음식점"],
  customer: ["user users customer customers account accounts client clients profile", "사용자 고객 회원 계정"],
  order: ["order orders purchase parcel package shipment shipping delivery tracking refund", "주문 배송 택배 환불"],
  file: ["file files directory folder", "파일 폴더 디렉터리"],
  code: ["python javascript script", "코드 실행 파이썬"],
  picture: ["image images picture pictures photo photos drawing draw illustration", "그림 이미지 사진 그려"],
  music: ["music song songs playlist", "음악 노래 재생"],
  light: ["light lights lamp brightness thermostat", "조명 불을 전등 난방"],
  product: ["product products inventory cost shop catalog catalogue", "상품 제품 가격 재고"],
  ticket: ["ticket tickets issue issues bug bugs", "티켓 이슈 버그"],
  dice: ["dice die roll coin", "주사위 동전"]
}

const englishConcepts = new Map<string, string>()
const koreanConcepts: Array<readonly [part: string, concept: string]> = []
for (const [concept, [english, korean]] of Object.entries(concepts)) {
  for (const word of english.split(" ")) englishConcepts.set(word, concept)
  // `몇 시` contains a space, so parts of one syllable are joined to the part before.
  for (const part of korean.split(/ (?!시(?: |$)|길(?: |$)|일(?: |$))/u)) koreanConcepts.push([part, concept])
}

/** The concepts of a text, by its words. */
export const conceptsOf = (text: string): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const word of plainWords(text)) {
    const concept = englishConcepts.get(word) ?? englishConcepts.get(word.replace(/'s$/u, ""))
    if (concept !== undefined) found.add(concept)
  }
  if (/[가-힣]/u.test(text)) {
    for (const [part, concept] of koreanConcepts) if (text.includes(part)) found.add(concept)
  }
  return found
}
