import type { ApplyRequest, ReplaceHeadRequest, UpdateRequest } from "@sluice/cloud";

/** With the user data of the cluster's head machine. */
export interface LocalApplyRequest extends ApplyRequest {
  readonly headUserData: string;
}

/** The same of head machines that begin once the new file is in force. */
export interface LocalUpdateRequest extends UpdateRequest, LocalApplyRequest {}

/** With the user data of the new machine. */
export interface LocalReplaceHeadRequest extends ReplaceHeadRequest, LocalApplyRequest {}
