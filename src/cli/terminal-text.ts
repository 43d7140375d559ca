/**
 * How wide the screen is; `undefined` where nobody says. A terminal that does not know its size says 0.
 *
 * @example screenColumns(process.stdout, process.env) // 80
 */
export function screenColumns(
  { columns }: { columns?: number | undefined },
  env: { COLUMNS?: string | undefined },
): number | undefined {
  return columns || Number(env.COLUMNS) || undefined
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Characters that take two columns: emoji, and the scripts of East Asia. */
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u
/** Marks that stand on the character before them. */
const zeroWidth = /^[\p{Mark}\p{Cf}]+$/u

/** The characters of a text as a reader counts them. */
export function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/**
 * How many columns of a terminal a text takes.
 *
 * @example columnsOf('né 🌍') // 5
 */
export function columnsOf(text: string): number {
  return characters(text).reduce((sum, character) => sum + columnsOfOne(character), 0)
}

function columnsOfOne(character: string): number {
  if (wide.test(character)) return 2
  return zeroWidth.test(character) ? 0 : 1
}

/**
 * Text that a terminal shows and does not obey: a model may write escape sequences, and what turns the direction of
 * writing. A line break is shown as a sign.
 *
 * @example printable('a\u001b[2Jb\n') // 'a␛[2Jb↵'
 */
export function printable(text: string): string {
  return text
    .replaceAll('\n', '↵')
    .replace(/\p{Cc}/gu, (char) => (char < ' ' ? String.fromCharCode(0x2400 + char.charCodeAt(0)) : '�'))
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '�')
}

/**
 * Cuts a text into lines of at most so many columns, and one more for a space at the end: after a space where one is
 * near, anywhere otherwise. Nothing is left out, so that the lines join to the text.
 *
 * @example cutLines('all that is', 8) // ['all that ', 'is']
 */
export function cutLines(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const character of characters(text)) {
    if (!fits(line, character, columns)) {
      const [head, tail] = splitLine(line)
      lines.push(head)
      line = tail
    }
    line += character
  }
  return line === '' ? lines : [...lines, line]
}

/** Whether a line has room for a character; there is always room for one space, which nobody sees. */
export function fits(line: string, character: string, columns: number): boolean {
  const used = columnsOf(line)
  return used + columnsOfOne(character) <= columns || (character === ' ' && used <= columns)
}

/** The part of a full line that stays, and the start of a word that goes to the next line. */
export function splitLine(line: string): [head: string, tail: string] {
  const end = line.lastIndexOf(' ') + 1
  return end > line.length / 2 ? [line.slice(0, end), line.slice(end)] : [line, '']
}

/** Fills a text with spaces up to so many columns. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}
