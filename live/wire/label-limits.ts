// How long names and notes of reservations may be, for the service and for the portal, whose fields take no more.

export const LABEL_NAME_MAX = 100;
export const LABEL_NOTE_MAX = 2_000;
