using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>
/// What a destination hands to a sender that it wants to hear from: made of the challenge, and good for this hub, this
/// sender's session, this source and this destination only. It certifies nothing. Spec: address.md §4.5.
/// </summary>
internal static class ConsentToken
{
    private static ReadOnlySpan<byte> Label => "hawser/consent/1\n"u8;

    /// <param name="challenge">As it came.</param>
    /// <param name="hub">The hub's channel key.</param>
    /// <param name="source">From where the packets will come.</param>
    /// <param name="destination">Where the challenge came.</param>
    /// <param name="session">The sender's session, as the hub named it to him.</param>
    public static Token16 Make(StunId challenge, in DhPublicKey hub, in HostPort source, in ProvenAddress destination, ReadOnlySpan<byte> session)
    {
        Span<byte> key = stackalloc byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(key);
        Span<byte> text = stackalloc byte[Label.Length + Bytes32.Size + 18 + ProvenAddress.Size + Bytes32.Size];
        var writer = new SpanWriter(text);
        writer.Write(Label);
        writer.Write(hub.Bytes);
        source.CopyAddressTo(writer.Take(16));
        writer.WriteU16(source.Port);
        destination.Write(ref writer);
        writer.Write(Sha256.Hash(session));
        return Token16.Read(Sha256.Hmac(key, text).ToArray().AsSpan(0, Token16.Size));
    }
}
