import type { BlockStart } from './block/claim.js'
import type { Progress, ReplyOptions } from './reply.js'
import type { Prose } from './scan/prose.js'
import { isDrift, type TagKind } from './scan/tags.js'

/** Which tags count where they stand in running text: others are text. */
export interface TextMarks {
  isMark(kind: TagKind, prose: Prose): boolean
  /** Whether the text is a result that the model makes up, or may only speak of one. */
  isInResult(): boolean
  /** What is owed right behind a block. */
  owed(): Progress['closeOwed']
  isBehindBlock(): boolean
  /** What a mark is if no call stands behind it: in text it may close the block before it, or end the turn there. */
  otherwise(mark: string, prose: Prose): BlockStart['otherwise']
}

/** `text`: the running text of the reply, beside which there is that of its reasoning. */
export function createTextMarks(
  options: Pick<ReplyOptions, 'readCalls' | 'readDrift'>,
  progress: Progress,
  text: () => Prose,
  isFull: () => boolean,
): TextMarks {
  let inResult: 'no' | 'spoken-of' | 'yes' = 'no'

  const owed = () => (text().isFresh() ? progress.closeOwed : 'no')
  const isBehindBlock = () => progress.calls > 0 && owed() !== 'no'

  function isMark(kind: TagKind, prose: Prose): boolean {
    if (kind === 'open') return options.readCalls && isOpen(prose)
    if (kind === 'think-open') return prose.isFresh()
    if (kind === 'turn-end') return true
    return prose === text() ? isTextMark(kind, prose) : kind === 'think-close'
  }

  /** Whether the dialect's own mark is one; where it is only shown in text, so is what closes it. */
  function isOpen(prose: Prose): boolean {
    const isOne = !isShown(prose) && inResult !== 'yes'
    if (prose === text() && !isOne) progress.closeOwed = 'text'
    return isOne
  }

  function isTextMark(kind: TagKind, prose: Prose): boolean {
    const { closeOwed } = progress
    const mayDrift = options.readDrift && !isFull() && !isShown(prose) && inResult === 'no'
    switch (kind) {
      case 'result-open': {
        // In the middle of a line it may only be spoken of, and calls in the dialect's own marks may follow.
        const begins = prose.isFresh() || /[\n:]\s*$/.test(prose.behind())
        inResult = begins ? 'yes' : 'spoken-of'
        return begins && isBehindBlock()
      }
      case 'result-close':
        inResult = 'no'
        return false
      case 'others-turn':
        return isBehindBlock()
      case 'think-close':
        return progress.hasReasoned && prose.isFresh()
      case 'close':
        if (closeOwed === 'text') progress.closeOwed = 'no'
        return closeOwed === 'yes' || owed() === 'if-next' || (mayDrift && closeOwed !== 'text')
      case 'turn-start':
        return progress.isStart || isBehindBlock() || mayDrift
      case 'drift-close':
        if (closeOwed === 'text') progress.closeOwed = 'no'
        return mayDrift && closeOwed !== 'text'
      default:
        return mayDrift && isDrift(kind)
    }
  }

  return {
    isMark,
    isInResult: () => inResult !== 'no',
    owed,
    isBehindBlock,
    otherwise(mark, prose) {
      if (prose !== text()) return 'text'
      if (owed() === 'yes') return 'dropped'
      return isBehindBlock() && /^\s*<[|｜]/.test(mark) ? 'token' : 'text'
    },
  }
}

/** Whether a mark is only shown: in a span of code, or in a quotation as mail and Markdown have it (`> `). */
function isShown(prose: Prose): boolean {
  return /(?:^|[^`])`$|(?:^|\n)[ \t]*>[ \t]*$/.test(prose.behind())
}
