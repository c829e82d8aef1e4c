using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Handshake;

/// <summary>Who an initiator says it is, in N: a channel key, or a routing ID. Spec: handshake.md §4.</summary>
/// <remarks><code>| kind=1 | channel key (32) |   or   | kind=2 | routing ID (10) |</code></remarks>
internal readonly record struct PeerName
{
    public const int MaxSize = 1 + Bytes32.Size;
    private const byte KindKey = 1, KindId = 2;

    private readonly byte _kind;

    public PeerName(DhPublicKey key) => (_kind, Key) = (KindKey, key);

    public PeerName(PlainId id) => (_kind, Id) = (KindId, id.IsNone ? throw new ArgumentException("no ID") : id);

    /// <summary>Whether it names a key; else it names an ID.</summary>
    public bool IsKey => _kind == KindKey;

    public bool IsId => _kind == KindId;

    public DhPublicKey Key { get; }

    public PlainId Id { get; }

    public int Size => 1 + (IsKey ? Bytes32.Size : PlainId.Size);

    public static bool TryRead(ReadOnlySpan<byte> bytes, out PeerName name)
    {
        name = default;
        var reader = new SpanReader(bytes);
        if (!reader.TryReadU8(out var kind)) return false;
        if (kind == KindKey && reader.TryReadBytes32(out var key) && reader.AtEnd)
        {
            name = new(new DhPublicKey(key));
            return true;
        }

        if (kind != KindId || !PlainId.TryRead(reader.Rest, out var id)) return false;
        name = new(id);
        return true;
    }

    public int Write(Span<byte> target)
    {
        if (_kind == 0) throw new InvalidOperationException("names nobody");
        var writer = new SpanWriter(target);
        writer.WriteU8(_kind);
        if (IsKey) writer.Write(Key.Bytes);
        else Id.CopyTo(writer.Take(PlainId.Size));
        return writer.Written;
    }

    public override string ToString() => IsKey ? Key.ToString() : Id.ToString();
}
