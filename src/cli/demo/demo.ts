import type { ChatCompletionChunk } from 'openai/resources/chat/completions'
import type { ParserEvent } from '../../events.js'
import { type Fields, isFields } from '../../fields.js'
import { toolFetch } from '../../middleware/fetch.js'
import { createReplayUpstream } from '../../testing/replay.js'
import { upstreamBase } from '../../upstreams/base.js'
import { findUpstream, type UpstreamKind } from '../../upstreams/index.js'
import { reasonOf } from '../reason.js'
import { serverUrl } from '../server-url.js'
import { cutLines, pad, printable } from '../terminal-text.js'
import { question, readArguments, replies, tools } from './conversation.js'
import { createReplyView, labelColumns, type ReplyView, type Screen } from './reply-view.js'
import { watchText } from './watch-text.js'

export interface DemoOptions {
  /** A real server's address; left out, a replay model on loopback answers. */
  upstream?: string | undefined
  /** Default: `chat`. */
  upstreamKind?: UpstreamKind | undefined
  /** Default: `qwen3`. */
  dialect?: string | undefined
  /** Default: the first model that the server lists. */
  model?: string | undefined
  apiKey?: string | undefined
}

/** Milliseconds before each token of the replay model, so that a person can follow. */
const tokenDelay = 25

/**
 * The main job before your eyes: the official `openai` client with tools, in front of a model that has none. Shows what
 * the model writes beside what the client receives, what was repaired, and what the tools and the model answer.
 *
 * @throws Error that says in a line what to do: `openai` is not installed, the address is none, nobody answers there.
 */
export async function runDemo(options: DemoOptions, screen: Screen): Promise<void> {
  if (options.upstream !== undefined) return runConversation(serverUrl(options.upstream), options, screen)
  const replay = await createReplayUpstream({
    replies,
    model: 'replay-model',
    delay: screen.live ? tokenDelay : 0,
  })
  try {
    await runConversation(replay.url, options, screen)
  } finally {
    await replay.close()
  }
}

/** Where the client's paths begin. */
function baseUrl(server: string, kind: UpstreamKind): string {
  const { origin, pathname } = new URL(server)
  return origin + upstreamBase(pathname, kind)
}

async function runConversation(server: string, options: DemoOptions, screen: Screen): Promise<void> {
  const { dialect = 'qwen3', upstreamKind = 'chat' } = options
  const { OpenAI, APIConnectionError } = await importOpenAI()
  const log = createLog(screen)
  findUpstream(upstreamKind)

  const client = new OpenAI({
    baseURL: baseUrl(server, upstreamKind),
    apiKey: options.apiKey ?? 'none',
    fetch: toolFetch({
      dialect,
      upstream: upstreamKind,
      onEvent: log.event,
      fetch: watchText(upstreamKind, { onRequest: log.request, onText: log.wrote }),
    }),
  })

  // Older ones have it elsewhere. They may be there, since everything but this works with them.
  if (!('runTools' in client.chat.completions)) {
    throw new Error('the demo needs openai 5 or newer: npm install openai@latest')
  }
  const model = await firstModel()
  log.opening({ dialect, model, server: `${server} (${upstreamKind})` })
  const runner = client.chat.completions.runTools({
    model: options.model ?? model,
    stream: true,
    messages: [{ role: 'user', content: question }],
    tools: tools.map(({ name, description, parameters, run }) => ({
      type: 'function' as const,
      function: {
        name,
        description,
        parameters,
        function: (args: string) => {
          const result = run(readArguments(args))
          log.ran(name, args, result)
          return result
        },
      },
    })),
  })
  runner.on('chunk', log.received)
  try {
    log.answer((await runner.finalContent()) ?? '')
  } catch (error) {
    log.stopped()
    throw new Error(`the server at ${server} failed: ${printable(reasonOf(error))}`)
  }

  /** Also finds out whether anybody is there. */
  async function firstModel(): Promise<string> {
    try {
      const { data } = await client.models.list({ maxRetries: 0 })
      return options.model ?? data[0]?.id ?? 'default'
    } catch (error) {
      if (error instanceof APIConnectionError) {
        throw new Error(
          `no server answers at ${server} (${printable(reasonOf(error))}): start one, or give its address`,
        )
      }
      // Not every server lists its models.
      return options.model ?? 'default'
    }
  }
}

