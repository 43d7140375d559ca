import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import pc from 'picocolors'
import { fileReason } from '../reason.js'
import { formatTrace, isTraceLine } from './trace-text.js'

/** `toolshim trace`: shows what `toolshim serve --trace` wrote. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('Shows a trace: what was sent, what the model wrote, what was made of it and why.')
    .argument('<file>', 'what `toolshim serve --trace` wrote')
    .option('--id <start>', 'only exchanges whose id, or whose request id, begins so')
    .addHelpText(
      'after',
      `
Example:
  $ toolshim serve --upstream http://localhost:8080 --trace trace.jsonl
  $ toolshim trace trace.jsonl | less -R`,
    )
    .action(async (file: string, { id }: { id?: string }) => {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        throw new Error(fileReason(file, error))
      })
      const lines = text.split('\n').filter((line) => line.trim() !== '')
      if (lines.length > 0 && !lines.some(isTraceLine)) {
        throw new Error(`${file}: none of its lines is of a trace, which \`toolshim serve --trace\` writes`)
      }
      process.stdout.write(
        formatTrace(lines, pc.createColors(process.stdout.isTTY === true && pc.isColorSupported), id),
      )
    })
}
