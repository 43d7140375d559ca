import { maxQuoted } from '../change-log.js'
import type { Progress, ReplyContext } from '../reply.js'
import { type Closing, kindOfStray } from '../scan/closing.js'
import { endsWhatIsBefore } from '../scan/tags.js'
import type { Writable } from '../writable.js'
import type { CallReader } from './call-reader.js'
import { type BlockState, hasMark, isDecidedLate } from './claim.js'
import type { HeldCalls } from './held-calls.js'
import { isBalanced } from './lost-block.js'
import type { RawText } from './raw-text.js'

/**
 * What stands behind a call: it ends the block or begins the next call. Where nothing has shown yet that the calls are
 * calls it shows that too, or that they are none.
 */
export interface Behind {
  /** A call has ended. `quoted`: a quote was opened before it. `isTagged`: the closing mark stood in it. */
  start(quoted: boolean, isTagged: boolean): void
  push(input: string, from: number, base: number): number
  /** No more input. */
  end(stopped: boolean): void
  /** The reply has ended in what is no call: those that wait before it are, if what they waited for is the end. */
  endLate(): void
  /**
   * The calls are over: what follows is text, if anything may. `owed`: what becomes of a closing mark in it; left out, that
   * may still come.
   */
  close(owed?: Progress['closeOwed']): void
  /** `next`: another call begins; `mark`: it may, behind a mark. `text`: no call was one. `left`: the block is over. */
  readonly verdict: 'wait' | 'next' | 'mark' | 'text' | 'left'
  /** What has been read, and is read again there. */
  readonly rest: string
}

