/** The words of the worker's page, a namespace for each feature. */
import { login } from "../features/login/messages";
import { orders } from "../features/workOrders/messages";
import { shared } from "../shared/i18n/sharedMessages";
import type { Words } from "../shared/i18n/i18n";

export const words: Record<string, Words> = { login, orders, shared };
