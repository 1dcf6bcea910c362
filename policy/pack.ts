import "../start/light-sdk";
import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./register";
import { rules } from "./rules/all";

new PolicyPack("homelab-ha", { policies: rules.flatMap(policiesOf) });
