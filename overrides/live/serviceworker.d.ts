/** What the service worker uses of its scope; TypeScript's library for workers contradicts that of pages. */
export interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

export interface ServiceWorkerSelf {
  /** Put in front of the script by the build. */
  readonly DL_VERSION: string;
  readonly registration: ServiceWorkerRegistration;
  readonly navigator: { connection?: import("./connection.js").Connection };
  readonly clients: {
    claim(): Promise<void>;
    /** Pages alone, unless it is asked for more. */
    matchAll(options: { includeUncontrolled: boolean }): Promise<readonly Client[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(
    type: "message",
    listener: (event: ExtendableEvent & { data: any; source: Client | null }) => void,
  ): void;
}

export interface Client {
  readonly id: string;
  postMessage(message: unknown): void;
}
