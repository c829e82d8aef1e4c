using Hawser.Wire;

namespace Hawser.Transport;

// Spare identifiers: who moves to another address takes another one, so that nobody on both paths sees that it is the same
// connection. Spec: transport.md §5.6.
internal sealed partial class Connection
{
    private const int FirstSpares = 2; // transport.md §6
    private const int Spares = 4; // transport.md §6
    private const int MaxPeerSpares = 8; // transport.md §6
    private static readonly TimeSpan SpareDelay = TimeSpan.FromSeconds(1); // transport.md §6

    private readonly LocalIdentifiers _local;
    private Cid _peerCid;
    private uint _peerNumber; // of the one that we write, 0 the first
    private (uint Number, ulong Cid)[] _peerSpares = []; // rising
    private bool _isSparesDue;
    private Instant _sparesAt = Instant.Never;

    /// <summary>All under which the peer's packets may come, for who forgets them at the end.</summary>
    public IEnumerable<Cid> LocalCids => _local.All;

    private void TickSpares(Instant now)
    {
        if (now < _sparesAt) return;
        _sparesAt = Instant.Never;
        IssueSpares(FirstSpares);
    }

    // They go along with the next data packet, or in one of their own.
    private void IssueSpares(int count)
    {
        if (_cids is not { } table || _cidLength == 0) return;
        if (_local.Issue(table, Id, count)) _isSparesDue = true;
    }

    private void OnLocalUsed(uint number)
    {
        if (_cids is not { } table || !_local.Use(table, number)) return;
        IssueSpares(Spares); // it moves, and may do so again
    }

    private void WriteSpares(ref SpanWriter writer, ref SentPacket packet)
    {
        if (writer.Room < Spares * Frame.SpareSize) return;
        foreach (var (number, cid) in _local.Unused) Frame.WriteSpare(ref writer, number, cid);
        (_isSparesDue, packet.CarriesSpares) = (false, true);
    }

    private bool TryTakeSpare(in Frame frame)
    {
        var (number, cid) = (frame.Number, Cid.FromBytes(frame.Bytes));
        if (cid.Length != _peerCid.Length || cid.Length == 0) return false;
        if (number <= _peerNumber) return true; // a copy
        if (_peerSpares.Length == MaxPeerSpares || Array.Exists(_peerSpares, spare => spare.Number == number)) return true;
        _peerSpares = [.. _peerSpares.Append((number, cid.Value)).Order()];
        return true;
    }

    // The lowest number, so that the peer knows which ones will not come any more; if there is no spare, the one in use.
    private (uint Number, Cid Cid) NextPeerCid =>
        _peerSpares is [var (number, cid), ..] ? (number, new(cid, _peerCid.Length)) : (_peerNumber, _peerCid);

    private void UsePeerCid((uint Number, Cid Cid) next)
    {
        _peerSpares = Array.FindAll(_peerSpares, spare => spare.Number > next.Number);
        (_peerNumber, _peerCid) = next;
    }
}
