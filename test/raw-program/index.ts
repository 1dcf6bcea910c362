import * as pulumi from "@pulumi/pulumi";
import { type RawPair, rawPair, soundPair } from "./program";

const config = new pulumi.Config();

rawPair({ ...soundPair, ...config.getObject<Partial<RawPair>>("pair") });
