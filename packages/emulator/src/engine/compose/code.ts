/**
 * Composes code. In: a request for code. Out: a code block in the language that it names, with a sentence before and after it. A few tasks are known;
 * for others it is a small function that has the name of the task and runs.
 */
import { contentWords, plainWords } from "../planner/concepts.js"

/** A language: how it is named, how its blocks are marked, and how a small function looks in it. */
interface Language {
  readonly pattern: RegExp
  readonly mark: string
  readonly title: string
  readonly sketch: (name: string, task: string) => string
}

const camel = (words: ReadonlyArray<string>): string =>
  words.map((word, at) => (at === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join("")
const snake = (name: string): string => name.replaceAll(/([A-Z])/gu, "_$1").toLowerCase()
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const languages: ReadonlyArray<Language> = [
  {
    pattern: /\btypescript\b|\bts\b|타입스크립트/iu,
    mark: "typescript",
    title: "TypeScript",
    sketch: (name, task) =>
      `/** ${task} */\nexport const ${name} = (items: ReadonlyArray<string>): ReadonlyArray<string> =>\n  items.map((item) => item.trim()).filter((item) => item !== "")\n\nconsole.log(${name}(["first ", "", "second"]))`
  },
  {
    pattern: /\bjavascript\b|\bjs\b|\bnode\b|자바스크립트/iu,
    mark: "javascript",
    title: "JavaScript",
    sketch: (name, task) =>
      `// ${task}\nfunction ${name}(items) {\n  return items.map((item) => item.trim()).filter((item) => item !== "")\n}\n\nconsole.log(${name}(["first ", "", "second"]))`
  },
  {
    pattern: /\bsql\b/iu,
    mark: "sql",
    title: "SQL",
    sketch: (_name, task) =>
      `-- ${task}\nSELECT customer_id, COUNT(*) AS orders, SUM(total) AS revenue\nFROM orders\nWHERE created_at >= '2024-01-01'\nGROUP BY customer_id\nORDER BY revenue DESC\nLIMIT 10;`
  },
  {
    pattern: /\b(?:bash|shell|sh)\b/iu,
    mark: "bash",
    title: "Bash",
    sketch: (name, task) =>
      `#!/usr/bin/env bash\n# ${task}\nset -euo pipefail\n\n${snake(name)}() {\n  local file="$1"\n  grep -v '^$' "$file" | sort | uniq -c | sort -rn\n}\n\n${snake(name)} "$@"`
  },
  {
    pattern: /\b(?:go|golang)\b/iu,
    mark: "go",
    title: "Go",
    sketch: (name, task) =>
      `package main\n\nimport (\n\t"fmt"\n\t"strings"\n)\n\n// ${name}: ${task}\nfunc ${name}(items []string) []string {\n\tvar kept []string\n\tfor _, item := range items {\n\t\tif trimmed := strings.TrimSpace(item); trimmed != "" {\n\t\t\tkept = append(kept, trimmed)\n\t\t}\n\t}\n\treturn kept\n}\n\nfunc main() {\n\tfmt.Println(${name}([]string{"first ", "", "second"}))\n}`
  },
  {
    pattern: /\brust\b|러스트/iu,
    mark: "rust",
    title: "Rust",
    sketch: (name, task) =>
      `/// ${task}\nfn ${snake(name)}(items: &[&str]) -> Vec<String> {\n    items\n        .iter()\n        .map(|item| item.trim().to_string())\n        .filter(|item| !item.is_empty())\n        .collect()\n}\n\nfn main() {\n    println!("{:?}", ${snake(name)}(&["first ", "", "second"]));\n}`
  },
  {
    pattern: /\bjava\b|자바(?!스크립트)/iu,
    mark: "java",
    title: "Java",
    sketch: (name, task) =>
      `import java.util.List;\n\n/** ${task} */\npublic class ${pascal(name)} {\n    static List<String> ${name}(List<String> items) {\n        return items.stream().map(String::trim).filter(item -> !item.isEmpty()).toList();\n    }\n\n    public static void main(String[] args) {\n        System.out.println(${name}(List.of("first ", "", "second")));\n    }\n}`
  },
  {
    pattern: /\bhtml\b/iu,
    mark: "html",
    title: "HTML",
    sketch: (_name, task) =>
      `<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8" />\n    <title>${task}</title>\n  </head>\n  <body>\n    <main>\n      <h1>${task}</h1>\n      <button type="button">Start</button>\n    </main>\n  </body>\n</html>`
  },
  {
    pattern: /\bcss\b/iu,
    mark: "css",
    title: "CSS",
    sketch: (name, task) =>
      `/* ${task} */\n.${snake(name).replaceAll("_", "-")} {\n  display: grid;\n  gap: 1rem;\n  padding: 1rem;\n  border-radius: 0.5rem;\n}`
  }
]

const python: Language = {
  pattern: /\bpython\b|파이썬/iu,
  mark: "python",
  title: "Python",
  sketch: (name, task) =>
    `def ${snake(name)}(items: list[str]) -> list[str]:\n    """${task}"""\n    return [item.strip() for item in items if item.strip()]\n\n\nprint(${snake(name)}(["first ", "", "second"]))`
}

/** Common tasks, in Python and in JavaScript. */
const tasks: ReadonlyArray<readonly [pattern: RegExp, what: string, python: string, javascript: string]> = [
  [
    /revers|뒤집/iu,
    "reverses a string",
    `def reverse_string(text: str) -> str:\n    return text[::-1]\n\n\nprint(reverse_string("harbour"))  # ruobrah`,
    `const reverseString = (text) => [...text].reverse().join("")\n\nconsole.log(reverseString("harbour")) // ruobrah`
  ],
  [
    /fibonacci|피보나치/iu,
    "computes Fibonacci numbers",
    `def fibonacci(n: int) -> int:\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n\n\nprint([fibonacci(n) for n in range(10)])  # [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]`,
    `const fibonacci = (n) => {\n  let [a, b] = [0, 1]\n  for (let i = 0; i < n; i++) [a, b] = [b, a + b]\n  return a\n}\n\nconsole.log(Array.from({ length: 10 }, (_, n) => fibonacci(n)))`
  ],
  [
    /factorial|팩토리얼/iu,
    "computes the factorial of a number",
    `def factorial(n: int) -> int:\n    result = 1\n    for factor in range(2, n + 1):\n        result *= factor\n    return result\n\n\nprint(factorial(5))  # 120`,
    `const factorial = (n) => {\n  let result = 1\n  for (let factor = 2; factor <= n; factor++) result *= factor\n  return result\n}\n\nconsole.log(factorial(5)) // 120`
  ],
  [
    /prime|소수/iu,
    "checks whether a number is prime",
    `def is_prime(n: int) -> bool:\n    if n < 2:\n        return False\n    return all(n % d != 0 for d in range(2, int(n**0.5) + 1))\n\n\nprint([n for n in range(20) if is_prime(n)])  # [2, 3, 5, 7, 11, 13, 17, 19]`,
    `const isPrime = (n) => {\n  if (n < 2) return false\n  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false\n  return true\n}\n\nconsole.log([2, 3, 4, 17, 18].filter((n) => isPrime(n))) // [ 2, 3, 17 ]`
  ],
  [
    /palindrome|회문/iu,
    "checks whether a text is a palindrome",
    `def is_palindrome(text: str) -> bool:\n    letters = [c.lower() for c in text if c.isalnum()]\n    return letters == letters[::-1]\n\n\nprint(is_palindrome("Never odd or even"))  # True`,
    `const isPalindrome = (text) => {\n  const letters = text.toLowerCase().replace(/[^a-z0-9]/g, "")\n  return letters === [...letters].reverse().join("")\n}\n\nconsole.log(isPalindrome("Never odd or even")) // true`
  ],
  [
    /fizz ?buzz/iu,
    "plays FizzBuzz",
    `for n in range(1, 16):\n    print("Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0) or n)`,
    `for (let n = 1; n <= 15; n++) {\n  console.log((n % 3 === 0 ? "Fizz" : "") + (n % 5 === 0 ? "Buzz" : "") || n)\n}`
  ],
  [
    /hello,? world/iu,
    "prints a greeting",
    `def main() -> None:\n    print("Hello, world!")\n\n\nif __name__ == "__main__":\n    main()`,
    `console.log("Hello, world!")`
  ],
  [
    /\b(?:add|sum)\b|더하/iu,
    "adds two numbers",
    `def add(a: float, b: float) -> float:\n    return a + b\n\n\nprint(add(2, 3))  # 5`,
    `const add = (a, b) => a + b\n\nconsole.log(add(2, 3)) // 5`
  ],
  [
    /\bsort|정렬/iu,
    "sorts a list",
    `def sorted_by(items: list[dict], key: str) -> list[dict]:\n    return sorted(items, key=lambda item: item[key])\n\n\nprint(sorted_by([{"n": 2}, {"n": 1}], "n"))  # [{'n': 1}, {'n': 2}]`,
    `const sortedBy = (items, key) => [...items].sort((a, b) => (a[key] < b[key] ? -1 : 1))\n\nconsole.log(sortedBy([{ n: 2 }, { n: 1 }], "n")) // [ { n: 1 }, { n: 2 } ]`
  ],
  [
    /\b(?:fetch|http|request|api)\b|요청/iu,
    "fetches JSON over HTTP",
    `import json\nfrom urllib.request import urlopen\n\n\ndef fetch_json(url: str) -> object:\n    with urlopen(url, timeout=10) as response:\n        return json.load(response)`,
    `const fetchJson = async (url) => {\n  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })\n  if (!response.ok) throw new Error(\`\${url} answered with \${response.status}\`)\n  return response.json()\n}`
  ]
]

/** The types of the known tasks, for TypeScript. */
const typed = (code: string): string =>
  code
    .replaceAll("= (text) =>", "= (text: string) =>")
    .replaceAll("= (n) =>", "= (n: number) =>")
    .replaceAll("= (a, b) => a + b", "= (a: number, b: number): number => a + b")
    .replaceAll("= (items, key) =>", "= <A>(items: ReadonlyArray<A>, key: keyof A): ReadonlyArray<A> =>")
    .replaceAll("async (url) =>", "async (url: string): Promise<unknown> =>")

/** A code block with a sentence before and after it. */
export const composeCode = (asked: string, topic: string, korean: boolean): string => {
  const language = [python, ...languages].find(({ pattern }) => pattern.test(asked)) ?? python
  const known = ["python", "javascript", "typescript"].includes(language.mark)
    ? tasks.find(([pattern]) => pattern.test(asked))
    : undefined
  const nameWords = plainWords(topic).filter(
    (word) => contentWords(word).size > 0 && /^[a-z]+$/u.test(word) && !language.pattern.test(word)
  )
  const name = camel(nameWords.slice(0, 3)) || "example"
  const task = topic.charAt(0).toUpperCase() + topic.slice(1)
  const body =
    known === undefined
      ? language.sketch(name, task)
      : language.mark === "python"
        ? known[2]
        : language.mark === "typescript"
          ? typed(known[3])
          : known[3]
  const block = `\`\`\`${language.mark}\n${body}\n\`\`\``
  if (korean) return `${language.title} 코드 예시입니다.\n\n${block}\n\n필요에 맞게 이름과 입력을 바꾸어 사용하세요.`
  const link = /\b(?:that|which)\b/iu.test(asked) ? "that" : /\bto\b/iu.test(asked) ? "to" : "for"
  const what = known === undefined ? `${link} ${topic}` : `that ${known[1]}`
  return `Here is ${language.title} code ${what}:\n\n${block}\n\nIt uses only what the language brings along. Try it with your own input, and tell me if it should handle other cases.`
}
