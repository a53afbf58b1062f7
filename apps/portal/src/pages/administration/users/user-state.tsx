import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { User } from "@sluice/api";
import { text } from "../../../catalogue/index.ts";

/** Whether somebody may sign in: by sign and word. */
export function UserState({ user }: { readonly user: User }) {
  const { users } = text.administration;
  if (user.disabled) return <StatusIndicator type="stopped">{users.disabled}</StatusIndicator>;
  const isInvited = user.source === "local" && !user.hasPassword;
  return isInvited ? (
    <StatusIndicator type="pending">{users.invited}</StatusIndicator>
  ) : (
    <StatusIndicator type="success">{users.active}</StatusIndicator>
  );
}
