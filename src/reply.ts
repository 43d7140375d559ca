import type { CreateAlignment } from './align/alignment.js'
import type { ToolIndex } from './align/tools.js'
import { type Block, createBlock } from './block/block.js'
import type { BlockStart } from './block/claim.js'
import type { CallFilter } from './call-filter.js'
import { createChange } from './change-log.js'
import type { ChangeKind, ParserEvent } from './events.js'
import type { GrammarContext } from './grammars/call-grammar.js'
import type { Neighbours } from './grammars/neighbours.js'
import type { Limits } from './limits.js'
import type { PlainText } from './plain-text.js'
import { createBareCalls } from './scan/bare-calls.js'
import type { CallForm, Mark } from './scan/beginning.js'
import type { DialectTags } from './scan/dialect-tags.js'
import { createFenceLines } from './scan/fence-lines.js'
import { createProse, type Prose } from './scan/prose.js'
import { createTextBuffer, type TextBuffer } from './text-buffer.js'
import { createTextMarks } from './text-marks.js'
import { createTurns, type Turns } from './turns.js'

/**
 * Reads a reply from its first character to its last: text, reasoning, blocks of calls (`block.ts`), the end of the
 * model's turn and what it writes behind that. One place at a time reads; it gives back what turned out not to be its own.
 */
export interface Reply {
  push(text: string, base: number): void
  /** Reads what the prompt holds of the model's turn: it counts, and is not given. */
  begin(prefill: string): void
  end(reason: string): void
  /** The short way through what is being read. */
  plain(): PlainText | undefined
  /** The block that is being read; `undefined`: it is running text. */
  block(): Block | undefined
  inReasoning(): boolean
  readonly progress: Progress
}

/** What the parts of a reply need of what is around them. */
export interface ReplyContext {
  options: ReplyOptions
  progress: Progress
  /** The running text of the reply. */
  text: Prose
  /** Whether the reply has all the calls that it may have. */
  isFull(): boolean
  notice(kind: ChangeKind, offset: number, text?: string): void
  /** The reply goes on in this running text. */
  leave(prose: Prose): void
  /** The same in its text, behind a mark. */
  toText(): void
  /** A call may stand behind what was found: a mark with the white space before it, or nothing. */
  openBlock(found: string, mark: Mark, otherwise: BlockStart['otherwise'], inTurn?: boolean): void
  /** The reply is over, and why; `text` is how what follows begins. */
  endWith(kind: ChangeKind, text?: string): void
  /** The reply is over: the model plays the next turn, which begins like this. */
  nextTurn(found: string): void
  /** Text that was taken and is read again. */
  giveBack(rest: string): void
}

/** How far the reading has come. */
export interface Progress {
  /** The end of what has been taken from the input. */
  at: number
  /** Text that the prompt already held is not the model's: it counts, and is not given. */
  silent: boolean
  /** How many calls are complete. */
  calls: number
  /** How many calls the model began and did not finish. */
  incomplete: number
  /**
   * Whether a closing mark is no text: a block ended in words and its own is still to come (`yes`), or a block has just
   * ended and its mark may be there twice (`if-next`). `text`: the block was text, and so is its mark.
   */
  closeOwed: 'no' | 'if-next' | 'yes' | 'text'
  /** Whether a fence stands around the blocks that have just ended. */
  fenceOwed: boolean
  /** Whether the text is inside a fence. */
  inFence: boolean
  /** The names of the tags that could have been marks and were text, in small letters. */
  openTags: Set<string>
  /** Whether no text, reasoning or call has come. */
  isStart: boolean
  /** Whether reasoning has been opened. */
  hasReasoned: boolean
}

