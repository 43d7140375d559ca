import { describeSurface } from './contract.js'
import { chatCompletionsContract } from './contract-chat.js'
import { messagesContract } from './contract-messages.js'
import { responsesContract } from './contract-responses.js'

describeSurface(chatCompletionsContract)
describeSurface(responsesContract)
describeSurface(messagesContract)
