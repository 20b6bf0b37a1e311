/** Port-based access control (IEEE8021-PAE-MIB, CISCO-AUTH-FRAMEWORK-MIB), by ifIndex. */
export const dot1x = {
  /** 1 enabled, 2 disabled. */
  dot1xPaeSystemAuthControl: "1.0.8802.1.1.1.1.1.1",
  /** Bit 0 authenticator, bit 1 supplicant. */
  dot1xPaePortCapabilities: "1.0.8802.1.1.1.1.1.2.1.3",
  dot1xAuthPaeState: "1.0.8802.1.1.1.1.2.1.1.1",
  dot1xAuthAuthControlledPortStatus: "1.0.8802.1.1.1.1.2.1.1.5",
  dot1xAuthAuthControlledPortControl: "1.0.8802.1.1.1.1.2.1.1.6",
  dot1xAuthSessionUserName: "1.0.8802.1.1.1.1.2.4.1.9",
  /** By ifIndex and session. */
  cafSessionAuthUserName: "1.3.6.1.4.1.9.9.656.1.4.1.1.10",
} as const;
