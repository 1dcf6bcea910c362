import { request } from "node:http";

/** Whether a server answers with 200 for a host name; asked from the machine itself. */
export function answers(
  address: string,
  port: number,
  host: string,
  timeoutMs = 1000,
): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { host: address, port, path: "/whoami", headers: { host }, agent: false, timeout: timeoutMs },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200));
        response.on("error", () => resolve(false));
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}
