import type { Call } from '../align/call.js'
import type { ReplyOptions } from '../reply.js'
import type { Opening } from '../scan/opening.js'

/** Where a block may begin, and what its mark is if it does not. */
export interface BlockStart {
  /** `own`: behind the dialect's mark. `drifted`: behind another. `line`, `word`: without one, there in the text. */
  mark: 'own' | 'drifted' | 'line' | 'word'
  inReasoning: boolean
  /** Whether nothing but calls has come before. */
  first: boolean
  /** Whether it is inside a fence. */
  inFence: boolean
  /** Whether the mark begins a turn. */
  inTurn: boolean
  /**
   * `dropped`: it closed the block before. `fence`: the end of a fence around it. `next-turn`: so the model goes on;
   * `others-turn`: the same if it speaks for somebody else.
   */
  otherwise: 'text' | 'dropped' | 'fence' | 'next-turn' | 'others-turn'
}

/**
 * What shows that the calls of a block are calls:
 *
 * - `certain`: the dialect's own mark and an object behind it
 * - `named`: the name of a declared tool and arguments behind it
 * - `closed`: the closing mark, since words or nothing stand in the place of the opening one
 * - `whole`: that, or the end of a reply that has nothing but calls
 * - `lone`: the end of its line, where a name and what follows it may begin a sentence
 * - `in-reasoning`: what comes after it shows that reasoning was over
 * - `in-fence`: the same, since code that shows a call goes on behind it
 */
export type Claim = 'certain' | 'named' | 'closed' | 'whole' | 'lone' | 'in-reasoning' | 'in-fence'

/** Where the first call of a block begins, as far as it is known by then. */
export interface Beginning {
  start: BlockStart
  opening: Pick<
    Opening,
    'marks' | 'form' | 'preface' | 'doubled' | 'fenced' | 'wrappers' | 'inLine' | 'lacksBrace'
  >
}

export function claimOf({ start, opening }: Beginning, bareCalls: boolean): Claim {
  if (start.inReasoning) return 'in-reasoning'
  if (start.inFence && isMarked({ start, opening })) return 'in-fence'
  if (opening.marks === 'own' || (start.mark === 'own' && opening.marks === 'none')) {
    if (opening.preface !== '') return 'closed'
    if (opening.lacksBrace) return 'named'
    return opening.form === 'json' || opening.form === 'xml' ? 'certain' : 'named'
  }
  if (isMarked({ start, opening })) return 'named'
  if (bareCalls) return bareClaim(start, opening)
  return start.first ? 'whole' : 'closed'
}

/** Where calls stand without marks, brackets and code show them; a name in a line of text needs more. */
function bareClaim(start: BlockStart, { form, wrappers, fenced, inLine }: Beginning['opening']): Claim {
  if (start.mark === 'word' && form === 'named') return 'whole'
  const isInText = wrappers === 0 && (fenced === 'no' || fenced === 'span') && !start.inFence
  return isInText && (form === 'python' || (form === 'named' && inLine)) ? 'lone' : 'named'
}

/** Whether it is not yet shown that a block's calls are calls. */
export function isOpen(claim: Claim): boolean {
  return claim !== 'certain' && claim !== 'named'
}

/** Whether only what follows a call's whole block tells. */
export function isDecidedLate(claim: Claim): boolean {
  return claim === 'in-reasoning' || claim === 'in-fence'
}

/** Whether an opening mark of any kind stands before the calls. */
export function isMarked({
  start,
  opening,
}: Pick<Beginning, 'start'> & { opening: Pick<Opening, 'marks'> }): boolean {
  return start.mark === 'own' || start.mark === 'drifted' || opening.marks !== 'none'
}

/** Tells the block's first call what is unusual about how it began. */
export function tellBeginning(
  call: Call,
  { start, opening }: Beginning,
  { bareCalls, ownForm }: Pick<ReplyOptions, 'bareCalls' | 'ownForm'>,
  raw: { mark: string; markAt: number },
  at: number,
) {
  for (let i = 0; i < opening.doubled; i++) call.change('doubled-mark', raw.markAt)
  if (opening.fenced !== 'no') call.change('fence', raw.markAt)
  if (!bareCalls && !isMarked({ start, opening })) call.change('missing-mark', at)
  if (opening.form !== ownForm && opening.form !== 'json') call.change('other-grammar', at)
  const isDrifted = opening.marks === 'drifted' || (start.mark === 'drifted' && opening.marks === 'none')
  if (isDrifted) call.change('drifted-mark', raw.markAt, raw.mark.trim() || undefined)
}
