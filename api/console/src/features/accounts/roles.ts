/** The roles, in the order in which a form lists them. */
import type { Role } from "../../api/types";

export const ROLES: Role[] = [
  "worker",
  "operator",
  "supervisor",
  "author",
  "auditor",
  "admin",
  "system_admin",
  "security_admin",
  "audit_admin",
];
