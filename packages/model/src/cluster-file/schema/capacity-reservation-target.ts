import { z } from "zod";
import "./meta.ts";

/** Queues and compute resources both have one; that of the compute resource counts. */
export const capacityReservationTarget = () =>
  z
    .strictObject({
      CapacityReservationId: z
        .string()
        .regex(/^[^\s"'\\]+$/)
        .optional()
        .meta({
          description: "Id of a capacity reservation, or of a capacity block.",
          update: "QUEUE_UPDATE_STRATEGY",
          expects: 'the id of a reservation, such as "cr-0123456789abcdef0"',
        }),
      CapacityReservationResourceGroupArn: z
        .string()
        .regex(/^arn:[^\s"'\\]+$/)
        .optional()
        .meta({
          description: "A resource group of capacity reservations.",
          update: "QUEUE_UPDATE_STRATEGY",
          providers: ["aws"],
          expects: "the ARN of a resource group",
        }),
    })
    .optional()
    .meta({
      description:
        "The capacity reservation that machines come out of; exactly one of the keys. What a compute resource says goes before what its queue says.",
      update: "QUEUE_UPDATE_STRATEGY",
      providers: ["aws", "azure"],
    });
