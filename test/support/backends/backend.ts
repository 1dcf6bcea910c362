/** A real state backend that is gone after the test. */
export interface Backend {
  /** As PULUMI_BACKEND_URL has it. */
  url: string;
  /** What must stand in no message. */
  secret: string;
}
