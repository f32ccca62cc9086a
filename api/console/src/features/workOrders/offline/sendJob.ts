/** The requests that a job of the outbox leads to. */
import {
  acceptWorkOrder,
  addFieldRecord,
  getWorkOrder,
  reportWorkOrder,
  returnWorkOrder,
  startWorkOrder,
  uploadEvidence,
} from "../../../api/endpoints";
import { ProblemError } from "../../../api/errors";
import type { WorkOrder } from "../../../api/types";
import type { Job, JobSender, Photo, Refusal } from "./outbox";

const MAX_ATTEMPTS = 3;

export const jobSender: JobSender = { send: sendJob, handOver };

/**
 * Send a job: first its photos, then the action. All requests can be repeated.
 *
 * If the work order has changed since the worker saw it, and the centre still allows the action,
 * it is sent again: being on site and what was seen there do not depend on the change.
 */
async function sendJob(job: Job): Promise<WorkOrder> {
  if (job.action.action === "report") await uploadPhotos(job.action.photos);
  let { version } = job;
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendAction({ ...job, version });
    } catch (error) {
      if (!isStale(error) || attempt === MAX_ATTEMPTS) throw error;
      const order = await getWorkOrder(job.order);
      if (order.version === version || !order.actions.includes(job.action.action)) throw error;
      version = order.version;
    }
  }
}

function sendAction({ key, order, version, action }: Job): Promise<WorkOrder> {
  switch (action.action) {
    case "accept":
      return acceptWorkOrder(order, { version }, key);
    case "start":
      return startWorkOrder(order, { version, location: action.location }, key);
    case "return":
      return returnWorkOrder(order, { version, reason: action.reason }, key);
    case "report": {
      const { found, note, reasonCode = null } = action;
      const report = { version, note, photos: namesOf(action.photos), found, reason_code: reasonCode };
      return reportWorkOrder(order, report, key);
    }
  }
}

/** Hand what was refused to the desk; a record has a key of its own. */
async function handOver({ key, order, action, recordedAt }: Job, refusal: Refusal): Promise<void> {
  if (action.action === "accept") return;
  const photos = action.action === "report" ? action.photos : [];
  await uploadPhotos(photos);
  const record = {
    action: action.action,
    refused_as: refusal.code || String(refusal.status),
    note: action.action === "report" ? action.note : action.action === "return" ? action.reason : "",
    found: action.action === "report" ? action.found : null,
    photos: namesOf(photos),
    recorded_at: recordedAt,
  };
  await addFieldRecord(order, record, `${key}-record`);
}

async function uploadPhotos(photos: Photo[]): Promise<void> {
  for (const { sha256, picture } of photos) await uploadEvidence(sha256, picture);
}

const namesOf = (photos: Photo[]): string[] => photos.map(({ sha256 }) => sha256);

const isStale = (error: unknown): boolean => error instanceof ProblemError && error.isConflict && error.code === "stale";
