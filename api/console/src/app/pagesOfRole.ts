/** Which pages the navigation offers to a role; the centre decides what each may read and do. */
import type { Role } from "../api/types";

const ADMINISTRATORS: readonly Role[] = ["system_admin", "security_admin", "audit_admin"];
const ACCOUNT_READERS: readonly Role[] = ["admin", "security_admin", "audit_admin"];

export const readsIncidents = (role: Role): boolean => !ADMINISTRATORS.includes(role);
export const readsFleet = (role: Role): boolean => readsIncidents(role) || role === "system_admin";
export const readsAccounts = (role: Role): boolean => ACCOUNT_READERS.includes(role);

export function startPage(role: Role): string {
  if (readsIncidents(role)) return "/queue";
  return readsFleet(role) ? "/fleet" : "/accounts";
}
