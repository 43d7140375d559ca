import type { Writable } from '../writable.js'
import type { JsonReader, Outcome } from './reader.js'

/** What is read next, or in the middle of what the reader is. */
export enum State {
  value = 0,
  key = 1,
  colon = 2,
  after = 3,
  string = 4,
  word = 5,
  bareKey = 6,
  comment = 7,
  /** Behind a string that is a key, or a key and more whose quote was forgotten. */
  keyEnd = 8,
  /** Behind the last bracket of an object that lacks something. */
  over = 9,
  /** What only Python has. */
  python = 10,
  /** Between two tokens that are quotes. */
  token = 11,
  done = 12,
}

/** In the place of where to read on: what is there means one thing or another, and more has to come. */
export const waits = -1

/** The reader as its parts see it. */
export interface InnerReader extends Writable<JsonReader> {
  state: State
  /** Whether the reply has ended, and how: then nothing more comes to wait for. */
  ended: 'no' | 'stopped' | 'cut'
  finish(how: Outcome): void
  /** Reads this before the text goes on. */
  again(held: string, at: number): void
}
