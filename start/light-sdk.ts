import { readFileSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";
import { changeSdk, isTried, type SdkChange, sdkChanges } from "./sdk-changes";

/**
 * Loads two parts of the Pulumi SDK when they are used, not when the SDK is loaded: the TypeScript
 * compiler and npm's reader of dependency trees. Both serve functions that become resources
 * (`serializeFunction`, dynamic providers), which nothing here has, and they are two thirds of the
 * processor time that `import "@pulumi/pulumi"` costs. Whoever uses them gets the real ones.
 * The SDK then also does less for each resource (`sdk-changes.ts`). A copy of another version is left as it is.
 *
 * For processes that are ours alone: a program that imports the components is left as it is. To be
 * imported before anything that imports the SDK.
 */

type Load = (
  this: unknown,
  request: string,
  parent?: { filename?: unknown },
  main?: boolean,
) => unknown;

/** What is late: the file of the SDK that asks, and for which package. */
const late: readonly { package: string; askedBy: RegExp; esModule: boolean }[] = [
  {
    package: "typescript",
    askedBy: /[\\/]@pulumi[\\/]pulumi[\\/]typescript-shim\.js$/,
    esModule: false,
  },
  {
    package: "@npmcli/arborist",
    askedBy: /[\\/]@pulumi[\\/]pulumi[\\/]runtime[\\/]closure[\\/]codePaths\.js$/,
    // So that the compiled import takes it as it is, and does not copy each member.
    esModule: true,
  },
];

/** A module that is loaded when the first of its members is asked for. */
function lateModule(load: () => object, esModule: boolean): object {
  let loaded: object | undefined;
  const real = () => {
    loaded ??= load();
    return loaded;
  };
  return new Proxy(
    {},
    {
      get: (_, member) => (member === "__esModule" ? esModule : Reflect.get(real(), member)),
      has: (_, member) => member in real(),
    },
  );
}

const loader = Module as unknown as { _load: Load };
const load = loader._load;
/** What is changed in a file by the words that ask for it: code asks for files a hundred times a second. */
const asked = new Map<string, SdkChange | undefined>();

function changeOf(request: string): SdkChange | undefined {
  if (!asked.has(request)) {
    asked.set(
      request,
      sdkChanges().find((one) => one.request.test(request)),
    );
  }
  return asked.get(request);
}

/** Folders of the SDK's copies, and whether each may be changed. */
const copies = new Map<string, boolean>();

/** Whether a file belongs to a copy of the SDK that may be changed. */
function ofTriedSdk(filename: string): boolean {
  const folder = /^.*[\\/]@pulumi[\\/]pulumi(?=[\\/])/.exec(filename)?.[0];
  if (folder === undefined) return false;
  let tried = copies.get(folder);
  if (tried === undefined) {
    tried = isTried(versionOf(folder));
    copies.set(folder, tried);
  }
  return tried;
}

function versionOf(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version?: unknown })
      .version;
  } catch {
    return undefined;
  }
}

loader._load = function (request, parent, main) {
  const { filename } = parent ?? {};
  const found = late.find((one) => one.package === request);
  const wanted = changeOf(request);
  if ((found ?? wanted) === undefined || typeof filename !== "string" || !ofTriedSdk(filename)) {
    return load.call(this, request, parent, main);
  }
  if (wanted) {
    const module = load.call(this, request, parent, main) as object;
    changeSdk(wanted, module);
    return module;
  }
  if (found === undefined || !found.askedBy.test(filename)) {
    return load.call(this, request, parent, main);
  }
  return lateModule(() => load.call(this, request, parent, main) as object, found.esModule);
};
