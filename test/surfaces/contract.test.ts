import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'

describeSurface(chatCompletionsContract)
