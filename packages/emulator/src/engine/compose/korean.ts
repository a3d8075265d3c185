/**
 * The sentences that Korean answers are composed of: a table. `{T}` stands for the subject; `{T은}`, `{T이}` and `{T을}` for the
 * subject with the particle that it needs.
 */
import { withParticle } from "./topic.js"

const lines = (text: string): ReadonlyArray<string> => text.trim().split("\n")

/** A sentence with its subject. */
export const inKorean = (sentence: string, topic: string): string =>
  sentence
    .replaceAll("{T은}", withParticle(topic, "은", "는"))
    .replaceAll("{T이}", withParticle(topic, "이", "가"))
    .replaceAll("{T을}", withParticle(topic, "을", "를"))
    .replaceAll("{T}", topic)

export const koreanOpenings: ReadonlyArray<string> = lines(`
{T은} 작은 부분으로 나누어 보면 훨씬 이해하기 쉽습니다.
간단히 말하면, {T은} 몇 가지 단순한 일을 올바른 순서로 하는 것입니다.
{T을} 보는 방법은 여러 가지가 있지만, 실용적인 관점에서 시작해 보겠습니다.`)

export const koreanSentences: ReadonlyArray<string> = lines(`
먼저 {T이} 왜 필요한지 분명히 하는 것이 중요합니다.
좋은 예 하나가 긴 설명보다 더 많은 것을 알려 줍니다.
처음에는 시간이 걸리지만, 익숙해지면 일이 빨라집니다.
한 번에 하나씩 바꾸어야 무엇이 도움이 되었는지 알 수 있습니다.
결과를 기록해 두면 다음에 같은 실수를 피할 수 있습니다.
{T}에도 한계가 있으므로 미리 확인하는 것이 좋습니다.
사람마다 상황이 다르기 때문에 조언을 그대로 따르기보다 작은 시도를 해 보는 편이 낫습니다.
많은 사람들이 {T을} 목표로 생각하지만, 사실은 수단에 가깝습니다.
잘 아는 사람에게 한 시간 물어보면 하루 동안 읽는 것보다 많이 배울 수 있습니다.
역사를 보면 이름은 자주 바뀌었지만 기본 생각은 크게 변하지 않았습니다.
측정할 수 있는 것은 개선할 수 있고, 그렇지 않은 것은 이야기로만 남습니다.
앞으로 도구는 더 빨라지겠지만 판단은 여전히 사람의 몫입니다.`)

export const koreanClosings: ReadonlyArray<string> = lines(`
더 궁금한 점이 있으면 말씀해 주세요.
작은 예로 직접 해 보시는 것을 권합니다.
이 정도면 {T}의 핵심은 모두 살펴본 셈입니다.`)

/** Items of a list. */
export const koreanItems: ReadonlyArray<readonly [title: string, text: string]> = [
  ["작게 시작하기", "{T} 가운데 한 시간 안에 할 수 있는 부분을 고릅니다"],
  ["목표 정하기", "무엇을 이루고 싶은지 한 문장으로 적습니다"],
  ["예 살펴보기", "좋은 예 하나를 끝까지 따라가 봅니다"],
  ["먼저 측정하기", "바꾸기 전에 지금 상태를 기록합니다"],
  ["하나씩 바꾸기", "그래야 무엇이 도움이 되었는지 알 수 있습니다"],
  ["물어보기", "{T을} 잘 아는 사람에게 묻습니다"],
  ["기록하기", "놀라웠던 점을 적어 둡니다"],
  ["한계 확인하기", "도움이 되지 않는 경우도 알아 둡니다"],
  ["반복하기", "다음 주에 다시 해 보고 결과를 비교합니다"],
  ["나누기", "다른 사람에게 설명하면 이해가 깊어집니다"]
]