export function createBehind(
  around: ReplyContext,
  state: BlockState,
  raw: RawText,
  calls: HeldCalls,
  closing: Closing,
  reader: CallReader,
): Behind {
  const { options, progress, text, notice } = around
  const { limits, parallel } = options
  const { closing: closers, inThought } = options.tags
  /** Whether the closing mark has come, which shows that the calls that wait are calls. */
  let isClosed = false
  /** Where what follows the calls that are given first of those that wait begins. */
  let waitedTo = 0
  const behind: Writable<Behind> = { verdict: 'wait', rest: '', start, push, end, endLate, close }

  function start(quoted: boolean, isTagged: boolean) {
    startClosing(quoted)
    isClosed = isTagged
    if (calls.waiting < 2) waitedTo = 0
    if (!isTagged) return
    if (calls.waiting === 0) leave('if-next')
    else if (!isDecidedLate(state.claim)) commit('')
  }

  function startClosing(quoted: boolean) {
    const { claim, beginning, wrappers } = state
    const isLines = hasMark(state) || (claim === 'whole' && beginning?.form === 'python')
    closing.start(
      progress.at,
      wrappers,
      !reader.isJson(),
      isLines,
      quoted,
      claim === 'closed' && beginning?.preface !== '' && options.close !== '',
    )
    behind.verdict = 'wait'
  }

  function push(input: string, from: number, base: number): number {
    const used = closing.push(input, from)
    progress.at = base + used
    if (calls.waiting > 0 || state.claim === 'none' || state.isRefused)
      raw.keep(input.slice(from, used), base + from)
    if (closing.verdict !== 'wait') {
      if (calls.waiting > 0) decide()
      else goOn()
    }
    return used
  }

  function settle(verdict: Behind['verdict'], rest: string) {
    progress.at -= rest.length
    behind.verdict = verdict
    behind.rest = rest
  }

  function hasRoom(): boolean {
    return progress.calls + calls.waiting < limits.calls
  }

  /** Behind a call that is one. */
  function goOn() {
    const { verdict, rest, separator } = closing
    if (state.isRefused) {
      if (verdict !== 'next') return settle('text', rest)
      state.isRefused = false
      const item = raw.whole().replace(/^[\s,]+|[\s,]+$/g, '')
      notice(reader.call.refusal ?? 'not-a-call', raw.markAt, item.slice(0, maxQuoted))
    }
    if (verdict === 'closed') {
      tellCloser()
      return leave('if-next')
    }
    // What the next fence holds may be something else, where no mark stands around both.
    const isNext = verdict === 'next' && (hasMark(state) || !separator.includes('```'))
    settle('next', isNext ? rest : afterFence(verdict === 'next' ? separator + rest : rest))
    if (isNext && (parallel || progress.calls === 0) && hasRoom()) {
      // Behind a list of no calls the first one comes.
      if (state.claim === 'none') state.beginning = undefined
      tellEmpty()
      return raw.begin(separator)
    }
    behind.verdict = 'left'
    close()
    if (!isNext) return
    if (parallel) notice('limit', progress.at)
    else around.endWith('after-first-call')
  }

  /** Where the opening mark is the dialect's; of others it is told with the call. */
  function tellCloser() {
    const { drifted } = closing
    if (drifted !== '' && state.start.mark === 'own' && options.close !== '')
      notice('drifted-mark', progress.at - drifted.length, drifted)
  }

  /** Behind a call that is not shown to be one: what follows shows it, or that it is none. */
  function decide() {
    const { verdict, rest } = closing
    const { claim } = state
    const isLate = isDecidedLate(claim)
    // A fence that ends behind the call in it is only shown then.
    const isShown = (claim === 'in-fence' || isClosed) && /^\s*`/.test(rest)
    const isOther = verdict === 'other' && !isShown
    const mark = isOther ? inThought.match(rest.replace(/^[`\s]+/, '')) : 'none'
    if (verdict === 'closed' && !isClosed) {
      if (isSpokenOf()) return settle('text', '')
      isClosed = true
      if (isLate) startClosing(false)
      else {
        tellCloser()
        commit('')
      }
    } else if (verdict === 'next' && (isLate ? state.wrappers > 0 : parallel) && hasRoom()) {
      settle('next', rest)
    } else if (verdict === 'next' && !isLate && !parallel) {
      commit(rest)
    } else if (mark === 'open' && isLate && hasRoom()) {
      // Whether both are calls shows behind the next one.
      if (waitedTo === 0 || parallel) waitedTo = raw.read().lastIndexOf('<')
      settle('mark', '')
    } else if (
      isOther &&
      ((claim === 'lone' && closing.isNewLine) ||
        ((claim !== 'closed' || isShownByMark()) && endsWhatIsBefore(mark)))
    ) {
      commit(afterFence(rest))
    } else {
      // As text it has the brackets that may stand in it too.
      settle('text', isOther && !raw.read().endsWith(rest) ? closing.last : rest)
    }
  }

  /**
   * Whether the marks are words of a sentence or of a list, with the call among others, or stand in one span of code with
   * it. In bold or in ticks of their own they are marks.
   */
  function isSpokenOf(): boolean {
    const { claim, start, beginning } = state
    if (claim !== 'closed') return false
    if (!hasMark(state)) return progress.closeOwed === 'text' && !closing.end().includes('`')
    return start.inLine && closing.words !== '' && /[\p{L}\d]/u.test(beginning?.preface + closing.words)
  }

  /** The calls that waited are calls. */
  function commit(rest: string) {
    settle('left', rest)
    if (state.claim === 'in-reasoning') notice('unclosed-reasoning', raw.markAt)
    const preface = state.beginning?.preface.trim()
    if (preface) {
      text.restore(preface)
      notice('text-in-block', raw.markAt)
      text.afterMark()
    }
    const isOne = !parallel && calls.waiting > 1
    calls.giveWaiting(parallel ? calls.waiting : 1)
    if (isOne) {
      const left = raw.read().slice(waitedTo)
      notice('after-first-call', progress.at - left.length, left.trim().slice(0, maxQuoted))
    }
    text.afterMark()
    text.restore(closing.words)
    close(isClosed ? 'if-next' : progress.closeOwed)
  }

  function leave(owed: Progress['closeOwed']) {
    settle('left', '')
    close(owed)
  }

  function close(owed: Progress['closeOwed'] = hasMark(state) ? 'yes' : 'if-next') {
    progress.closeOwed = owed
    tellEmpty()
    if (closing.surplus > 0) notice('extra-bracket', closing.surplusAt)
    const fenced = state.beginning?.fenced
    // The mark may come before the end of the fence that stands inside of it.
    const isLeft = fenced === 'inside' && closing.verdict === 'closed' && !closing.end().includes('`')
    progress.fenceOwed ||= isLeft || fenced === 'outside'
    const stray = closing.takeStray(closing.verdict === 'closed')
    if (stray !== '') notice(kindOfStray(stray), closing.strayAt, stray)
    around.toText()
    if (!options.parallel && progress.calls > 0) around.endWith('after-first-call')
  }

  function tellEmpty() {
    if (state.claim !== 'none') return
    notice('no-call', raw.markAt, raw.whole().trim())
    state.claim = 'certain'
  }

  /** Text behind the calls, where the fence around them ends, if one stands there. */
  function afterFence(rest: string): string {
    const fenced = state.beginning?.fenced
    if (fenced !== 'inside' && fenced !== 'span') return rest
    const left = rest.replace(/^\s*(?:```|`)/, '')
    progress.inFence = fenced === 'inside' && left === rest
    // Its end goes as its beginning did, unless text comes first.
    progress.fenceOwed ||= progress.inFence
    return left
  }

  function end(stopped: boolean) {
    if (state.isRefused) return settle('text', '')
    const { claim } = state
    const isWaiting = calls.waiting > 0
    const left = afterFence(closing.end())
    const isAlone = claim === 'closed' && stopped && left === '' && isShownByMark()
    if (!isWaiting || claim === 'whole' || claim === 'lone' || isAlone) {
      if (left !== '') notice(kindOfStray(left), progress.at - left.length, left)
      if (isWaiting) commit('')
      else leave(progress.closeOwed)
    } else if (
      isDecidedLate(claim) &&
      // Out of tokens behind a thought that was not closed: only a closing mark shows that the call was meant.
      (stopped || isClosed) &&
      (left === '' || closers.match(left) === 'partial')
    ) {
      commit('')
    } else {
      settle('text', '')
    }
  }

  /**
   * Whether the opening mark has a line of its own, and no text leads up to it or follows the calls: it is not spoken of, and
   * the words between them, which begin a sentence, say what comes. The calls are whole.
   */
  function isShownByMark(): boolean {
    const { first, inLine, prose } = state.start
    const block = raw.read()
    const isLedUpTo = !first && progress.calls === 0 && !/[.!?\u3002\uff01\uff1f]\s*$/.test(prose.behind())
    const isApart = hasMark(state) && !isLedUpTo && !inLine && closing.words === ''
    return (
      isApart &&
      /^[^\S\n]*\n\s*(?!\p{Ll})/u.test(block) &&
      isBalanced(block.slice(0, block.lastIndexOf('}') + 1))
    )
  }

  function endLate() {
    if (!isDecidedLate(state.claim) || calls.waiting === 0) return settle('text', '')
    const left = raw.read().slice(waitedTo)
    commit('')
    text.restore(left)
  }

  return behind
}
