/** The words of the worker's page, a namespace for each feature. */
import { login } from "../features/login/words";
import { orders } from "../features/orders/words";
import { shared } from "../words/shared";
import type { Words } from "../words/words";

export const words: Record<string, Words> = { login, orders, shared };
