/** Addresses of an interface: where they come from, and how long they last. */
import { RelativeTime } from "../parts/time.tsx";
import type { AddressState } from "./control.ts";
import { originOf } from "./words.ts";

/** Flags that are worth a word; the others only say how it was made. */
const tellingFlags = ["tentative", "dadfailed", "deprecated", "temporary"];

function Address({ address: { address, from, flags, validUntil } }: { address: AddressState }) {
  const telling = flags.filter((flag) => tellingFlags.includes(flag));
  return (
    <li>
      <code>{address}</code>
      <span class="why">
        {[originOf(from), ...telling].join(", ")}
        {validUntil !== null && (
          <>
            , ends <RelativeTime at={validUntil} />
          </>
        )}
      </span>
    </li>
  );
}

export function Addresses({
  addresses,
  gateways,
}: {
  addresses: readonly AddressState[];
  gateways: readonly string[];
}) {
  if (addresses.length + gateways.length === 0) return <span class="none" />;
  return (
    <ul class="addresses">
      {addresses.map((address) => (
        <Address address={address} />
      ))}
      {gateways.map((gateway) => (
        <li>
          <span class="why">
            gateway <code>{gateway}</code>
          </span>
        </li>
      ))}
    </ul>
  );
}