export const koreanAspects: ReadonlyArray<readonly [aspect: string, description: string]> = [
  ["목적", "{T이} 하려는 일"],
  ["첫 단계", "예 하나로 작게 시도하기"],
  ["장점", "분명하고 반복할 수 있음"],
  ["한계", "처음에 시간이 걸림"],
  ["비용", "처음에는 낮고 예외가 늘면 높아짐"],
  ["다음 단계", "결과를 목표와 비교하기"]
]

/** How several things compare, in the cells of a table. */
export const koreanComparisons: ReadonlyArray<readonly [aspect: string, values: ReadonlyArray<string>]> = [
  ["용도", ["일상적인 일", "특별한 일", "큰 프로젝트", "빠른 시도"]],
  ["장점", ["시작하기 쉬움", "유연함", "믿을 수 있음", "빠름"]],
  ["한계", ["선택이 적음", "연습이 필요함", "시간이 걸림", "비용이 높음"]],
  ["비용", ["낮음", "보통", "높음", "상황에 따라 다름"]],
  ["추천 대상", ["초보자", "전문가", "팀", "개인"]]
]

/** Headings of a long text. */
export const koreanHeadings: ReadonlyArray<string> = [
  "들어가며",
  "배경",
  "작동 방식",
  "쓰임새",
  "장점",
  "한계",
  "예시",
  "흔한 실수",
  "앞으로"
]

export const koreanPoem =
  "아침이 오면 {T을} 생각합니다\n작은 빛 하나가 창가에 앉아\n서두르지 말라고 말해 줍니다\n\n저녁이 오면 바다는 조용하고\n{T은} 마음에 남아\n내일도 천천히 걸어가자 합니다"

export const koreanStory: ReadonlyArray<string> = lines(`
옛날 어느 바닷가 마을에 날마다 {T을} 생각하는 미나라는 아이가 살았습니다.
사람들은 웃었지만 미나는 파란 공책에 매일 한 줄씩 적었습니다.
어느 날 폭풍이 불어 등대의 불이 꺼지고 배들이 길을 잃었습니다.
모두가 열쇠를 찾는 동안 미나는 {T}에 대해 배운 것을 떠올렸습니다.
미나는 등불을 들고 젖은 계단을 혼자 올라가 아주 작은 문제를 찾아냈습니다.
불이 다시 켜지자 배 세 척이 항구로 돌아왔고, 마을 사람들은 더는 웃지 않았습니다.`)

/** Answers to the most common messages. */
export const koreanAnswers: ReadonlyArray<readonly [pattern: RegExp, answer: string]> = [
  [/^\s*(?:안녕|안녕하세요|하이|반가)/u, "안녕하세요! 무엇을 도와드릴까요? 궁금한 것을 편하게 물어보세요."],
  [/고마워|고맙|감사/u, "천만에요! 더 필요한 것이 있으면 말씀해 주세요."],
  [
    /(?:너는|당신은|넌)\s*누구|이름이 뭐/u,
    "저는 여러분의 컴퓨터에서 실행되는 작은 언어 모델입니다. 프로그램을 시험할 때 도움을 드립니다."
  ],
  [/잘 지내|어떻게 지내/u, "잘 지내고 있습니다. 물어봐 주셔서 고맙습니다! 오늘은 무엇을 도와드릴까요?"],
  [/(?:프랑스|불란서)의? 수도/u, "프랑스의 수도는 파리입니다. 센강 가에 있는 도시입니다."],
  [/(?:한국|대한민국)의? 수도/u, "대한민국의 수도는 서울입니다. 한강을 끼고 있으며 약 천만 명이 살고 있습니다."],
  [/일본의? 수도/u, "일본의 수도는 도쿄입니다."],
  [
    /농담/u,
    "프로그래머가 시장에 갔습니다. “우유 하나 사 오고, 달걀이 있으면 여섯 개 사 와.” 그는 우유 여섯 개를 사 왔습니다. 달걀이 있었거든요."
  ],
  [/^\s*(?:잘 ?가|안녕히)/u, "안녕히 가세요! 다음에 또 이야기해요."]
]
