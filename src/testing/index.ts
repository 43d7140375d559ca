export { everySplit } from './every-split.js'
export { type Fixture, type FixtureOptions, readFixture } from './fixture.js'
export { formatEvents } from './format-events.js'
export {
  createReplayUpstream,
  type ReplayOptions,
  type ReplayRequest,
  type ReplayUpstream,
} from './replay.js'
export type { ReplayFault, ReplayReply } from './replay-reply.js'
export { splitTokens } from './split-tokens.js'
