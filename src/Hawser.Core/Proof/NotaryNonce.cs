using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>What is shown to notaries. Spec: notary.md §4.1.</summary>
internal static class NotaryNonce
{
    private static ReadOnlySpan<byte> Label => "hawser/notary-nonce/1\n"u8;

    /// <summary>
    /// Made of the challenge and of all that was asked for: so whoever asks a certificate for himself can get nobody else's
    /// program to show this nonce, for that makes it of its own request.
    /// </summary>
    public static Bytes32 Of(in Bytes32 genesis, RoutingId prover, StunId challenge, AddressRequest request)
    {
        Span<byte> text = stackalloc byte[Label.Length + Bytes32.Size + RoutingId.Size + StunId.DrawnSize + AddressRequest.Size];
        var writer = new SpanWriter(text);
        writer.Write(Label);
        writer.Write(genesis);
        prover.CopyTo(writer.Take(RoutingId.Size));
        challenge.CopyDrawnTo(writer.Take(StunId.DrawnSize));
        request.Write(ref writer);
        return Sha256.Hash(text);
    }
}
