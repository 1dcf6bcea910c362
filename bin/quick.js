// Starts the command line from one file. Most of a short run is loading code, so that code is kept
// with what V8 made of it the last time. What is kept is used only while every file that it was made
// of is still the same; without a place for it, all runs as well.
const fs = require("node:fs");
const { dirname, join } = require("node:path");

/** The commands of `cli/lib/self/quick.ts`. */
const commands = ["simulate", "validate"];

exports.isQuick = (command) => commands.includes(command);

/** A bundle that is kept: how it is made in a clone, and what differs between the two. */
const bundles = {
  // Small enough to compare its sources byte by byte, and too short for what a longer run is worth.
  quick: { make: "quickBundle", byBytes: true, short: true },
  whole: {
    make: "wholeBundle",
    byBytes: false,
    short: false,
    // Not the pack's, which is another program.
    shared: /^(?!policy-pack\.)[a-z-]+\.bin$/,
  },
  // The engine ends it with a signal, so it has to be kept at the beginning.
  pack: { make: "packBundle", byBytes: false, short: false, early: true },
};

/**
 * Runs a command that needs the model alone.
 *
 * @param {string} root folder of the package or the clone
 * @param {boolean} clone whether it has the sources
 * @returns {Promise<boolean>} whether it could; nothing was begun otherwise
 */
exports.runQuick = (root, clone) => run(root, clone, bundles.quick, "");

/**
 * Runs any command in a clone.
 *
 * @param {string} root the clone
 * @param {string} [command] what the process was started with
 * @returns {Promise<boolean>} whether it could; nothing was begun otherwise
 */
exports.runWhole = (root, command = "") => {
  // Each command runs functions of its own, and V8 keeps those that ran.
  const known = /^[a-z-]+$/.test(command) && fs.existsSync(join(root, "cli/commands", command));
  return run(root, true, bundles.whole, known ? `-${command}` : "-none");
};

/**
 * Runs the policy pack in a clone.
 *
 * @param {string} root the clone
 * @returns {Promise<boolean>} whether it could; nothing was begun otherwise
 */
exports.runPack = (root) => run(root, true, bundles.pack, "-policy-pack");

async function run(root, clone, bundle, name) {
  const kept = clone ? join(root, ".cache/quick") : join(cacheHome(), "homelab-ha");
  // The name has what V8 needs to be the same; it looks itself as well.
  const file = join(kept, `${process.version}-${process.arch}${name}.bin`);
  const known = read(file);
  const current = known !== undefined && isCurrent(known, root);
  const made = current
    ? known
    : (ofAnother(kept, bundle, root) ??
      (await (clone ? fromSources(root, bundle) : fromPackage(root))));
  if (made === undefined) return false;
  // Node 20 compiles so early for long runs that it costs a third of such a short one.
  if (bundle.short && process.version.startsWith("v20."))
    require("node:v8").setFlagsFromString("--no-opt");
  const { Script } = require("node:vm");
  const script = new Script(made.text, {
    filename: "homelab.js",
    ...(current && { cachedData: made.code }),
  });
  const keep = () => write(file, { ...made, code: script.createCachedData() });
  const isNew = made.keep && (!current || script.cachedDataRejected);
  // At the end it has all functions that a run needs, not only those that it begins with.
  if (isNew && !bundle.early) process.on("exit", keep);
  const module = { exports: {} };
  const [code, ending] = clone ? [root, ".ts"] : [join(root, "dist"), ".js"];
  // A file of a package says how it ends: that is the same in both.
  const fileOf = (place, own) => (own ? join(root, `${place}.${own}`) : join(code, place + ending));
  const load = bundle.short ? lazily : require;
  const scope = [module.exports, module, load, fileOf, (...of) => dirname(fileOf(...of))];
  script.runInThisContext()(...scope);
  await module.exports.main?.();
  if (isNew && bundle.early) setImmediate(keep);
  return true;
}

const wrapped = (text) => `(function(exports,module,require,__filenameOf,__dirnameOf){${text}\n})`;

/** Modules of Node that take long to load, and that most runs do not use. */
const late = ["node:child_process", "node:crypto"];

function lazily(name) {
  if (!late.includes(name)) return require(name);
  return new Proxy({}, { get: (_, member) => require(name)[member] });
}

