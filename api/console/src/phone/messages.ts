/** Messages of the worker's page, one namespace per feature. */
import { channelMessages } from "../features/channels/messages";
import { loginMessages } from "../features/login/messages";
import { workOrderMessages } from "../features/workOrders/messages";
import type { Messages } from "../shared/i18n/i18n";
import { sharedMessages } from "../shared/i18n/sharedMessages";

export const messages: Record<string, Messages> = {
  channels: channelMessages,
  login: loginMessages,
  shared: sharedMessages,
  workOrders: workOrderMessages,
};
