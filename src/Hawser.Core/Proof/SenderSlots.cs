using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>A challenge for a sender went to a destination: what a line of that destination's own is told.</summary>
/// <param name="Destination">Where it went.</param>
/// <param name="Session">Whose it is.</param>
/// <param name="Digest">By which who got the challenge knows it, and nobody else learns anything.</param>
internal readonly record struct SenderNotice(ProvenAddress Destination, Token16 Session, ulong Digest)
{
    /// <summary>The first 8 bytes of the challenge's SHA-256.</summary>
    public static ulong DigestOf(StunId challenge)
    {
        Span<byte> drawn = stackalloc byte[StunId.DrawnSize];
        challenge.CopyDrawnTo(drawn);
        return BinaryPrimitives.ReadUInt64BigEndian(Sha256.Hash(drawn).ToArray());
    }
}

/// <summary>All that is kept of a sender. Small, as there may be very many: UInt128 would be aligned to 16.</summary>
internal struct SenderSlot
{
    public Token16 Session;
    public ulong RemoteHost;
    public Instant ChallengeUntil, LeaseUntil, NextChallenge, Even;
    public SenderState State;
    public AddressMethod Method;
    private AddressTransport _transport;
    private ushort _port;
    private ulong _upper, _lower; // of the address
    private ulong _drawn;
    private uint _drawnRest;

    /// <summary>Default while none is open.</summary>
    public StunId Challenge
    {
        readonly get => _drawn == 0 && _drawnRest == 0 ? default : new(((UInt128)StunId.Cookie << 96) | ((UInt128)_drawn << 32) | _drawnRest);
        set
        {
            _drawn = (ulong)((value.Bits >> 32) & ulong.MaxValue); // without the cookie
            _drawnRest = (uint)(value.Bits & uint.MaxValue);
        }
    }

    public ProvenAddress Destination
    {
        readonly get => new(new(new UInt128(_upper, _lower), _port), _transport);
        set
        {
            (_upper, _lower) = ((ulong)(value.At.Address >> 64), (ulong)(value.At.Address & ulong.MaxValue));
            (_port, _transport) = (value.At.Port, value.Transport);
        }
    }

    public bool TrySpend(Instant now, int bytes)
    {
        const long second = 1_000_000;
        if (Even < now) Even = now;
        if (Even.Micros - now.Micros > second) return false;
        Even = new(Even.Micros + bytes * second / SenderDesk.LeaseBytes);
        return true;
    }
}

internal sealed partial class SenderDesk
{
    private const int MaxNotices = 4_096;

    private readonly SlotTable _slots = new();
    private readonly HashSet<ulong> _asking = []; // destinations to which a challenge is on its way

    // A keyed digest would do as well; nobody gains by two addresses that share one: it costs him his own challenge.
    private static ulong KeyOf(in ProvenAddress destination)
    {
        Span<byte> bytes = stackalloc byte[ProvenAddress.Size];
        var writer = new SpanWriter(bytes);
        destination.Write(ref writer);
        return BinaryPrimitives.ReadUInt64BigEndian(Sha256.Hash(bytes).ToArray());
    }

    /// <summary>Slots in pieces that never move, so that growing neither copies nor wastes half.</summary>
    private sealed class SlotTable
    {
        private const int PieceBits = 10;
        private readonly Dictionary<LineId, int> _index = [];
        private readonly List<SenderSlot[]> _pieces = [];
        private readonly Stack<int> _free = new();
        private int _used;

        public int Count => _index.Count;

        public IEnumerable<KeyValuePair<LineId, int>> All => _index;

        public ref SenderSlot this[int slot] => ref _pieces[slot >> PieceBits][slot & ((1 << PieceBits) - 1)];

        public bool TryFind(LineId line, out int slot) => _index.TryGetValue(line, out slot);

        public ref SenderSlot Take(LineId line)
        {
            if (!_free.TryPop(out var slot)) slot = _used++;
            if (slot >> PieceBits == _pieces.Count) _pieces.Add(new SenderSlot[1 << PieceBits]);
            _index.Add(line, slot);
            this[slot] = default;
            return ref this[slot];
        }

        public void Free(LineId line)
        {
            if (!_index.Remove(line, out var slot)) return;
            this[slot] = new() { State = SenderState.Closed };
            _free.Push(slot);
        }
    }
}
