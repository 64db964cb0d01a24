import ssh2 from "ssh2";

/**
 * A new ed25519 key pair that ssh2 itself can read: now and then it writes one whose padding it then refuses
 * ("Malformed OpenSSH private key").
 */
export function newKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519");
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
