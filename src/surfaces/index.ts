import { chatCompletions } from './chat-completions/surface.js'
import { messages } from './messages/surface.js'
import { responses } from './responses/surface.js'
import type { Surface } from './surface.js'

const surfaces: readonly Surface[] = [chatCompletions, responses, messages]

/** The surface that a path is of, and what stands before its own part of the path. */
export function findSurface(path: string): { surface: Surface; base: string } | undefined {
  for (const surface of surfaces) {
    const base = surface.base(path)
    if (base !== undefined) return { surface, base }
  }
  return undefined
}
