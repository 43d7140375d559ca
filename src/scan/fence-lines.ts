/** What the lines of a fence say, which come in any pieces. Its first one is the fence's own. */
export interface FenceLines {
  add(text: string): void
  /** The fence is over. */
  clear(): void
  /** Whether anything stands in it. */
  hasText(): boolean
  /** Whether one of its lines is one that only programs have. */
  isProgram(): boolean
}

/** A definition, an import, or what opens a block, in Python or JavaScript. */
const statement = new RegExp(
  `^\\s*(?:${[
    'async\\s+(?:def|function)\\b',
    'class\\s+\\w',
    'def\\s+\\w+\\s*\\(',
    'function\\b.*\\(',
    '(?:const|let|var)\\s+[\\w{[].*=',
    'from\\s+\\S+\\s+import\\b',
    'import\\s+[\\w{*]\\S*(?:\\s*$|\\s*[,;]|\\s+(?:as|from)\\b)',
    'for\\s.+\\sin\\s.*:\\s*$',
    '(?:if|elif|while|with)\\b.*[:{]\\s*$',
    '(?:else|try)\\s*[:{]\\s*$',
    '(?:for|if|while)\\s*\\(',
  ].join('|')})`,
)
/** How one begins in whose line a call comes. */
const begunStatement = /^\s*(?:if|elif|while|with|for\s.+\sin)\s*$/
/** So much of a line tells: indented, it may be longer. */
const maxLine = 256

export function createFenceLines(): FenceLines {
  let isFirst = true
  let line = ''
  let hasText = false
  let isProgram = false

  function addToLine(text: string) {
    if (line.length < maxLine) line = (line + text).slice(0, maxLine)
  }

  function endLine() {
    if (!isFirst) {
      hasText ||= line.trim() !== ''
      isProgram ||= statement.test(line)
    }
    isFirst = false
    line = ''
  }

  return {
    add(piece) {
      // White space before the fence comes with it.
      const text = isFirst && line === '' ? piece.trimStart() : piece
      let from = 0
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        addToLine(text.slice(from, end))
        endLine()
        from = end + 1
      }
      addToLine(text.slice(from))
    },
    clear() {
      isFirst = true
      line = ''
      hasText = isProgram = false
    },
    hasText: () => hasText || (!isFirst && line.trim() !== ''),
    isProgram: () => isProgram || (!isFirst && (statement.test(line) || begunStatement.test(line))),
  }
}
