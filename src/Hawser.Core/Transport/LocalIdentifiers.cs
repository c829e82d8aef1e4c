namespace Hawser.Transport;

/// <summary>
/// What a connection's packets may be addressed to: the identifier in use, the one before for packets that are late, and
/// spares above. Numbers rise from 0, that of the handshake. Spec: transport.md §5.6.
/// </summary>
internal sealed class LocalIdentifiers(Cid first)
{
    private readonly int _length = first.Length; // the values below are of identifiers as long as the first
    private uint _number; // of the one in use
    private uint _numberBefore;
    private ulong _inUse = first.Value;
    private ulong _before = first.Value;
    private ulong[] _unused = []; // the first has the number after that in use

    public IEnumerable<Cid> All => ((ulong[])[_before, _inUse, .. _unused]).Distinct().Select(Of);

    /// <summary>Those that the peer has not used.</summary>
    public IEnumerable<(uint Number, Cid Cid)> Unused => _unused.Select((value, i) => (_number + 1 + (uint)i, Of(value)));

    /// <summary>Which one this is; null if it is none of them.</summary>
    public uint? NumberOf(in Cid cid)
    {
        if (cid.Length != _length) return null;
        if (cid.Value == _inUse) return _number;
        if (cid.Value == _before) return _numberBefore;
        var at = _unused.AsSpan().IndexOf(cid.Value);
        return at < 0 ? null : _number + 1 + (uint)at;
    }

    /// <summary>Fills up with unused ones. False if there are enough.</summary>
    public bool Issue(ICidTable table, ConnectionId connection, int spares)
    {
        if (_unused.Length >= spares) return false;
        var kept = _unused.Length;
        Array.Resize(ref _unused, spares);
        for (var i = kept; i < spares; i++) _unused[i] = table.Issue(connection).Value;
        return true;
    }

    /// <summary>A packet that opened had this number. True if that is news; then those before the last one are retired.</summary>
    public bool Use(ICidTable table, uint number)
    {
        if (number <= _number) return false;
        if (_before != _inUse) table.Retire(Of(_before));
        var at = (int)(number - _number - 1);
        foreach (var skipped in _unused[..at]) table.Retire(Of(skipped));
        (_before, _numberBefore) = (_inUse, _number);
        (_inUse, _number, _unused) = (_unused[at], number, _unused[(at + 1)..]);
        return true;
    }

    private Cid Of(ulong value) => new(value, _length);
}
