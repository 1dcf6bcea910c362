import type { SiteLoss } from "../../../model/resilience/site-loss";
import { counted, listed } from "../../../model/text";
import { wrapped } from "../../report/columns";

/** What the loss of one or more whole sites does, as lines. */
export function siteLossLines(loss: SiteLoss, width: number): string[] {
  const { lost, down, publicNames, broken, left } = loss;
  const sentences = [
    down.length === 0
      ? "no service is down"
      : `down: ${listed(down, 12)}, until the site is back: nothing of it can start at another site`,
    ...(publicNames.length === 0
      ? []
      : [`public names without an answer: ${listed(publicNames, 12)}`]),
    ...broken.map(
      ({ site, from, address, into }) =>
        `${site}: ${from} leads to ${address} in ${into}, and finds nothing there`,
    ),
    left.length === 0
      ? "no site is left"
      : `goes on: ${listed(
          left.map(({ site, services }) => `${site} (${counted(services.length, "service")})`),
          12,
        )}`,
  ];
  return [
    `  ${listed(lost, 12)}`,
    ...sentences.flatMap((sentence) => {
      const [first = "", ...more] = wrapped(sentence.split(" "), 6, width);
      return [`    - ${first.trimStart()}`, ...more];
    }),
  ];
}