/** What the demo writes around the replies. */
function createLog(screen: Screen) {
  const { write, columns, colors } = screen
  let turn = 0
  let view: ReplyView | undefined
  let names: string[] = []
  let repairs: string[] = []

  function say(label: string, text: string, paint: (text: string) => string = String) {
    const lines = text.split('\n').flatMap((line) => cutLines(printable(line), columns - 1 - labelColumns))
    lines.forEach((line, at) => {
      write(`${colors.dim(pad(at === 0 ? label : '', labelColumns))}${paint(line.trimEnd())}\n`)
    })
  }

  function endReply() {
    view?.end()
    view = undefined
  }

  return {
    opening({ dialect, model, server }: { dialect: string; model: string; server: string }) {
      write(`${colors.bold('toolshim demo')}: tool calling for a model that only writes text\n\n`)
      say('model', `${model} at ${server}, dialect ${dialect}`)
      const signatures = tools.map(
        ({ name, parameters }) => `${name}(${Object.keys(Object(parameters.properties)).join(', ')})`,
      )
      say('tools', signatures.join(', '))
      say('question', question, colors.bold)
    },

    request(body: Fields) {
      turn++
      names = []
      repairs = []
      write(`\n${colors.bold(`turn ${turn}`)}\n`)
      say('sent', whatWasSent(body))
      write('\n')
      view = createReplyView(screen)
    },

    wrote(text: string, isReasoning: boolean) {
      view?.wrote(text, isReasoning)
    },

    event(event: ParserEvent) {
      if (event.type === 'tool-call-start') names[event.index] = event.name
      if (event.type === 'tool-call-end') {
        for (const change of event.changes) {
          repairs.push(`${names[event.index]}: ${change.message}${times(change.count)}`)
        }
      }
      if (event.type === 'notice') repairs.push(`${event.change.message}${times(event.change.count)}`)
    },

    received({ choices }: ChatCompletionChunk) {
      const [choice] = choices
      if (choice === undefined) return
      const { delta } = choice
      if ('reasoning_content' in delta && typeof delta.reasoning_content === 'string') {
        view?.received('reasoning_content', delta.reasoning_content)
      }
      if (delta.content) view?.received('content', delta.content)
      for (const { index, id, function: called } of delta.tool_calls ?? []) {
        if (called?.name) view?.received(`tool_calls[${index}]`, `${called.name}  ${id}`)
        if (called?.arguments) view?.receivedArguments(called.arguments)
      }
      if (!choice.finish_reason) return
      view?.received('finish_reason', choice.finish_reason)
      endReply()
      write('\n')
      if (repairs.length > 0) say('repaired', repairs.join('\n'), colors.yellow)
    },

    ran(name: string, args: string, result: unknown) {
      say('ran', `${name}(${args}) → ${JSON.stringify(result)}`)
    },

    answer(text: string) {
      say('answer', text, colors.bold)
    },

    stopped: endReply,
  }
}

/** What the model's server was given: words, and nothing about tools. */
function whatWasSent({ input, inputs, prompt = inputs, ...rest }: Fields): string {
  const messages = rest.messages ?? (isFields(input) ? input.messages : undefined)
  const tools = 'tools' in rest ? 'and tools' : 'without tools, which are words in the'
  if (!Array.isArray(messages)) return `a prompt ${tools} text (${String(prompt).length} characters)`
  const roles = messages.map((message: unknown) => (isFields(message) ? String(message.role) : '?'))
  return `messages ${tools} system text (${roles.join(', ')})`
}

function times(count: number): string {
  return count === 1 ? '' : ` (${count} times)`
}

async function importOpenAI() {
  try {
    return await import('openai')
  } catch {
    throw new Error('the demo drives the official client, which is not installed: npm install openai')
  }
}
