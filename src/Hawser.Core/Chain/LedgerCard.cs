using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>
/// What makes a contact of the chain: a channel key and a chain key, the second signing the first. An X25519 key can
/// sign nothing: its half of the bond is that a session with it succeeds. Spec: chain.md §4.7.
/// </summary>
internal static class LedgerCard
{
    public static byte[] Sign(LedgerKeyPair ledger, in DhPublicKey channel) => ledger.Sign(Bond(ledger.Public, channel));

    public static bool Verify(in LedgerPublicKey ledger, in DhPublicKey channel, ReadOnlySpan<byte> signature) =>
        ledger.Verify(Bond(ledger, channel), signature);

    private static Bytes32 Bond(in LedgerPublicKey ledger, in DhPublicKey channel)
    {
        Span<byte> bytes = stackalloc byte[LedgerPublicKey.Size + Bytes32.Size];
        ledger.Bytes.CopyTo(bytes);
        channel.Bytes.CopyTo(bytes[LedgerPublicKey.Size..]);
        return LedgerHash.Tagged("hawser/chain-card/1", bytes);
    }
}
