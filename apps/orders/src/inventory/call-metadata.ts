import { Metadata } from '@grpc/grpc-js';
import {
  ACTING_SUBJECT_KEY,
  currentSubject,
  encodedSubject,
  REQUEST_ID_HEADER,
} from '@app/runtime';

/** Returns the metadata of a call to Inventory that is made for a request of a subject, or for none. */
export const metadataOf = (
  requestId: string | undefined,
  subject: string | undefined = currentSubject(),
): Metadata => {
  const metadata = new Metadata();
  if (requestId !== undefined) metadata.set(REQUEST_ID_HEADER, requestId);
  const encoded = subject === undefined ? undefined : encodedSubject(subject);
  if (encoded !== undefined) metadata.set(ACTING_SUBJECT_KEY, encoded);
  return metadata;
};
