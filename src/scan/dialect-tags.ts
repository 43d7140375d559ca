import type { SpokenDialect } from '../dialects/dialect.js'
import { neutralToken } from '../render/neutralise.js'
import { beginsOthersTurn } from './speakers.js'
import { createTagSet, type Tag, type WholeTags } from './tags.js'

/** The tags of a dialect, for where they are looked for. */
export interface DialectTags {
  own: WholeTags
  /** With marks that are none of the dialect's, where those count. */
  drift: WholeTags
  /** Behind a call its mark may have lost a character. */
  closing: WholeTags
  /** In a call tags of reasoning are data. */
  inCall: WholeTags
  /** In one that stands in reasoning they are not. */
  inThought: WholeTags
}

/** A dialect is the same for all replies, and how its tokens are neutralised takes longer to find than a short reply. */
const known = new WeakMap<SpokenDialect, [strict: DialectTags, drifting: DialectTags]>()

/** `readDrift`: whether marks that are none of the dialect's count. */
export function tagsOf(dialect: SpokenDialect, readDrift: boolean): DialectTags {
  const found = known.get(dialect) ?? createTags(dialect)
  known.set(dialect, found)
  return found[readDrift ? 1 : 0]
}

function createTags(dialect: SpokenDialect): [DialectTags, DialectTags] {
  const all = listTags(dialect)
  const unthought = all.filter(([, kind]) => kind !== 'think-open' && kind !== 'think-close')
  const own = createTagSet(all)
  return [
    { own, drift: own, closing: own, inCall: createTagSet(unthought), inThought: own },
    {
      own,
      drift: createTagSet([...all, ...lineMarks(dialect)], 'yes'),
      closing: createTagSet([...all, ...brokenClosers(dialect)], 'yes'),
      inCall: createTagSet(unthought, 'behind'),
      inThought: createTagSet(all, 'behind'),
    },
  ]
}

/** What stands for a mark at the start of a line: one that lacks its first bracket, and Phi-4-mini's word in front of a list. */
function lineMarks({ marks }: SpokenDialect): Tag[] {
  const open = marks.call?.open.replace(/^</, '') ?? ''
  return ['functools', ...(/^\w/.test(open) ? [open] : [])].map((mark) => [mark, 'drift-open'])
}

/** `/tool_call>`, `<\/tool_call>`, `</tool_call` at the end of a line. */
function brokenClosers({ marks }: SpokenDialect): Tag[] {
  const close = marks.call?.close
  if (close === undefined || !close.startsWith('</')) return []
  return [
    [close.slice(1), 'close'],
    [`<\\${close.slice(1)}`, 'close'],
    [`${close.slice(0, -1)}\n`, 'close'],
  ]
}

/** `<|observation|>`, `<|start_header_id|>` */
function beginsTurn(token: string): boolean {
  return beginsOthersTurn(token) || /^<[|｜]start_/.test(token)
}

function listTags({ marks, controlTokens }: SpokenDialect): Tag[] {
  const tags: Tag[] = []
  if (marks.call !== undefined) tags.push([marks.call.open, 'open'])
  if (marks.call?.close !== undefined) tags.push([marks.call.close, 'close'])
  if (marks.reasoning !== undefined) {
    tags.push([marks.reasoning.open, 'think-open'], [marks.reasoning.close, 'think-close'])
  }
  const ends = [controlTokens.end, ...controlTokens.others]
  tags.push([controlTokens.start, 'turn-start'])
  for (const token of ends) tags.push([token, beginsTurn(token) ? 'turn-start' : 'turn-end'])
  for (const token of [controlTokens.start, ...ends]) tags.push([neutralToken(token), 'neutral'])
  // A line break before a token only says that it stands at the start of a line.
  return tags.map(([tag, kind]) => [tag.replace(/^\n+/, ''), kind])
}
