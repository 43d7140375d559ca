import { createWriteStream, openSync } from 'node:fs'
import { Command, Option } from 'commander'
import pino from 'pino'
import { defaultDialect } from '../../dialects/index.js'
import type { Fields } from '../../fields.js'
import { stringify } from '../../render/stringify.js'
import { readReplayFolder } from '../../server/replay-folder.js'
import { type RunningServer, type ServerOptions, startServer } from '../../server/server.js'
import type { ReasoningField } from '../../surfaces/chat-completions/protocol.js'
import { createReplayUpstream, type ReplayUpstream } from '../../testing/replay.js'
import { type UpstreamKind, upstreamKinds } from '../../upstreams/index.js'
import { type CallPolicy, callPolicyOf, withCallPolicy } from '../call-policy.js'
import { fileReason } from '../reason.js'
import { serverUrl } from '../server-url.js'
import {
  readCount,
  readFields,
  readMebibytes,
  readMilliseconds,
  readOrigins,
  readPort,
  readSeconds,
} from './option-values.js'

interface Options extends CallPolicy {
  upstream?: string
  upstreamKind: UpstreamKind
  upstreamKey?: string
  dialect?: string
  port: number
  host: string
  apiKey?: string
  cors?: string[]
  extraBody?: Fields
  streamOnly?: boolean
  wholeCalls?: boolean
  hostedTools?: 'refuse' | 'drop'
  reasoningField?: ReasoningField
  keepResponses?: number
  timeout: number
  bodyLimit: number
  headerTimeout: number
  requestTimeout: number
  idleTimeout: number
  grace: number
  replayDelay: number
  trace?: string
  logLevel: string
}

const second = 1000
const mebibyte = 1024 * 1024

/** `toolshim serve`: an endpoint with tools in front of a text model. It ends with the running answers, on SIGTERM or Ctrl-C. */
export function serveCommand(dialectOption: Option): Command {
  const command = new Command('serve')
    .description('Puts an endpoint with tools in front of any text model, for clients in any language.')
    .optionsGroup("The model's side:")
    .option(
      '--upstream <url>',
      "required: the model's server, or replay:DIR for recorded replies (.txt files or golden pages)",
    )
    .addOption(
      new Option('--upstream-kind <kind>', 'how the server is spoken to')
        .choices(upstreamKinds)
        .default('chat'),
    )
    .addOption(
      new Option('--upstream-key <key>', "the server's key; by default the client's own is passed on").env(
        'UPSTREAM_KEY',
      ),
    )
    .addOption(dialectOption)
    .option(
      '--extra-body <json>',
      'fields laid over every request, as in \'{"skip_special_tokens": false}\'',
      readFields,
    )
    .option('--stream-only', 'the server can only stream; whole answers are collected')
    .option('--timeout <seconds>', 'how long the model may be silent', readSeconds, 300)
    .option('--replay-delay <ms>', 'wait before each token of a recorded reply', readMilliseconds, 0)
    .optionsGroup('Its calls:')
  return withCallPolicy(command)
    .optionsGroup("The client's side:")
    .addOption(
      new Option(
        '--reasoning-field <name>',
        'where Chat Completions have the reasoning; by default: reasoning_content',
      ).choices(['reasoning_content', 'reasoning']),
    )
    .addOption(
      new Option(
        '--hosted-tools <what>',
        'what becomes of tools that a service would run, like web_search; by default: refuse',
      ).choices(['refuse', 'drop']),
    )
    .option('--whole-calls', 'streams give each call in one piece, for clients that run halves of calls')
    .option(
      '--keep-responses <number>',
      'how many answers requests can refer to; by default: 1000',
      readCount,
    )
    .option('--port <number>', 'where to listen; 0 takes any that is free', readPort, 4141)
    .option('--host <address>', "on which of the machine's addresses", '127.0.0.1')
    .addOption(
      new Option('--api-key <key>', 'the key that clients must show; required beyond loopback').env(
        'TOOLSHIM_API_KEY',
      ),
    )
    .option(
      '--cors <origins>',
      'web pages that may ask, as in https://a.example,https://b.example; * for all',
      readOrigins,
    )
    .option('--body-limit <MiB>', 'how large a request may be', readMebibytes, 32)
    .option('--header-timeout <seconds>', "how long a request's head may take", readSeconds, 15)
    .option('--request-timeout <seconds>', 'how long all of a request may take', readSeconds, 120)
    .option('--idle-timeout <seconds>', 'how long a client may be silent or read nothing', readSeconds, 360)
    .option('--grace <seconds>', 'how long running answers have to end when it is stopped', readSeconds, 30)
    .optionsGroup('What it tells:')
    .option(
      '--trace <file>',
      'add to this file what was rendered, what the model wrote and what was made of it',
    )
    .addOption(
      new Option('--log-level <level>', 'what is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addHelpText(
      'after',
      `
Serves:  POST /v1/chat/completions, /v1/responses, /v1/messages,
         /api/v1/services/aigc/text-generation/generation,
         GET /v1/models, /healthz
Logs:    JSON lines on standard error, one a request. Where it listens is
         the first line on standard output.

Example:
  $ toolshim serve --upstream http://localhost:8080 --dialect qwen3
  $ toolshim serve --upstream http://localhost:11434 --upstream-kind ollama
  $ toolshim serve --upstream replay:recorded --port 0`,
    )
    .action(run)
}

async function run(options: Options, command: Command): Promise<void> {
  const { host, apiKey, port, upstream: given } = options
  // Not commander's own required option: it would hide that another option has a slip in it.
  if (given === undefined) {
    return command.error(
      "error: required option '--upstream <url>' not specified, as in http://localhost:8080",
    )
  }
  const isLocal = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
  if (!isLocal && !apiKey) {
    throw new Error(
      `--api-key: ${host} can be reached from other machines, so clients must show a key: give one, or TOOLSHIM_API_KEY`,
    )
  }
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ dest: 2, sync: true }))
  const trace = options.trace === undefined ? undefined : openTrace(options.trace, log)
  const replay = await openReplay(given, options.replayDelay)
  try {
    const server = await startServer({
      host,
      port,
      apiKey,
      upstreamKey: options.upstreamKey,
      bodyLimit: Math.round(options.bodyLimit * mebibyte),
      headerTimeout: options.headerTimeout * second,
      requestTimeout: options.requestTimeout * second,
      idleTimeout: options.idleTimeout * second,
      localOnly: isLocal,
      upstreamUrl: new URL(replay?.url ?? serverUrl(given)),
      tools: toolOptions(options, ({ field, message }) => {
        // A tool that is left out because the option says so is missed by somebody. Much else is as it should be.
        if (options.hostedTools) log.warn({ field }, message)
        else log.debug({ field }, message)
      }),
      timeout: options.timeout * second,
      corsOrigins: options.cors,
      log,
      trace: trace?.write,
    })
    // A query may have a key in it.
    const upstream = given.replace(/\?.*/s, '')
    process.stdout.write(`toolshim serves ${server.url} in front of ${upstream}\n`)
    log.info({ url: server.url, upstream, kind: options.upstreamKind }, 'listening')
    await untilStopped(server, options.grace * second, log)
  } finally {
    await replay?.close()
    await trace?.end()
  }
}

