import { beginsOthersTurn, isOthersRole } from './speakers.js'
import type { TagMatch } from './tags.js'

/**
 * The words that models write a call's mark with when they miss their own, as they stand in what other families were
 * trained on: `<function_call>`, `<tools>`, `<|python_tag|>`, `<TOOL_CALL id="1">`. Case, separators, bars and attributes
 * do not count. Results and examples are not among them.
 */
const words = split(
  'toolcall toolcalls tool tools tooluse functioncall functioncalls function functions call invoke action pythontag ' +
    // The last is the end of a sequence, as many tokenizers have it.
    'toolrequest json xml response s startfunctioncall',
)

/** The names that tell so much that one letter may be wrong: `<tol_call>`, `</tool_cal>`. */
const unmistaken = split('toolcall functioncall')

/** The ends of a call, a turn and a sequence that have neither bars nor slashes. */
const ends = split('endfunctioncall eos endofturn')

/** Around a tool's result: what it shows is no call. */
const results = split(
  'toolresponse toolresult tooloutput functionresponse functionresult startfunctionresponse',
)

/** What may stand between a mark and a call: whose turn it is, who is meant, and what a call is called. */
const between = [...words, ...split('assistant model commentary to python')]

/** In brackets there is also what is between a name and its arguments in a mark of its own. */
const bracketed = [...words, ...split('args callid')]

