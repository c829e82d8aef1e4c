using System.Buffers.Binary;

namespace Hawser.Transport;

// Whose packet it is: by the identifier that it bears, or, where none was wanted, by where it comes from.
internal sealed partial class Endpoint
{
    private const int DrawTries = 1_000;

    private readonly Dictionary<ulong, Attached> _byCid = [];
    private readonly Dictionary<Route, Attached> _byRoute = []; // of connections without identifiers
    private Attached? _latest;
    private ulong _latestCid;
    private bool _hasNarrow;

    /// <inheritdoc/>
    public Cid Issue(ConnectionId connection)
    {
        var cid = DrawCid();
        _byCid[cid.Value] = _connections[connection];
        return cid;
    }

    /// <inheritdoc/>
    public void Retire(in Cid cid)
    {
        if (_latest is not null && _latestCid == cid.Value) _latest = null;
        _byCid.Remove(cid.Value);
    }

    // Short ones may be taken. Where nearly all are, a connection fails when it is attached.
    private Cid DrawCid()
    {
        var cid = Cid.Draw(_entropy, _options.CidLength);
        for (var tries = 0; tries < DrawTries && IsTaken(cid); tries++) cid = Cid.Draw(_entropy, _options.CidLength);
        return cid;
    }

    private bool IsTaken(Cid cid) => cid.Length > 0
        && (_byCid.ContainsKey(cid.Value) || (cid.Length < 4 && _attempts.Values.Any(attempt => attempt.LocalCid == cid)));

    private void AddCid(Moment now, Attached attached)
    {
        var setup = attached.Connection.Setup;
        _hasNarrow |= !setup.IsWide;
        if (setup.LocalCid.Length > 0)
        {
            _byCid.Add(setup.LocalCid.Value, attached);
            return;
        }

        if (_byRoute.TryGetValue(setup.Route, out var before))
        {
            before.Connection.Close(now, CloseReason.Reconnecting); // two at one address could not be told apart
            Touch(now, before);
        }

        _byRoute[setup.Route] = attached;
    }

    private void ForgetCids(Attached attached)
    {
        if (_latest == attached) _latest = null;
        var setup = attached.Connection.Setup;
        if (setup.LocalCid.Length > 0)
        {
            foreach (var cid in attached.Connection.LocalCids) _byCid.Remove(cid.Value);
        }
        else if (_byRoute.TryGetValue(setup.Route, out var current) && current == attached)
        {
            _byRoute.Remove(setup.Route);
        }
    }

    // Packets come in batches of one connection. A wide header begins with one of three bytes; a narrow one may as well.
    private Attached? Find(in Route from, ReadOnlySpan<byte> datagram)
    {
        var length = _options.CidLength;
        if (length == 0) return _byRoute.GetValueOrDefault(from);
        if (datagram[0] <= (byte)PacketKind.Ack && Find(datagram, 1, length) is { Connection.Setup.IsWide: true } wide) return wide;
        return _hasNarrow && Find(datagram, 3, length) is { Connection.Setup.IsWide: false } narrow ? narrow : null;
    }

    private Attached? Find(ReadOnlySpan<byte> datagram, int at, int length)
    {
        if (datagram.Length < at + length) return null;
        var cid = length == Cid.MaxLength ? BinaryPrimitives.ReadUInt64BigEndian(datagram[at..]) : Cid.FromBytes(datagram.Slice(at, length)).Value;
        if (_latest is { } latest && _latestCid == cid) return latest;
        if (!_byCid.TryGetValue(cid, out var attached)) return null;
        (_latest, _latestCid) = (attached, cid);
        return attached;
    }
}
