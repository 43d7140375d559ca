import { beginsOthersTurn, isOthersRole } from './speakers.js'
import type { TagMatch } from './tags.js'

/**
 * The words that models write a call's mark with when they miss their own, as they stand in what other families were
 * trained on: `<function_call>`, `<tools>`, `<|python_tag|>`, `<TOOL_CALL id="1">`. Case, separators, bars and attributes
 * do not count. Results and examples are not among them.
 */
const words = [
  'toolcall',
  'toolcalls',
  'tool',
  'tools',
  'tooluse',
  'functioncall',
  'functioncalls',
  'function',
  'functions',
  'call',
  'invoke',
  'action',
  'pythontag',
  'toolrequest',
  'json',
  'xml',
  'response',
  // The end of a sequence, as many tokenizers have it.
  's',
]

/** Around a tool's result: what it shows is no call. */
const results = ['toolresponse', 'toolresult', 'tooloutput', 'functionresponse', 'functionresult']

/** What may stand between a mark and a call: whose turn it is, who is meant, and what a call is called. */
const between = new Set([...words, 'assistant', 'model', 'commentary', 'to', 'python'])

/** What is between a name and its arguments in a mark of its own. */
const separators = ['args', 'callid']

/** Where calls are spelled as XML the first tag is the call's own. */
const callStart = /^< ?(?:(?:function|tool)|(?:function|invoke) name) ?=$/i

const maxLength = 96

/**
 * Whether what has been read since a `<` or `[` is a mark that no dialect has, but means a call if a call stands behind
 * it.
 */
export function matchDrift(read: string): TagMatch {
  if (read.length > maxLength) return 'none'
  if (read.startsWith('[')) return matchBracketed(read)
  if (read.startsWith('<?')) return matchDeclaration(read)
  const known = matchKnown(read)
  return known === 'none' ? matchToken(read) : known
}

function matchKnown(read: string): TagMatch {
  // The last bracket was forgotten.
  if (/^<[a-z_]{1,16}call\n$/i.test(read)) return 'drift-open'
  const parts = /^< ?(\/? ?[|｜]?\/?)([A-Za-z_▁:-]*)([^<>\n]*)(>?)$/.exec(read)
  if (parts === null) return 'none'
  const [, begin = '', name = '', rest = '', end] = parts
  const closes = begin.includes('/')
  // `<minimax:tool_call>`
  const word = plain(name.slice(name.lastIndexOf(':') + 1))
  if (end === '' && rest === '') {
    const mayBePrefix = /^[a-z]{1,16}$/.test(name)
    const mayBegin = (known: string) => known.startsWith(word)
    return mayBePrefix || words.some(mayBegin) || results.some(mayBegin) ? 'partial' : 'none'
  }
  if (end !== '' && results.includes(word)) return closes ? 'result-close' : 'result-open'
  if (!words.includes(word)) return 'none'
  if (!closes && callStart.test(read)) return 'call'
  if (!/^\/?$|^[\s|｜]/.test(rest)) return 'none'
  if (end === '') return 'partial'
  return closes ? 'drift-close' : 'drift-open'
}

/**
 * Without the words that a model writes behind a mark before it comes to the call. `inTurn`: the mark begins a turn, so that
 * a role may be one of them.
 *
 * @example withoutMarkWords('assistant tool_call\nget_weather', true) // 'get_weather'
 */
export function withoutMarkWords(text: string, inTurn: boolean): string {
  let rest = text.trimStart()
  for (;;) {
    const [whole, word = ''] = /^([A-Za-z_-]+)(?:[\s=]+|$)/.exec(rest) ?? []
    if (whole === undefined || !between.has(plain(word)) || (inTurn && isOthersRole(word))) return rest
    rest = rest.slice(whole.length)
  }
}

/** Whether such a word may begin like this. */
export function beginsMarkWord(text: string): boolean {
  const begin = plain(text)
  for (const word of between) if (word.startsWith(begin)) return true
  return false
}

function plain(word: string): string {
  return word.replace(/[_▁-]/g, '').toLowerCase()
}

/** `<|tool_call_begin|>`, `<｜tool▁sep｜>`: a control token of any model, whatever it means there. */
function matchToken(read: string): TagMatch {
  if (!/^<[|｜][^<>|｜\s]*(?:[|｜]>?)?$/.test(read)) return 'none'
  if (!read.endsWith('>')) return 'partial'
  if (beginsOthersTurn(read)) return 'none'
  return /[_▁|｜]end|eot|\//i.test(read) ? 'drift-close' : 'drift-open'
}

/** `[TOOL_CALLS]`, `[TOOL_REQUEST]`, `[END_TOOL_REQUEST]`. In small letters it is a link, or Python's. */
function matchBracketed(read: string): TagMatch {
  const parts = /^\[(\/|END_)?([A-Z_]*)(\]?)$/.exec(read)
  if (parts === null) return 'none'
  const [, begin, name = '', end] = parts
  const word = plain(name)
  const known = [...words, ...separators]
  if (end === '') {
    return known.some((each) => each.startsWith(word)) || 'END_'.startsWith(name) ? 'partial' : 'none'
  }
  if (!known.includes(word)) return 'none'
  return begin === undefined ? 'drift-open' : 'drift-close'
}

/** `<?xml version="1.0"?>` before the first mark. */
function matchDeclaration(read: string): TagMatch {
  const start = '<?xml '
  if (!read.startsWith(start.slice(0, read.length)) || read.includes('\n')) return 'none'
  if (!read.endsWith('>')) return 'partial'
  return read.endsWith('?>') ? 'declaration' : 'none'
}
