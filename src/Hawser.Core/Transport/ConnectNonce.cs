namespace Hawser.Transport;

/// <summary>Draws nonceI. Spec: connect.md §4.</summary>
internal static class ConnectNonce
{
    private const uint StunCookie = 0x2112A442; // RFC 8489 §5

    /// <summary>Eight random bytes that make no connect packet look like STUN; never 0.</summary>
    public static ulong Draw(IEntropy entropy)
    {
        Span<byte> bytes = stackalloc byte[8];
        while (true)
        {
            entropy.Fill(bytes);
            var nonce = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes);
            if (nonce != 0 && !LooksLikeStun(nonce)) return nonce;
        }
    }

    /// <summary>
    /// Whether the cookie would come to lie at bytes 4–7: the nonce begins at byte 1 in packets 1, 2 and 4, at byte 2
    /// in packets 0 and 3.
    /// </summary>
    public static bool LooksLikeStun(ulong nonceI) =>
        ((nonceI >> 8) & uint.MaxValue) == StunCookie || ((nonceI >> 16) & uint.MaxValue) == StunCookie;
}