/** What another command keeps, of the same sources: making it anew costs a second of processor time. */
function ofAnother(kept, { shared }, root) {
  if (shared === undefined) return undefined;
  const begin = `${process.version}-${process.arch}-`;
  try {
    const others = fs
      .readdirSync(kept)
      .filter((name) => name.startsWith(begin) && shared.test(name.slice(begin.length)));
    const times = new Map(others.map((name) => [name, fs.statSync(join(kept, name)).mtimeMs]));
    const [newest] = others.sort((a, b) => times.get(b) - times.get(a));
    const found = newest === undefined ? undefined : read(join(kept, newest));
    return found !== undefined && isCurrent(found, root) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** What was made of a clone's sources now; undefined without the tool for it. */
async function fromSources(root, { make, byBytes }) {
  const began = Date.now();
  let bundle;
  try {
    bundle = await require("../packaging/quick-bundle.js")[make](root);
  } catch {
    // Whoever runs the sources as they are is told what is wrong with them.
    return undefined;
  }
  const packages = bundle.inputs.filter((path) => path.startsWith("node_modules/"));
  const own = bundle.inputs.filter((path) => !packages.includes(path));
  const manifests = packages.map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0]);
  const fixed = ["tsconfig.json", "package.json", "packaging/quick-bundle.js"];
  const inputs = byBytes ? [...own, ...fixed] : fixed;
  const looked = [
    ...(byBytes ? [] : own),
    ...packages,
    ...[...new Set(manifests)].map((path) => join(path, "package.json")),
  ];
  const parts = inputs.map((path) => fs.readFileSync(join(root, path)));
  const changed = Math.max(
    ...[...inputs, ...looked].map((path) => fs.statSync(join(root, path)).ctimeMs),
  );
  const folders = [...new Set(own.flatMap((path) => [dirname(path), dirname(dirname(path))]))];
  return {
    text: wrapped(bundle.text),
    inputs: inputs.map((path, index) => [path, parts[index].length]),
    parts: Buffer.concat(parts),
    marks: looked.map((path) => [path, markOf(join(root, path))]),
    folders: folders.map((path) => [path, namesIn(join(root, path))]),
    // A file that was written meanwhile may have been read before or after.
    keep: changed < began,
  };
}

/** What a package has, made when it was packed. */
function fromPackage(root) {
  const path = "dist/quick.js";
  const part = fs.readFileSync(join(root, path));
  return {
    text: wrapped(part.toString("latin1")),
    inputs: [[path, part.length]],
    parts: part,
    marks: [],
    folders: [],
    keep: true,
  };
}

/** Whether everything that something was made of is as it was then. */
function isCurrent({ inputs, parts, marks, folders }, root) {
  let at = 0;
  try {
    for (const [path, length] of inputs) {
      const now = fs.readFileSync(join(root, path));
      if (now.length !== length || parts.compare(now, 0, length, at, at + length) !== 0)
        return false;
      at += length;
    }
    return (
      marks.every(([path, mark]) => markOf(join(root, path)) === mark) &&
      folders.every(([path, names]) => namesIn(join(root, path)) === names)
    );
  } catch {
    return false;
  }
}

/** Tells a file of another package from what it was: nothing changes one without its time of change. */
function markOf(path) {
  const { ctimeMs, ino, size } = fs.statSync(path);
  return `${size} ${ino} ${ctimeMs}`;
}

/** The code in a folder: a file that is new there may be what an import means from now on. */
function namesIn(path) {
  const names = fs
    .readdirSync(path)
    .filter((name) => /^[^.]+$|\.(?:[cm]?[jt]sx?|json)$/.test(name));
  return names.sort().join(" ");
}

/** What was kept; undefined where there is nothing, or nothing that this person wrote. */
function read(file) {
  try {
    const [folder, own] = [fs.statSync(dirname(file)), process.getuid?.()];
    if (own !== undefined && folder.uid !== own) return undefined;
    const bytes = fs.readFileSync(file);
    const end = bytes.indexOf("\n");
    const { lengths, ...head } = JSON.parse(bytes.toString("latin1", 0, end));
    const [parts, text, code] = lengths;
    if (end + 1 + parts + text + code !== bytes.length) return undefined;
    const from = (start, length) => bytes.subarray(end + 1 + start, end + 1 + start + length);
    return {
      ...head,
      parts: from(0, parts),
      text: from(parts, text).toString("latin1"),
      code: from(parts + text, code),
      keep: true,
    };
  } catch {
    return undefined;
  }
}

/** Keeps something: whole or not at all, whoever else does the same now. */
function write(file, { inputs, marks, folders, parts, text, code }) {
  const lengths = [parts.length, text.length, code.length];
  const head = JSON.stringify({ lengths, inputs, marks, folders });
  const beside = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (process.getuid && fs.statSync(dirname(file)).uid !== process.getuid()) return;
    const begin = Buffer.from(`${head}\n`, "latin1");
    // Flushed, so that a power cut leaves no file that is long enough and empty.
    fs.writeFileSync(beside, Buffer.concat([begin, parts, Buffer.from(text, "latin1"), code]), {
      flush: true,
    });
    fs.renameSync(beside, file);
  } catch {
    // A folder that nobody may write to, or a full disk: the next run is as slow as this one.
    try {
      fs.rmSync(beside, { force: true });
    } catch {}
  }
}

function cacheHome() {
  const { XDG_CACHE_HOME: stated, HOME: home } = process.env;
  return stated?.startsWith("/") ? stated : join(home ?? require("node:os").homedir(), ".cache");
}
