import { Navigate } from "react-router";

import { useAccount } from "../features/login/useAccount";
import { startPage } from "./pagesOfRole";

/** The first page of an account. */
export function StartPage() {
  return <Navigate to={startPage(useAccount().role)} replace />;
}
