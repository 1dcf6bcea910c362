import fc from "fast-check";
import {
  block,
  fileNames,
  line,
  often,
  processNames,
  reverse,
  scriptNames,
  weight,
  word,
} from "./atoms";

const tracked = (names: fc.Arbitrary<string>) =>
  line(
    fc
      .tuple(
        names,
        often(
          word(""),
          fc.tuple(weight, reverse).map(([amount, way]) => ` weight ${amount}${way}`),
          2,
        ),
        word("", "", "", "", "", " weight", " extra", " #c"),
      )
      .map((parts) => parts.join("")),
  );

/** What an instance and a sync group may both track. */
export const tracking = fc.oneof(
  block(word("track_script"), tracked(scriptNames)),
  block(word("track_interface"), tracked(often(word("eth0", "eth1"), word("eth9"), 80))),
  block(word("track_file"), tracked(fileNames)),
  block(word("track_process"), tracked(processNames)),
);
