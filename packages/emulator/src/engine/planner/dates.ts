/**
 * Dates and times in a text. In: a text, and the current day. Out: days as `2024-07-26` and times as `15:00`. Today is the date of the chat template,
 * so that `tomorrow` is the same day whenever a test runs.
 */

const DAY = 86_400_000
const months = "january february march april may june july august september october november december".split(" ")
const weekdays = "sunday monday tuesday wednesday thursday friday saturday".split(" ")
const koreanWeekdays = "일월화수목금토"

/** A day as `2024-07-26`. */
const isoDay = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** The date of the template, such as `26 Jul 2024`, as a time at midnight. */
export const dayOf = (text: string): number => {
  const time = Date.parse(`${text} UTC`)
  return Number.isNaN(time) ? Date.UTC(2024, 6, 26) : time
}

/** The next day with this name after today. */
const nextWeekday = (today: number, weekday: number): number => {
  const ahead = (weekday - new Date(today).getUTCDay() + 7) % 7
  return today + (ahead === 0 ? 7 : ahead) * DAY
}

/** A day of a year; without a year, the next such day. */
const dayIn = (today: number, month: number, day: number, year: string | undefined): number => {
  if (year !== undefined) return Date.UTC(Number(year), month, day)
  const time = Date.UTC(new Date(today).getUTCFullYear(), month, day)
  return time < today ? Date.UTC(new Date(today).getUTCFullYear() + 1, month, day) : time
}

const MONTH = `(${months.map((month) => `${month}|${month.slice(0, 3)}`).join("|")})\\.?`
const monthOf = (name: string): number => months.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3)))

/** How each way to write a day is read. */
const readers: ReadonlyArray<readonly [pattern: RegExp, read: (match: RegExpMatchArray, today: number) => number]> = [
  [/\b(\d{4})-(\d{2})-(\d{2})\b/gu, ([, y, m, d]) => Date.UTC(Number(y), Number(m) - 1, Number(d))],
  [
    new RegExp(`\\b${MONTH}\\s+(\\d{1,2})(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?\\b`, "giu"),
    ([, month, day, year], today) => dayIn(today, monthOf(month!), Number(day), year)
  ],
  [
    new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?\\s+(?:of\\s+)?${MONTH}(?:,?\\s+(\\d{4}))?\\b`, "giu"),
    ([, day, month, year], today) => dayIn(today, monthOf(month!), Number(day), year)
  ],
  [
    /(?:(\d{4})년\s*)?(\d{1,2})월\s*(\d{1,2})일/gu,
    ([, year, month, day], today) => dayIn(today, Number(month) - 1, Number(day), year)
  ],
  [/\bday after tomorrow\b|모레/giu, (_match, today) => today + 2 * DAY],
  [/(?<!day after )\btomorrow\b|내일/giu, (_match, today) => today + DAY],
  [/\b(?:today|tonight|this (?:morning|afternoon|evening))\b|오늘/giu, (_match, today) => today],
  [/\byesterday\b|어제/giu, (_match, today) => today - DAY],
  [/\bin (\d{1,3}) days\b|(\d{1,3})일 (?:뒤|후)/giu, ([, a, b], today) => today + Number(a ?? b) * DAY],
  [/\bnext week\b|다음 ?주(?!\s*[일월화수목금토]요일)/giu, (_match, today) => today + 7 * DAY],
  [
    new RegExp(`\\b(?:next\\s+|this\\s+|on\\s+)?(${weekdays.join("|")})\\b`, "giu"),
    ([, name], today) => nextWeekday(today, weekdays.indexOf(name!.toLowerCase()))
  ],
  [
    /(?:다음 ?주\s*|이번 ?주\s*)?([일월화수목금토])요일/gu,
    ([, name], today) => nextWeekday(today, koreanWeekdays.indexOf(name!))
  ]
]

/** The days that a text names, in order. */
export const daysIn = (text: string, today: number): ReadonlyArray<string> =>
  readers
    .flatMap(([pattern, read]) =>
      [...text.matchAll(pattern)].map((match) => ({ at: match.index, time: read(match, today) }))
    )
    .filter(({ time }) => Number.isFinite(time))
    .sort((a, b) => a.at - b.at)
    .map(({ time }) => isoDay(time))

const twoDigits = (value: number): string => String(value).padStart(2, "0")

/** The hour of a day of 24 hours. */
const hourOf = (hour: number, half: string | undefined): number => {
  if (half === undefined) return hour
  return /^(?:p|오후|저녁|밤)/iu.test(half) ? (hour % 12) + 12 : hour % 12
}

/** The times that a text names, in order, as `15:00`. */
export const timesIn = (text: string): ReadonlyArray<string> =>
  [
    ...[...text.matchAll(/\b(\d{1,2}):(\d{2})(?:\s*(am|pm|a\.m\.|p\.m\.))?/giu)].map(
      ({ 1: hour, 2: minute, 3: half, index }) => ({ index, hour: hourOf(Number(hour), half), minute: Number(minute) })
    ),
    ...[...text.matchAll(/(?<!:)\b(\d{1,2})\s*(am|pm|a\.m\.|p\.m\.|o'clock)/giu)].map(
      ({ 1: hour, 2: half, index }) => ({
        index,
        hour: hourOf(Number(hour), half?.startsWith("o") === true ? undefined : half),
        minute: 0
      })
    ),
    ...[...text.matchAll(/(오전|오후|저녁|밤|아침)?\s*(\d{1,2})시(?:\s*(\d{1,2})분|\s*(반))?/gu)].map(
      ({ 1: half, 2: hour, 3: minute, 4: thirty, index }) => ({
        index,
        hour: hourOf(Number(hour), half),
        minute: thirty === undefined ? Number(minute ?? 0) : 30
      })
    ),
    ...[...text.matchAll(/\b(noon|midnight)\b|정오|자정/giu)].map(({ 0: word, index }) => ({
      index,
      hour: /noon|정오/iu.test(word) ? 12 : 0,
      minute: 0
    }))
  ]
    .filter(({ hour, minute }) => hour < 24 && minute < 60)
    .sort((a, b) => a.index - b.index)
    .map(({ hour, minute }) => `${twoDigits(hour)}:${twoDigits(minute)}`)