function toolOptions(
  options: Options,
  warn: NonNullable<ServerOptions['tools']['onWarning']>,
): ServerOptions['tools'] {
  return {
    dialect: options.dialect ?? defaultDialect,
    upstream: {
      kind: options.upstreamKind,
      ...(options.streamOnly && { stream: true }),
      ...(options.extraBody && { extraBody: options.extraBody }),
    },
    ...(options.reasoningField && { reasoningField: options.reasoningField }),
    ...(options.hostedTools && { hostedTools: options.hostedTools }),
    onWarning: warn,
    ...(options.wholeCalls && { calls: 'whole' }),
    ...(options.keepResponses !== undefined && { keepResponses: options.keepResponses }),
    ...callPolicyOf(options),
  }
}

/** Readable by its owner alone: what people said to the model is in it. */
function openTrace(file: string, log: pino.Logger) {
  const stream = createWriteStream(file, { fd: openForMore(file) })
  stream.on('error', (error) => log.error({ err: error }, 'the trace cannot be written'))
  return {
    write(entry: object): void {
      stream.write(`${stringify({ time: new Date().toISOString(), ...entry })}\n`)
    },
    end: () => new Promise<void>((resolve) => stream.end(resolve)),
  }
}

/** At once, so that a file that cannot be written is known before the first request. */
function openForMore(file: string): number {
  try {
    return openSync(file, 'a', 0o600)
  } catch (error) {
    throw new Error(`--trace: ${fileReason(file, error)}`)
  }
}

async function openReplay(given: string, delay: number): Promise<ReplayUpstream | undefined> {
  const folder = /^replay:(.+)$/.exec(given)?.[1]
  if (folder === undefined) return undefined
  const replies = await readReplayFolder(folder).catch((error: unknown) => {
    throw new Error(fileReason(given, error))
  })
  let next = 0
  return createReplayUpstream({ delay, replies: () => replies[next++ % replies.length] ?? '' })
}

/** The first signal lets running answers end; the second ends them. */
async function untilStopped(server: RunningServer, grace: number, log: pino.Logger): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name))
  })
  log.info({ signal }, 'stopping: running answers may end')
  const now = () => process.exit(1)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, now)
  await server.close(grace)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, now)
  log.info('stopped')
}
