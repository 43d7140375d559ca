import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'
import { messagesContract } from './contract-messages.js'

describeSurface(chatCompletionsContract)
describeSurface(messagesContract)
