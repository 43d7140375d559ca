export enum Char {
  tab = 9,
  newline = 10,
  return = 13,
  space = 32,
  doubleQuote = 34,
  hash = 35,
  singleQuote = 39,
  openParenthesis = 40,
  closeParenthesis = 41,
  percent = 37,
  star = 42,
  plus = 43,
  comma = 44,
  minus = 45,
  dot = 46,
  slash = 47,
  colon = 58,
  semicolon = 59,
  less = 60,
  equals = 61,
  openBracket = 91,
  backslash = 92,
  closeBracket = 93,
  backtick = 96,
  openBrace = 123,
  closeBrace = 125,
  openSmartSingle = 0x2018,
  smartSingle = 0x2019,
  openSmartDouble = 0x201c,
  smartDouble = 0x201d,
  lowDouble = 0x201e,
  ellipsis = 0x2026,
  wideDouble = 0xff02,
}

/**
 * What each UTF-16 unit may do inside a string: 0, pass as it is. The table is what makes long arguments fast: a chunk in
 * which every unit passes is given on as it came.
 */
export const special = new Uint8Array(65536)

export enum Special {
  any = 1,
  backslash = 2,
  less = 3,
  /** What means something only where quotes are broken. */
  mark = 4,
}

for (let unit = 0; unit < 32; unit++) special[unit] = Special.any
special[Char.doubleQuote] = Special.any
special[Char.less] = Special.less
special[Char.backslash] = Special.backslash
for (const char of "'`“”‘’＂,{}]") special[char.charCodeAt(0)] = Special.mark

const escaped = new Uint8Array(65536)
for (const char of '"\\/bfnrt') escaped[char.charCodeAt(0)] = 1

/** Whether a backslash before the unit makes an escape of the two. */
export function isEscaped(unit: number): boolean {
  return escaped[unit] === 1
}

/** White space as JSON and Unicode have it, and the marks of no width that models write where it may stand. */
export function isSpace(unit: number): boolean {
  // Nearly all characters are between the two.
  if (unit > Char.space && unit < 0x85) return false
  if (unit < 0x2000) {
    return unit === Char.space || (unit >= Char.tab && unit <= Char.return) || unit === 0xa0 || unit === 0x85
  }
  if (unit > 0x2060) return unit === 0x3000 || unit === 0xfeff
  return unit < 0x2010 || (unit > 0x2027 && unit < 0x2030) || unit > 0x205e
}

/** Where the white space ends that begins here, or so much of it. */
export function endOfSpaces(text: string, from: number, max = text.length): number {
  let end = from
  while (end < text.length && end - from < max && isSpace(text.charCodeAt(end))) end++
  return end
}

export function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

export function isOpener(unit: number): boolean {
  return unit === Char.openParenthesis || unit === Char.openBracket || unit === Char.openBrace
}

export function isCloser(unit: number): boolean {
  return unit === Char.closeBrace || unit === Char.closeBracket || unit === Char.closeParenthesis
}

/** A closer or comma, behind which a member of an object or an item is over. */
export function endsMember(unit: number): boolean {
  return unit === Char.comma || isCloser(unit)
}

export function isLineBreak(unit: number): boolean {
  return unit === Char.newline || unit === Char.return
}

/** The two quotes that strings are written in. */
export function isQuote(unit: number): boolean {
  return unit === Char.doubleQuote || unit === Char.singleQuote
}

/**
 * The quote that a string in this one and its like is known by; 0: it is none. JavaScript has backticks too. Smart quotes stand as word processors make
 * them of plain ones, so either of two may open or close.
 */
export function quoteOf(unit: number): number {
  if (isQuote(unit) || unit === Char.backtick) return unit
  if (unit === Char.openSmartSingle || unit === Char.openSmartDouble) return unit + 1
  // German has the opening one below the line.
  if (unit === Char.lowDouble) return Char.smartDouble
  return unit === Char.smartSingle || unit === Char.smartDouble || unit === Char.wideDouble ? unit : 0
}

/** The wrong kind of quote at the end of a key. */
export const smartQuote = /[“”]$/

/**
 * Whether a string may begin with this. A closing single quote is more likely an apostrophe: `’99`; a backtick begins a
 * code span or a fence too.
 */
export function opensString(unit: number): boolean {
  return unit !== Char.smartSingle && unit !== Char.backtick && quoteOf(unit) !== 0
}

/** Whether these letters make a string of the quote behind them: `r'\d'`, `f"{x}"`. */
export function isStringPrefix(letters: string): boolean {
  return letters.length <= 2 && /^(?:[rbuf]|[bf]r|r[bf])$/i.test(letters)
}

/** A letter, digit, `_`, `$` or anything beyond ASCII: what a key without quotes is made of. */
export function isWord(unit: number): boolean {
  return (
    (unit >= 97 && unit <= 122) ||
    (unit >= 65 && unit <= 90) ||
    isDigit(unit) ||
    unit === 95 ||
    unit === 36 ||
    (unit > 127 && !isSpace(unit) && markOf(unit) === unit)
  )
}

/** JSON's punctuation for the full-width one of Chinese and Japanese, which stands for it between values: `：，、；｛｝`. */
export function markOf(unit: number): number {
  if (unit < 0x3001) return unit
  if (unit === 0x3001) return Char.comma
  const mark = unit - 0xfee0
  return ',:;{}'.includes(String.fromCharCode(mark)) ? mark : unit
}

/** What `\w` is in a regular expression. */
export function isLatinWord(unit: number): boolean {
  return unit < 128 && unit !== 36 && isWord(unit)
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Text as it stands in a JSON string. Half a surrogate pair passes, since the other half may be in the next piece. */
export function escapeText(text: string): string {
  let out = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= Char.space && unit !== Char.doubleQuote && unit !== Char.backslash) continue
    out += text.slice(from, i) + escapeControl(unit)
    from = i + 1
  }
  return from === 0 ? text : out + text.slice(from)
}

/** A code point as JSON spells it in a string: a control character, a quote or a backslash has an escape. */
export function escapeControl(point: number): string {
  return JSON.stringify(String.fromCodePoint(point)).slice(1, -1)
}

/** Whether brackets stand at the end of the inside of a string, whose line breaks are escaped. */
export function endsInClosers(inside: string): boolean {
  return /[}\])](?:\s|\\[nrt])*$/.test(inside)
}