/** Where calls are spelled as XML the first tag is the call's own. */
const callStart = /^< ?(?:(?:function|tool) ?[=(]|(?:function|invoke) name ?=)$/i

/** `<|eot_id|>`, `<|tool_calls_end|>`, `<|return|>`, `<|/tool|>` */
const closers = /[_▁|｜](?:end|eo[dmst])|^<[|｜](?:call|return)[|｜]|\//i

/** What some families put before the names of their tags: `<minimax:tool_call>`, `</｜DSML｜invoke>`. */
const prefix = /^(<\/?)(?:[a-z]+:|[|｜][a-z]+[|｜](?=[a-z]))/i

/** Those of families, whose calls begin with such a tag; documents have others. */
const family = /^<(?:antml|steptml|minimax|seed|[|｜])/i

const maxLength = 96

/**
 * Whether what has been read since a `<` or `[` is a mark that no dialect has, but means a call if a call stands behind
 * it.
 */
export function matchDrift(written: string): TagMatch {
  if (written.length > maxLength) return 'none'
  const read = written.replace(prefix, '$1')
  if (read.startsWith('[')) return matchBracketed(read)
  // `<?xml version="1.0"?>` before the first mark.
  if (/^<\?xml [^\n>]*\?>$/.test(read)) return 'declaration'
  if (/^<\?(?:x(?:m(?:l(?: [^\n>]*)?)?)?)?$/.test(read)) return 'partial'
  if (read.startsWith('<<')) return matchDoubled(read.slice(1))
  const known = matchKnown(read, read === written || family.test(written))
  return known === 'none' ? matchToken(read) : known
}

/** Whether a mark lacks only its last bracket, in front of an object: `<tool_call {"name": …`. */
export function isHalfMark(read: string): boolean {
  return /^<[a-z_]{1,16}call:?\s*$/i.test(read)
}

/** `<<function>>`, as Gorilla's models write it: `read` is it without its first bracket. */
function matchDoubled(read: string): TagMatch {
  if (read.startsWith('</')) return 'none'
  if (read.endsWith('>>')) return matchKnown(read.slice(0, -1))
  return matchKnown(read) === 'none' ? 'none' : 'partial'
}

/** `mayCall`: a call may begin with it. */
function matchKnown(read: string, mayCall = true): TagMatch {
  // The last bracket was forgotten.
  if (/^<[a-z_]{1,16}call\n$/i.test(read)) return 'drift-open'
  if (isHalfMark(read)) return 'partial'
  if (read.endsWith('{') && isHalfMark(read.slice(0, -1))) return 'none'
  const parts = /^< ?(\/? ?[|｜]?\/?)([A-Za-z_▁\\-]*)([^<>\n]*)(>?)$/.exec(read)
  if (parts === null) return 'none'
  const [, begin = '', name = '', rest = '', end] = parts
  const word = plain(name)
  // `<tool_call|>` closes what `<|tool_call>` has opened.
  const isEnd = begin === '' && /^[|｜]$/.test(rest)
  const closes = isEnd || begin.includes('/') || ends.includes(word)
  if (end + rest === '') {
    const mayBe = /^[a-z]{1,16}$/.test(name) || [words, ends, results].some((known) => isBegun(known, word))
    return mayBe || isMisspelt(word, true) ? 'partial' : 'none'
  }
  if (end !== '' && results.includes(word)) return closes ? 'result-close' : 'result-open'
  if (!words.includes(word) && !ends.includes(word) && !isMisspelt(word)) return 'none'
  if (mayCall && callStart.test(read)) return 'call'
  if (!/^\/?$|^[\s|｜]/.test(rest)) return 'none'
  return end === '' ? 'partial' : closes ? 'drift-close' : 'drift-open'
}

/**
 * Without the words that a model writes behind a mark before it comes to the call. `inTurn`: the mark begins a turn, so that
 * a role may be one of them.
 *
 * @example withoutMarkWords('assistant tool_call\nget_weather', true) // 'get_weather'
 */
export function withoutMarkWords(text: string, inTurn: boolean): string {
  let rest = text.replace(/^[\s:|>]+/, '')
  for (;;) {
    const [whole, word = ''] = /^([A-Za-z_-]+)(?:[\s=:|>]+|$)/.exec(rest) ?? []
    if (whole === undefined || !between.includes(plain(word)) || (inTurn && isOthersRole(word))) return rest
    rest = rest.slice(whole.length)
  }
}

/** Whether such a word may begin like this. */
export function beginsMarkWord(text: string): boolean {
  return isBegun(between, plain(text))
}

function split(text: string): string[] {
  return text.split(' ')
}

function isBegun(known: readonly string[], begin: string): boolean {
  return known.some((word) => word.startsWith(begin))
}

/** Whether a letter of such a name is missing, wrong or one too many; `begins`: as far as it has come. */
function isMisspelt(word: string, begins = false): boolean {
  return unmistaken.some((known) => {
    let i = 0
    while (i < word.length && word.charAt(i) === known.charAt(i)) i++
    const left = [
      [word.slice(i), known.slice(i + 1)],
      [word.slice(i + 1), known.slice(i + 1)],
      [word.slice(i + 1), known.slice(i)],
    ]
    return left.some(([rest = '', its]) => (begins ? its?.startsWith(rest) : its === rest))
  })
}

function plain(word: string): string {
  return word.replace(/[_▁\\-]/g, '').toLowerCase()
}

/** `<|tool_call_begin|>`, `<｜tool▁sep｜>`: a control token of any model, whatever it means there. */
function matchToken(read: string): TagMatch {
  if (!/^<\/?[|｜][^<>|｜\s]*(?:[|｜]>?)?$/.test(read)) return 'none'
  if (!read.endsWith('>')) return 'partial'
  if (beginsOthersTurn(read)) return 'others-turn'
  return closers.test(read) ? 'drift-close' : 'drift-open'
}

/** `[TOOL_CALLS]`, `[TOOL_REQUEST]`, `[END_TOOL_REQUEST]`. A word in small letters is a link, or Python's; two are not. */
function matchBracketed(read: string): TagMatch {
  const [whole, begin, name = '', end] = /^\[(\/|END_)?([A-Z_\\]*|[a-z]+_?[a-z]*)(\]?)$/.exec(read) ?? []
  if (whole === undefined || (end !== '' && /^[a-z]+$/.test(name))) return 'none'
  const word = plain(name)
  if (end === '') return isBegun(bracketed, word) || 'END_'.startsWith(name) ? 'partial' : 'none'
  if (!bracketed.includes(word)) return 'none'
  return begin === undefined ? 'drift-open' : 'drift-close'
}
