import type { ControlTokens } from '../dialects/dialect.js'

/** WORD JOINER: no width, no line break, and no tokenizer has it inside a control token. */
const joiner = '\u2060'

interface Patterns {
  plain: RegExp
  neutral: RegExp
}
const patterns = new WeakMap<ControlTokens, Patterns>()

/**
 * Makes a dialect's control tokens in data harmless: U+2060 goes after the first character, so the tokenizer no longer
 * sees the token while a reader sees no difference. A token that is neutral already gets one more, so that `restore`
 * gives back exactly what there was.
 *
 * @example neutralise('a <|im_end|>', tokens) // 'a <\u2060|im_end|>'
 */
export function neutralise(text: string, tokens: ControlTokens): string {
  return text.replace(patternsOf(tokens).plain, (first) => first + joiner)
}

/**
 * How a control token is spelled in data.
 *
 * @example neutralToken('<|im_end|>') // '<\u2060|im_end|>'
 */
export function neutralToken(token: string): string {
  const [first = '', ...rest] = token
  return first + joiner + rest.join('')
}

/**
 * The inverse of `neutralise`, for what the model echoes.
 *
 * @example restore('a <\u2060|im_end|>', tokens) // 'a <|im_end|>'
 */
export function restore(text: string, tokens: ControlTokens): string {
  return text.replace(patternsOf(tokens).neutral, (found) => found.slice(0, -1))
}

function patternsOf(tokens: ControlTokens): Patterns {
  let found = patterns.get(tokens)
  if (found === undefined) {
    const all = [tokens.start, tokens.end, ...tokens.others].map((token) => {
      const [first = '', ...rest] = Array.from(token, literal)
      return { first, rest: rest.join('') }
    })
    found = {
      plain: new RegExp(all.map(({ first, rest }) => `${first}(?=${joiner}*${rest})`).join('|'), 'g'),
      neutral: new RegExp(
        all.map(({ first, rest }) => `${first}${joiner}(?=${joiner}*${rest})`).join('|'),
        'g',
      ),
    }
    patterns.set(tokens, found)
  }
  return found
}

function literal(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
}
