import type { Rule } from "../rule";
import { routerIdCollision, vipCollision } from "./addresses";
import { haLocalDisk, haPassthrough, haRuleInfeasible } from "./ha";
import { apiMastersEven, haproxyApiCheck, haproxyFile, haproxyTlsNotVerified } from "./haproxy";
import { hostKeyNotPinned } from "./host-keys";
import { keepalivedFile } from "./keepalived-file";
import { loadBalancerService } from "./load-balancer-service";
import { notJudged } from "./not-judged";
import { lsyncdRule, traefikPairFile } from "./pair-files";
import { weakPassword } from "./passwords";
import { tunnelOneOwner, tunnelTlsNotVerified } from "./tunnel-config";
import { tunnelOriginAddress } from "./tunnel-origin";
import { pairOnOneNode, pairWithoutCheck, vrrpDisagreement, vrrpWeight } from "./vrrp";

/** Every rule of the pack. */
export const rules: readonly Rule[] = [
  pairOnOneNode,
  vrrpWeight,
  vrrpDisagreement,
  pairWithoutCheck,
  keepalivedFile,
  traefikPairFile,
  lsyncdRule,
  vipCollision,
  routerIdCollision,
  loadBalancerService,
  haRuleInfeasible,
  haLocalDisk,
  haPassthrough,
  tunnelOriginAddress,
  tunnelOneOwner,
  tunnelTlsNotVerified,
  haproxyFile,
  haproxyTlsNotVerified,
  haproxyApiCheck,
  apiMastersEven,
  weakPassword,
  hostKeyNotPinned,
  notJudged,
];