export interface ReplyOptions {
  tools: ToolIndex
  tags: DialectTags
  limits: Limits
  /** Whether calls are read at all. */
  readCalls: boolean
  /** Whether marks that are none of the dialect's are read, and calls without one. */
  readDrift: boolean
  readUntagged: boolean
  /** Whether the dialect writes its calls without marks. */
  bareCalls: boolean
  filter: CallFilter
  parallel: boolean
  alignment: CreateAlignment | undefined
  /** Whether arguments are made to fit their schema. */
  align: boolean
  unknownTool: 'call' | 'text' | 'drop'
  isAllowed(name: string): boolean
  emit(event: ParserEvent): void
  createId(): string
  /** The mark that closes a call. */
  close: string
  secondOpinion: ((text: string) => string) | undefined
  /** The grammars that are read beside the JSON object. */
  grammars: Partial<Neighbours>
  /** The name that says that no tool fits. */
  noCall: string | undefined
  /** The form that is the dialect's own. */
  ownForm: CallForm
  readXml: GrammarContext['readXml']
}

/** `<|eom_id|>`, `<end_of_turn>`: it ends a turn and not a call, as `<|tool_call_end|>` does. */
const isEndToken = /^<[|｜]?(?:eo|end[_▁]of|return|call)/i

/** What is being read. */
enum Place {
  prose,
  block,
  turn,
  over,
}

