// For the process that runs a policy pack (`node --require` this file). The SDK loads the TypeScript
// compiler for each pack, half a second of processor time, also for one in JavaScript. This loads it
// when the first TypeScript file is to be run.
const { existsSync } = require("node:fs");
const Module = require("node:module");

/** The files of the SDK that ask. */
const ASKS = /[\\/]@pulumi[\\/]pulumi[\\/](?:cmd[\\/]run-policy-pack[\\/]run|tsutils)\.js$/;

/** Endings of what ts-node takes. */
const ENDINGS = [".ts", ".tsx", ".mts", ".cts"];

const load = Module._load;

Module._load = function (request, parent, isMain) {
  const real = () => load.call(this, request, parent, isMain);
  const asks = parent !== undefined && ASKS.test(parent?.filename ?? "");
  // With a tsconfig.json ts-node may take JavaScript as well.
  if (!asks || existsSync("tsconfig.json")) return real();
  if (request === "typescript") return late(real, { version: versionOf(request, parent) });
  if (request !== "ts-node") return real();
  const register = (...options) => whenAsked(() => real().register(...options));
  return late(real, { VERSION: versionOf(request, parent), register });
};

/** What Node would load, found as the asking file finds it. */
function versionOf(name, parent) {
  return Module.createRequire(parent.filename)(`${name}/package.json`).version;
}

/** A module of which these members are known before it is loaded. */
function late(real, known) {
  return new Proxy(known, {
    get: (_, member) => (Object.hasOwn(known, member) ? known[member] : real()[member]),
    has: (_, member) => member in real(),
  });
}

/** Registers a compiler as soon as a file is to be run that needs it. */
function whenAsked(register) {
  for (const ending of ENDINGS) {
    Module._extensions[ending] = (module, filename) => {
      for (const one of ENDINGS) delete Module._extensions[one];
      register();
      Module._extensions[ending](module, filename);
    };
  }
}
