import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readFixture } from '../testing/fixture.js'
import type { ReplayReply } from '../testing/replay-reply.js'

/**
 * Reads the recorded replies of a folder, in the order of their names: `.txt` files are what a model wrote, `.md` files are
 * golden pages.
 *
 * @throws Error when there is no such folder, none of these files in it, or a page that is none.
 */
export async function readReplayFolder(folder: string): Promise<ReplayReply[]> {
  const names = (await readdir(folder)).filter((name) => /\.(txt|md)$/.test(name)).sort()
  if (names.length === 0) {
    throw new Error(`there are no recorded replies in ${folder}: put .txt files or golden pages (.md) there`)
  }
  return Promise.all(names.map(async (name) => readReply(name, await readFile(join(folder, name), 'utf8'))))
}

function readReply(name: string, text: string): ReplayReply {
  if (name.endsWith('.txt')) return { text }
  try {
    const { reply, options } = readFixture(text)
    return { text: reply, ...(options.finishReason !== undefined && { finish: options.finishReason }) }
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`)
  }
}