export function createReply(options: ReplyOptions): Reply {
  const { limits, tags } = options
  const progress: Progress = {
    at: 0,
    silent: false,
    calls: 0,
    incomplete: 0,
    closeOwed: 'no',
    fenceOwed: false,
    inFence: false,
    openTags: new Set(),
    isStart: true,
    hasReasoned: false,
  }
  let place = Place.prose
  let hasText = false
  /** Most replies have none of these, so each is made when it comes. */
  let reasoning: Prose | undefined
  let block: Block | undefined
  let turns: Turns | undefined
  /** What came after the reply had ended. */
  let after: TextBuffer | undefined
  let afterKind: ChangeKind | undefined
  let turnMark: string | undefined

  const fence = createFenceLines()
  const isFull = () => progress.calls >= limits.calls
  const marks = createTextMarks(options, progress, () => text, isFull)
  const { owed, isBehindBlock } = marks
  const bareCalls = createBareCalls(options, progress, () => isFull() || marks.isInResult())
  const text = createRunning('text')
  /** The running text that is read, or that what is read interrupts. */
  let running = text
  const around: ReplyContext = {
    options,
    progress,
    text,
    isFull,
    notice,
    leave: goOn,
    toText,
    openBlock,
    endWith,
    nextTurn,
    giveBack,
  }

  function createRunning(type: 'text' | 'reasoning'): Prose {
    const isText = type === 'text'
    const prose: Prose = createProse({
      tags: isText ? tags.drift : tags.own,
      bareCalls: isText && options.readUntagged ? bareCalls : undefined,
      maxHeld: limits.held,
      emit(piece) {
        progress.isStart = false
        if (progress.silent) return
        if (isText) {
          hasText = true
          progress.fenceOwed = false
          if (progress.inFence) fence.add(piece)
          else fence.clear()
        }
        options.emit({ type, text: piece })
      },
      isMark: (kind) => marks.isMark(kind, prose),
    })
    return prose
  }

  function notice(kind: ChangeKind, offset: number, text?: string) {
    if (!progress.silent) options.emit({ type: 'notice', change: createChange(kind, offset, text) })
  }

  function goOn(prose: Prose) {
    running = prose
    place = Place.prose
  }

  function toText() {
    goOn(text)
    text.afterMark()
  }

  /** The reply is over; `text` is how what comes after it begins. */
  function endWith(kind: ChangeKind, text = '') {
    afterKind = kind
    after = createTextBuffer()
    after.append(text)
    place = Place.over
  }

  function nextTurn(found: string) {
    turnMark = found.trim()
    endWith('next-turn', found)
  }

  function read(input: string, base: number) {
    let i = 0
    while (i < input.length) {
      switch (place) {
        case Place.prose:
          i = readProse(running, input, i, base)
          break
        case Place.block:
          i = block?.push(input, i, base) ?? input.length
          break
        case Place.turn:
          i = turns?.push(input, i, base) ?? input.length
          break
        case Place.over:
          after?.append(input.slice(i))
          i = input.length
      }
      progress.at = base + i
    }
  }

  /** What the prompt already held of it is still not the model's. */
  function giveBack(rest: string) {
    const own = Math.max(0, Math.min(rest.length, -progress.at))
    if (own > 0) readSilently(rest.slice(0, own), progress.at)
    if (own < rest.length) read(rest.slice(own), progress.at)
  }

  function readSilently(input: string, base: number) {
    const was = progress.silent
    progress.silent = true
    read(input, base)
    progress.silent = was
    if (!was) running.hide()
  }

  function readProse(prose: Prose, input: string, from: number, base: number): number {
    const used = prose.push(input, from)
    const { found, mark } = prose
    progress.at = base + used
    switch (found) {
      case undefined:
        break
      case 'open':
      case 'drift-open':
        openBlock(mark, found === 'open' ? 'own' : 'drifted', marks.otherwise(mark, prose))
        break
      case 'word':
      case 'line':
        openBlock(mark, found, progress.fenceOwed ? 'fence' : 'text')
        break
      case 'call':
      case 'declaration': {
        // The mark is part of what the block reads.
        const own = mark.trimStart()
        progress.at -= own.length
        openBlock(mark.slice(0, -own.length), found === 'call' ? 'drifted' : 'line', 'text')
        giveBack(own)
        break
      }
      case 'close':
      case 'drift-close': {
        const isOwed = progress.closeOwed === 'yes'
        if (!isOwed && owed() !== 'if-next') {
          openBlock(mark, 'drifted', 'text')
          break
        }
        const written = mark.trimStart()
        const at = progress.at - written.length
        if (isOwed) notice('text-in-block', at)
        else if (isEndToken.test(written)) notice('control-token', at, written)
        else notice('doubled-mark', at)
        progress.closeOwed = 'if-next'
        text.afterMark()
        break
      }
      case 'result-open':
      case 'others-turn':
        nextTurn(mark)
        break
      case 'think-open':
        progress.hasReasoned = true
        reasoning ??= createRunning('reasoning')
        goOn(reasoning)
        reasoning.afterMark()
        break
      case 'think-close':
        if (prose === text) notice('doubled-mark', progress.at - mark.trimStart().length)
        toText()
        break
      default:
        turns ??= createTurns(around)
        place = Place.turn
        turns.meet(mark, prose, {
          begins: found === 'turn-start',
          isFirst: progress.isStart,
          isBehindBlock: isBehindBlock(),
          hasClosed: block?.reader.call.bracketsAt === progress.at - mark.trimStart().length,
        })
    }
    return used
  }

  function openBlock(found: string, mark: Mark, otherwise: BlockStart['otherwise'], inTurn = false) {
    if (isFull()) {
      notice('limit', progress.at - found.trimStart().length)
      return running.restore(found)
    }
    progress.isStart = false
    const start: BlockStart = {
      mark,
      prose: running,
      inReasoning: running !== text,
      inLine: !running.isFresh() && /\S[ \t]*$/.test(running.behind()),
      first: !hasText,
      inFence: progress.inFence,
      fence: progress.inFence ? fence : undefined,
      inTurn,
      closes: progress.openTags.has(/^\s*<\/\s*(\w+)/.exec(found)?.[1]?.toLowerCase() ?? ''),
      otherwise,
    }
    block ??= createBlock(around, start)
    block.open(found, start)
    if (mark === 'own') progress.closeOwed = 'no'
    place = Place.block
  }

  function end(reason: string) {
    while (place === Place.turn || place === Place.block) {
      if (place === Place.turn) turns?.end()
      else block?.end(reason === 'stop')
    }
    if (place === Place.prose) running.end()
    const left = after?.toString().trim() ?? ''
    // The token of the next turn alone is where the model's own ends.
    const kind = left === turnMark ? 'control-token' : afterKind
    if (kind !== undefined && left !== '') notice(kind, progress.at - left.length, left)
    after = undefined
  }

  return {
    push: read,
    begin: (prefill) => readSilently(prefill, -prefill.length),
    end,
    plain: () =>
      place === Place.block ? block?.plain() : place === Place.prose ? running.plain() : undefined,
    block: () => (place === Place.block ? block : undefined),
    inReasoning: () => running !== text,
    progress,
  }
}
