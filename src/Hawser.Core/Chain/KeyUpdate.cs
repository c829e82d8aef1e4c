using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>Four of these over the channel agree on the keys of the next meeting. Spec: chain.md §5.5.</summary>
/// <remarks><code>
/// | step (1) | current u32 | next u32 | public key (33) |
/// </code></remarks>
/// <param name="Step">Where in the exchange.</param>
/// <param name="Current">The generation that the writer writes with now.</param>
/// <param name="Next">The one that is agreed on; in a step back, the highest that the writer holds.</param>
/// <param name="Key">The writer's chain key in it.</param>
internal sealed record KeyUpdate(KeyUpdateStep Step, uint Current, uint Next, LedgerPublicKey Key)
{
    public const int Size = 1 + 4 + 4 + LedgerPublicKey.Size;

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out KeyUpdate? update)
    {
        update = null;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var step) || step is < (byte)KeyUpdateStep.Offer or > (byte)KeyUpdateStep.Back
            || !reader.TryReadU32(out var current) || !reader.TryReadU32(out var next)
            || !LedgerPublicKey.TryRead(reader.Rest, out var key)) return false;
        update = new((KeyUpdateStep)step, current, next, key);
        return true;
    }

    public byte[] Write()
    {
        var bytes = new byte[Size];
        var writer = new SpanWriter(bytes);
        writer.WriteU8((byte)Step);
        writer.WriteU32(Current);
        writer.WriteU32(Next);
        Key.Bytes.CopyTo(writer.Take(LedgerPublicKey.Size));
        return bytes;
    }
}

/// <summary>The inviter offers and confirms, the invitee answers and is done; or says that it is further already.</summary>
internal enum KeyUpdateStep : byte { Offer = 1, Answer = 2, Confirm = 3, Done = 4, Back = 5 }
