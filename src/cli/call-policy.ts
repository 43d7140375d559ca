import { type Command, Option } from 'commander'
import type { ParserOptions } from '../parser.js'

/** What the parser's options are called on the command line. */
export type CallPolicy = Pick<ParserOptions, 'unknownTool' | 'repeats' | 'missingRequired' | 'align'>

/** Adds the options that say which calls count, and whether their arguments are made to fit. */
export function withCallPolicy(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--unknown-tool <what>',
        'what becomes of a call to no declared tool; by default: call',
      ).choices(['call', 'text', 'drop']),
    )
    .addOption(
      new Option('--repeats <what>', 'what becomes of a call that is made twice; by default: call').choices([
        'call',
        'drop',
      ]),
    )
    .addOption(
      new Option(
        '--missing-required <what>',
        'what becomes of a call without a required parameter; by default: call',
      ).choices(['call', 'text', 'drop']),
    )
    .option('--align', "fit arguments to the tool's schema (the default)")
    .option('--no-align', 'leave arguments as they are')
}

/** The ones that were given. */
export function callPolicyOf({ unknownTool, repeats, missingRequired, align }: CallPolicy): CallPolicy {
  return {
    ...(unknownTool !== undefined && { unknownTool }),
    ...(repeats !== undefined && { repeats }),
    ...(missingRequired !== undefined && { missingRequired }),
    ...(align !== undefined && { align }),
  }
}
