/** Messages of the worker's page, one namespace per feature. */
import { loginMessages } from "../features/login/messages";
import { workOrderMessages } from "../features/workOrders/messages";
import type { Messages } from "../shared/i18n/i18n";
import { sharedMessages } from "../shared/i18n/sharedMessages";

export const messages: Record<string, Messages> = {
  login: loginMessages,
  shared: sharedMessages,
  workOrders: workOrderMessages,
};
