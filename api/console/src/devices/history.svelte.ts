// What the controller has kept of a device: its last commands, its proofs' times, its errors.
import { call } from "../api/client";
import type { DeviceHistory } from "../api/types";

/** The store is half a second behind what happens. */
const SETTLED_MS = 700;

export class History {
  value: DeviceHistory | null = $state.raw(null);

  /** Ask for a device once things have settled; call again when something happened to it. */
  follow(device: string): () => void {
    let current = true;
    const ask = async (): Promise<void> => {
      try {
        const now = await call("GET /api/v1/devices/{device_id}/history", { path: { device_id: device } });
        if (current) this.value = now;
      } catch {
        // the store does not answer now; what was read stays
      }
    };
    void ask();
    const again = setTimeout(() => void ask(), SETTLED_MS);
    return () => {
      current = false;
      clearTimeout(again);
    };
  }
}
