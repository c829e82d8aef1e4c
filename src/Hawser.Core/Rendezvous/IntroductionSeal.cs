using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>What both halves of the sealed exchange have in common. Spec: rendezvous.md §4.2.</summary>
internal static class IntroductionSeal
{
    public const byte Answer = (byte)'A';
    public const int MaxTicket = 511; // rendezvous.md §6
    public const int MaxPayload = 8 + PlainId.Size + 2 + MaxTicket + 1 + CandidateList.Max * CandidateList.EntrySize;
    public const int SizeOfN = 48 + Bytes32.Size;
    public const int MaxNoise = 96 + MaxPayload;

    private static ReadOnlySpan<byte> Label => "hawser-intro-1"u8;

    /// <summary>
    /// Bound into both handshakes: the federation, the hub and the host, so that a blob opens nowhere else.
    /// </summary>
    public static byte[] Prologue(LineIdentity identity, HandshakeLetter letter, in DhPublicKey host, ulong nonceI)
    {
        var prologue = new byte[Label.Length + 1 + 3 * Bytes32.Size + 8];
        var writer = new SpanWriter(prologue);
        writer.Write(Label);
        writer.WriteU8((byte)letter);
        writer.Write(identity.Genesis);
        writer.Write(identity.Hub.Bytes);
        writer.Write(host.Bytes);
        writer.WriteU64(nonceI);
        return prologue;
    }

    /// <summary>K's prologue goes on: the hash of the N message, and the key that N named.</summary>
    public static byte[] PrologueOfK(byte[] prologue, ReadOnlySpan<byte> messageN, in DhPublicKey named) =>
        [.. prologue, .. Sha256.Hash(messageN).ToArray(), .. named.Bytes.ToArray()];
}
