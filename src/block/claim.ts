import type { Call } from '../align/call.js'
import type { ReplyOptions } from '../reply.js'
import type { Beginning, Mark, OpeningPlace } from '../scan/beginning.js'
import { withoutMarkWords } from '../scan/drift.js'
import type { FenceLines } from '../scan/fence-lines.js'
import { isItemMark } from '../scan/line-head.js'
import type { Prose } from '../scan/prose.js'

/** Where a block may begin, and what its mark is if it does not. */
export interface BlockStart extends OpeningPlace {
  /** The running text around it, where what is no call goes. */
  prose: Prose
  inReasoning: boolean
  /** Whether the mark stands behind something else on its line. */
  inLine: boolean
  /** Whether nothing but calls has come before. */
  first: boolean
  /** What stands before it in the fence around it. */
  fence: FenceLines | undefined
  /**
   * `dropped`: it closed the block before. `token`: it ended the turn behind calls. `fence`: the end of a fence around it.
   * `next-turn`: so the model goes on; `others-turn`: the same if it speaks for somebody else.
   */
  otherwise: 'text' | 'dropped' | 'token' | 'fence' | 'next-turn' | 'others-turn'
}

/**
 * What shows that the calls of a block are calls:
 *
 * - `none`: there are none, it is an empty list
 * - `certain`: the dialect's own mark and an object behind it
 * - `named`: the name of a declared tool and arguments behind it
 * - `fitting`: its keys, or what it has if those say nothing: it fits what the tool declares, and has nothing else
 * - `closed`: the closing mark, since words or nothing stand in the place of the opening one; behind one that has a line of
 *   its own the end too
 * - `whole`: that, or the end of a reply that has nothing but calls
 * - `lone`: the end of its line or of the turn, where a name and what follows it may begin a sentence
 * - `in-reasoning`: what comes after it shows that reasoning was over
 * - `in-fence`: the same, since code that shows a call goes on behind it
 */
export type Claim =
  | 'none'
  | 'certain'
  | 'named'
  | 'fitting'
  | 'closed'
  | 'whole'
  | 'lone'
  | 'in-reasoning'
  | 'in-fence'

/** The claim of a block whose first call begins like this. */
export function claimOf(
  start: BlockStart,
  opening: Beginning,
  { bareCalls, ownForm, tools }: Pick<ReplyOptions, 'bareCalls' | 'ownForm' | 'tools'>,
): Claim {
  const { mark, form, wrappers, fenced, inLine } = opening
  if (start.inReasoning) return 'in-reasoning'
  if (isMarked(mark)) {
    if (start.inFence) return 'in-fence'
    if (mark === 'drifted') return 'named'
    if (opening.preface !== '' && (start.inLine || !saysNothing(opening.preface))) return 'closed'
    return !opening.lacksBrace && (form === 'json' || form === 'xml') ? 'certain' : 'named'
  }
  const isFenced = start.inFence || fenced === 'inside'
  const isPython = form === 'python'
  const isBlock = form === 'named' && inLine && wrappers === 0
  // Code is shown in any answer, and has blocks with names, `f {`. Calls of the dialect are written in it, or are all of the reply.
  const isCode = isFenced && (isPython ? ownForm !== form : isBlock)
  if (!bareCalls || isCode) return start.first ? 'whole' : 'closed'
  // Behind other lines it is a part of a program, or of whatever they are.
  if (isPython ? start.fence?.isProgram() : start.fence?.hasText()) return 'closed'
  // Where calls stand without marks, brackets and code show them; a name in a line of text needs more.
  // What stands in ticks behind a colon, or is a list in them, may be what the text is about.
  const isSpoken = fenced === 'span' && (wrappers > 0 || /:[ \t]*$/.test(start.prose.behind()))
  if ((mark === 'word' && form === 'named') || isSpoken) return 'whole'
  if (!isFenced && wrappers === 0 && (isPython || isBlock)) return 'lone'
  // An answer in JSON may have a tool's name in it: an envelope of calls has not, nor the name that the dialect writes alone.
  const isName = ownForm === 'named' && !isFenced && tools.declared?.has(opening.name) === true
  const mayBeAnswer = form === 'json' ? wrappers < 2 : form === 'named' ? !isName : form === 'xml'
  return mayBeAnswer ? 'fitting' : 'named'
}

/** Whether the words before a call only say that one comes (`json`, `Action:`), or number it (`1.`). */
function saysNothing(preface: string): boolean {
  const words = preface.trim().replace(/:$/, '')
  return isItemMark(words) || withoutMarkWords(words, false) === ''
}

/** What is known of a block so far. */
export interface BlockState {
  start: BlockStart
  /** How its first call began; `undefined`: none has. */
  beginning: Beginning | undefined
  claim: Claim
  /** How many brackets stand around the calls. */
  wrappers: number
  /** The closing mark that goes with a drifted opening one; `''`: there is none. */
  driftedClose: string
  /** Whether the last item of a list is a call that may not be made: text, unless the list goes on. */
  isRefused: boolean
}

/** Whether a mark stands before a block's calls. */
export function hasMark({ start, beginning }: BlockState): boolean {
  return isMarked(beginning?.mark ?? start.mark)
}

/** Whether it is not yet shown that a block's calls are calls. */
export function isOpen(claim: Claim): boolean {
  return claim !== 'certain' && claim !== 'named'
}

/** Whether only what follows a call's whole block tells. */
export function isDecidedLate(claim: Claim): boolean {
  return claim.startsWith('in-')
}

/** Whether an opening mark of any kind stands before the calls. */
export function isMarked(mark: Mark): mark is 'own' | 'drifted' {
  return mark === 'own' || mark === 'drifted'
}

/** Tells the block's first call what is unusual about how it began. */
export function tellBeginning(
  call: Call,
  opening: Beginning,
  claim: Claim,
  { bareCalls, ownForm }: Pick<ReplyOptions, 'bareCalls' | 'ownForm'>,
  raw: { mark: string; markAt: number },
  at: number,
) {
  const { mark, form, preface } = opening
  for (let i = 0; i < opening.doubled; i++) call.change('doubled-mark', raw.markAt)
  if (opening.fenced !== 'no') call.change('fence', raw.markAt)
  if (!bareCalls && !isMarked(mark)) call.change('missing-mark', at)
  if (form !== ownForm && form !== 'json') call.change('other-grammar', at)
  if (mark === 'drifted') call.change('drifted-mark', raw.markAt, raw.mark.trim() || undefined)
  if (preface !== '' && !isOpen(claim)) call.change('stray-text', at, preface.trim())
}
