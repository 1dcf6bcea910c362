import { expect, test } from "vitest";
import { hereDocuments } from "../../../policy/reading/deployed";

const cases = [
  {
    name: "text that opens another one belongs to the first",
    script: "cat >a <<A\nx <<B\ny\nB\nA\ncat >b <<C\nz\nC\n",
    bodies: ["x <<B\ny\nB", "z"],
  },
  {
    name: "the line that ends one is not read as the beginning of another",
    script: "cat <<A\none\nA\ncat <<A\ntwo\nA\n",
    bodies: ["one", "two"],
  },
  {
    name: "the word may be quoted, and indented with a dash",
    script: "cat <<'A'\none\nA\ncat <<-\"B\"\ntwo\n\tB\n",
    bodies: ["one", "two"],
  },
  { name: "one that never ends is none", script: "cat <<A\none\n", bodies: [] },
];

test.each(cases)("here-documents: $name", ({ script, bodies }) => {
  expect(hereDocuments(script)).toEqual(bodies);
});
