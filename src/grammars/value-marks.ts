import { Char } from '../json/characters.js'
import type { TagMatch, TagSet } from '../scan/tags.js'
import { inOwnSpelling, ownSpelling, type TagSpelling } from './tag-spelling.js'

/** The tags of a grammar with raw values. */
export interface ValueTags {
  /** Closes a value. */
  close: readonly string[]
  /** What stands before the key of the next value, and what ends that key. */
  next: readonly string[]
  keyEnd: string
  /** Closes the call. */
  end: readonly string[]
  /** Opens a call and stands before its name; `nameEnd` ends that. None: the block's own mark opens one. */
  call: readonly string[]
  nameEnd: string
  /** Whether one line break after the opening tag and one before the closing tag belong to the tags. */
  ownLines: boolean
}

/** What a tag is to a value, as sets of bits. */
export enum Found {
  none = 0,
  partial = 1,
  close = 2,
  /** A key without a closing tag before it; `sibling`: one that is a tag of its own. */
  next = 4,
  sibling = 8,
  end = 16,
  /** Opens a call. */
  call = 32,
  blockOpen = 64,
  blockClose = 128,
  turn = 256,
  neutral = 512,
  thinkClose = 1024,
}

type Mark = readonly [tag: string, found: Found]

/** What may follow a tag, with white space between, for the tag to be what it looks like. */
const followers = new Map([
  [Found.close, Found.next | Found.sibling | Found.end | Found.blockClose | Found.blockOpen | Found.turn],
  [Found.end, Found.blockClose | Found.blockOpen | Found.turn],
  [Found.blockClose, Found.blockOpen | Found.turn],
  [Found.call, Found.next | Found.end],
])

/** The tags of the reply around it. */
const foundTags = new Map<TagMatch, Found>([
  ['open', Found.blockOpen],
  ['close', Found.blockClose],
  ['turn-start', Found.turn],
  ['turn-end', Found.turn],
  ['think-close', Found.thinkClose],
  ['neutral', Found.neutral],
  ['partial', Found.partial],
])

/** Whether a tag makes the one before it, with white space between, what it looks like. */
export function followsTag(first: Found, found: Found): boolean {
  return ((followers.get(first) ?? 0) & found) !== 0
}

/** Whether a tag closes a value or its call. */
export function isClosing(found: Found): boolean {
  return (found & (Found.close | Found.end)) !== 0
}

/** Tells what a tag is to a value: of the tags that its grammar has, and of the reply around it. */
export interface ValueMarks {
  /** As for `RawValue`. */
  start(spelling?: TagSpelling, close?: string, next?: readonly string[]): void
  match(read: string): Found
  /** Whether a closing tag that lost its first bracket may begin here. */
  mayLackBracket(text: string, at: number): boolean
}

export function createValueMarks(written: ValueTags, tags: TagSet): ValueMarks {
  const marksOf = (found: Found, all: readonly string[]) => all.map((tag): Mark => [tag, found])
  const marks = [
    ...marksOf(Found.close, written.close),
    ...marksOf(Found.next, written.next),
    ...marksOf(Found.end, written.end),
    ...marksOf(Found.call, written.call),
  ]
  /** Those that count in this value. */
  let known = marks
  let spelling = ownSpelling

  return {
    start(written = ownSpelling, close, next = []) {
      spelling = written
      known =
        close === undefined
          ? marks
          : [...marks, ...marksOf(Found.close, [close]), ...marksOf(Found.sibling, next)]
    },
    match(read: string): Found {
      const tag = inOwnSpelling(read, spelling)
      let partial = Found.none
      for (const [mark, found] of known) {
        if (mark === tag || mark === read) return found
        if (mark.startsWith(tag) || mark.startsWith(read)) partial = Found.partial
      }
      return foundTags.get(tags.match(read)) ?? partial
    },
    mayLackBracket(text: string, at: number): boolean {
      if (text.charCodeAt(at) !== Char.slash) return false
      // Nearly every slash is none by what follows it.
      const next = text.charAt(at + 1).toLowerCase()
      return known.some(([tag, found]) => isClosing(found) && tag.startsWith(next, 2))
    },
  }
}
