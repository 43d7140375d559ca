import { Command, Option } from 'commander'
import pc from 'picocolors'
import { version } from '../../package.json'
import { defaultDialect, dialects } from '../dialects/index.js'
import { type UpstreamKind, upstreamKinds } from '../upstreams/index.js'
import { runDemo } from './demo/demo.js'
import { evalCommand } from './eval/command.js'
import { serveLines } from './lines.js'
import { parseLine } from './parse.js'
import { renderLine } from './render.js'
import { serveCommand } from './serve/command.js'
import { screenColumns } from './terminal-text.js'
import { traceCommand } from './trace/command.js'

function dialectOption(description: string) {
  return new Option('--dialect <name>', description).choices([...dialects.keys()])
}

async function serve(answer: (line: unknown) => object): Promise<void> {
  // Somebody who has typed the command alone would wait for it, and it for them.
  if (process.stdin.isTTY) process.stderr.write('Reading JSON lines; Ctrl-D ends (--help has an example).\n')
  const allServed = await serveLines(process.stdin.setEncoding('utf8'), process.stdout, answer)
  if (!allServed) process.exitCode = 1
}

/** What a command that is made elsewhere does not inherit. */
function styled(command: Command): Command {
  return command
    .configureHelp({ styleTitle: (title) => pc.bold(title) })
    .showHelpAfterError('(--help says what there is)')
}

const program = styled(new Command('toolshim'))
  .description("Tool calling for models that don't have it: JSON lines in, JSON lines out.")
  .version(version)

program
  .command('render')
  .description('Turns requests with tools into prompts, or into messages for a chat endpoint without tools.')
  .addOption(dialectOption(`the dialect of lines that name none; by default: ${defaultDialect}`))
  .option('--warnings', 'add "warnings": what was changed, left out or taken on trust')
  .addHelpText(
    'after',
    `
A line in:   {"id","messages","tools","dialect"} and optionally "tool_choice",
             "parallel_tool_calls", "upstream":"completion" or "chat",
             "add_generation_prompt", "reasoning"
A line out:  {"id","prompt","stop","prefill"} or {"id","messages","stop"}
             {"id","error"} where the line is not valid, and exit status 1

Example:
  $ echo '{"id":1,"messages":[{"role":"user","content":"Hi"}]}' |
      toolshim render --dialect qwen3`,
  )
  .action((options: { dialect?: string; warnings?: boolean }) => serve((line) => renderLine(line, options)))

program
  .command('parse')
  .description('Reads what a model wrote: text, reasoning and tool calls, repaired where need be.')
  .addOption(dialectOption(`the dialect of lines that name none; by default: ${defaultDialect}`))
  .option('--events', 'add "events": all that the parser said, in order')
  .addHelpText(
    'after',
    `
A line in:   {"id","text" or "chunks":[...],"tools","dialect"} and optionally
             "finish_reason", "tool_choice", "parallel_tool_calls", "prefill",
             "align":false, "unknown_tool":"call", "text" or "drop",
             "repeats":"call" or "drop",
             "missing_required":"call", "text" or "drop"
A line out:  {"id","content","reasoning","tool_calls","incomplete",
             "finish_reason","changes"}
             {"id","error"} where the line is not valid, and exit status 1

Example:
  $ echo '{"id":1,"text":"<tool_call>{name: add, arguments: {}}</tool_call>"}' |
      toolshim parse`,
  )
  .action((options: { dialect?: string; events?: boolean }) => serve((line) => parseLine(line, options)))

for (const command of [
  evalCommand(dialectOption("the dialect of all lines, instead of each line's format")),
  serveCommand(dialectOption(`the model's family; by default: ${defaultDialect}`).env('DIALECT')),
  traceCommand(),
]) {
  program.addCommand(styled(command))
}

program
  .command('demo')
  .description('Runs the main job before your eyes, on an embedded replay model or on your own server.')
  .addOption(new Option('--upstream <url>', "a text model's server").env('UPSTREAM'))
  .addOption(
    new Option('--upstream-kind <kind>', 'how the server is spoken to')
      .choices(upstreamKinds)
      .default('chat')
      .env('UPSTREAM_KIND'),
  )
  .addOption(dialectOption(`the model's family; by default: ${defaultDialect}`).env('DIALECT'))
  .addOption(new Option('--model <name>', "default: the first in the server's list").env('MODEL'))
  .addHelpText(
    'after',
    `
API_KEY in the environment is sent as the bearer token.

Example:
  $ toolshim demo
  $ toolshim demo --upstream http://localhost:11434 --upstream-kind ollama`,
  )
  .action(
    async (options: { upstream?: string; upstreamKind: UpstreamKind; dialect?: string; model?: string }) => {
      const { stdout, env } = process
      const screen = {
        write: (text: string) => void stdout.write(text),
        columns: screenColumns(stdout, env) ?? 120,
        // Lines are written anew only where it is known how wide they are, and the cursor can go up.
        live: stdout.isTTY === true && stdout.columns > 0 && env.TERM !== 'dumb',
        colors: pc.createColors(stdout.isTTY === true && pc.isColorSupported),
      }
      await runDemo({ ...options, apiKey: env.API_KEY }, screen)
    },
  )

/** Says in a line what went wrong, and in the exit status. */
function fail(reason: string): void {
  process.stderr.write(`toolshim: ${reason}\n`)
  process.exitCode = 1
}

process.stdout.on('error', (error) => {
  // A reader that has seen enough (`| head`) is no error. After any other nothing more can be said, so no work is left.
  if (!('code' in error && error.code === 'EPIPE')) fail(`the output cannot be written: ${error.message}`)
  process.exit()
})
// There is nobody left to tell.
process.stderr.on('error', () => process.exit(1))

try {
  await program.parseAsync()
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}
