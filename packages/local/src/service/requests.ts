import type { ApplyRequest, UpdateRequest } from "@sluice/cloud";

/** With the user data of the cluster's head machine. */
export interface LocalApplyRequest extends ApplyRequest {
  readonly headUserData: string;
}

/** The same of head machines that begin once the new file is in force. */
export interface LocalUpdateRequest extends UpdateRequest, LocalApplyRequest {}
