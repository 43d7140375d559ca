/** Longer text is no sum that a model leaves to the reader; it also bounds how deep parentheses nest. */
const maxLength = 256

const symbol = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|\*\*|[-+*/()]/y

/** How tightly each binds, and what it comes to. `**` takes what is on its right first. */
const operators = new Map<string, readonly [tightness: number, apply: (a: number, b: number) => number]>([
  ['+', [1, (a, b) => a + b]],
  ['-', [1, (a, b) => a - b]],
  ['*', [2, (a, b) => a * b]],
  ['/', [2, (a, b) => a / b]],
  ['**', [3, (a, b) => a ** b]],
])

/** `2024/10/15`, `555 - 123 - 4567` */
const chain = /^\s*\d+(?:(?:\/\d+){2,}|( - )\d+(?:\1\d+)+)\s*$/

/** `10 - 20`: from a number to a greater one. */
function isRange(text: string): boolean {
  const [, from, to] = /^\s*([\d.]+) - ([\d.]+)\s*$/.exec(text) ?? []
  return from !== undefined && Number(from) < Number(to)
}

/**
 * What arithmetic on number literals comes to: `+ - * / **` and parentheses, as in most languages. `undefined` for
 * everything else: what divides by zero, and dates, ranges and telephone numbers (`2024/10/15`, `10 - 20`), which read as
 * arithmetic and are none.
 *
 * @example evaluate('(4-1)/2') // 1.5
 */
export function evaluate(text: string): number | undefined {
  if (text.length > maxLength || !/[+*/]| - /.test(text) || chain.test(text) || isRange(text))
    return undefined
  let at = 0
  let next = ''
  advance()
  const result = operation(1)
  return next === '' && at === text.length && Number.isFinite(result) ? result : undefined

  function advance() {
    while (text.charCodeAt(at) <= 32) at++
    symbol.lastIndex = at
    next = symbol.exec(text)?.[0] ?? ''
    at += next.length
  }

  /** A value and the operators behind it that bind so tightly. */
  function operation(least: number): number {
    let result = value()
    for (;;) {
      const [tightness, apply] = operators.get(next) ?? [0]
      if (apply === undefined || tightness < least) return result
      advance()
      result = apply(result, operation(tightness === 3 ? 3 : tightness + 1))
    }
  }

  /** What is no value is no number, and makes the whole none. */
  function value(): number {
    const first = next
    advance()
    if (first === '-') return -operation(3)
    if (first !== '(') return /^\d/.test(first) ? Number(first) : Number.NaN
    const inside = operation(1)
    const isClosed = next === ')'
    advance()
    return isClosed ? inside : Number.NaN
  }
}
