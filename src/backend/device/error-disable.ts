/** Ports that a Cisco switch has shut by itself (CISCO-ERR-DISABLE-MIB), and why. */
import { ciscoPort } from "../../snmp/mib/cisco-vlan.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, parts } from "./cells.ts";
import type { About } from "./reader.ts";

/** CErrDisableFeatureID, from 1. */
const causes = `
udld bpduGuard channelMisconfig pagpFlap dtpFlap linkFlap l2ptGuard dot1xSecurityViolation portSecurityViolation
gbicInvalid dhcpRateLimit unicastFlood vmps stormControl inlinePower arpInspection portLoopback packetBuffer macLimit
linkMonitorFailure oamRemoteFailure dot1adIncompEtype dot1adIncompTunnel sfpConfigMismatch communityLimit
invalidPolicy lsGroup ekey portModeFailure pppoeIaRateLimit oamRemoteCriticalEvent oamRemoteDyingGasp
oamRemoteLinkFault mvrp tranceiverIncomp other portReinitLimitReached adminRxBBCreditPerfBufIncomp ficonNotEnabled
adminModeIncomp adminSpeedIncomp adminRxBBCreditIncomp adminRxBufSizeIncomp eppFailure osmEPortUp osmNonEPortUp
udldUniDir udldTxRxLoop udldNeighbourMismatch udldEmptyEcho udldAggrasiveModeLinkFailed excessivePortInterrupts
channelErrDisabled hwProgFailed internalHandshakeFailed stpInconsistencyOnVpcPeerLink stpPortStateFailure ipConflict
multipleMSapIdsRcvd oneHundredPdusWithoutAck ipQosCompatCheckFailure loopDetect
`
  .trim()
  .split(/\s+/);

export function errorDisableObjects(about: About): Oid[] {
  return about.enterprise === 9 ? [ciscoPort.cErrDisableIfStatusCause] : [];
}

/** ifIndex → cause. A port that only one of its VLANs is shut on is told, too. */
export function errorDisabled(tables: Tables): Map<number, string> {
  const found = new Map<number, string>();
  for (const [index, value] of tables.rows(ciscoPort.cErrDisableIfStatusCause)) {
    const cause = integer(value) ?? 0;
    if (cause > 0) found.set(parts(index)[0] ?? 0, causes[cause - 1] ?? String(cause));
  }
  return found;
}
