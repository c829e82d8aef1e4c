using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>A fold that hashes whatever it is given, and has a roster: enough to see whether two admins folded the same.</summary>
internal sealed class HashFold(Genesis genesis) : IRegistryFold
{
    private Bytes32 _state = Sha256.Hash("nothing"u8);

    public uint Height { get; private set; }

    public Roster Roster { get; } = new(genesis);

    public FoldResult Current
    {
        get
        {
            var pending = new byte[Roster.PendingSize];
            var writer = new SpanWriter(pending);
            Roster.WritePending(ref writer);
            return new(_state, Sha256.Hash([.. _state, .. pending]));
        }
    }

    /// <summary>Something that a faulty implementation adds.</summary>
    public byte Fault { get; init; }

    public FoldResult Fold(CertifiedLeaves certified)
    {
        if (certified.Height != ++Height) throw new InvalidOperationException($"height {certified.Height} after {Height - 1}");
        var bytes = new List<byte> { Fault };
        bytes.AddRange(_state.ToArray());
        bytes.AddRange(certified.Tick.ToString().Select(c => (byte)c));
        foreach (var log in certified.Logs)
        {
            bytes.AddRange(log.Member.ToArray());
            var index = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(index, log.FirstIndex);
            bytes.AddRange(index);
            foreach (var leaf in log.Leaves)
            {
                bytes.AddRange(Sha256.Hash(leaf.Span).ToArray());
                if (LogEntry.KindOf(leaf.Span) is LogEntryKind.Vote) Roster.TakeVote(Height, log.Member, leaf.Span);
                else if (LogEntry.KindOf(leaf.Span) is LogEntryKind.Evidence) Roster.TakeEvidence(leaf.Span);
            }
        }

        _state = Sha256.Hash(bytes.ToArray().AsSpan());
        Roster.Close(Height, certified.Tick);
        return Current;
    }
}
