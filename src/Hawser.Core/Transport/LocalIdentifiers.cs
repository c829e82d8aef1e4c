namespace Hawser.Transport;

/// <summary>
/// What a connection's packets may be addressed to: the identifier in use, the one before for packets that are late, and
/// spares above. Numbers rise from 0, that of the handshake. Spec: transport.md §5.6.
/// </summary>
internal sealed class LocalIdentifiers(Cid first)
{
    private Cid _inUse = first;
    private uint _number;
    private List<(uint Number, Cid Cid)>? _others; // rising
    private uint _last;

    public IEnumerable<Cid> All => [_inUse, .. (_others ?? []).Select(other => other.Cid)];

    /// <summary>Those that the peer has not used.</summary>
    public IEnumerable<(uint Number, Cid Cid)> Unused => (_others ?? []).Where(other => other.Number > _number);

    /// <summary>Which one this is; null if it is none of them.</summary>
    public uint? NumberOf(in Cid cid)
    {
        if (cid == _inUse) return _number;
        if (_others is null) return null;
        foreach (var (number, other) in _others)
            if (other == cid) return number;
        return null;
    }

    /// <summary>Fills up with unused ones. False if there are enough.</summary>
    public bool Issue(ICidTable table, ConnectionId connection, int spares)
    {
        if (_last >= _number + spares) return false;
        _others ??= new(spares);
        while (_last < _number + spares) _others.Add((++_last, table.Issue(connection)));
        return true;
    }

    /// <summary>A packet that opened had this number. True if that is news; then those before the last one are retired.</summary>
    public bool Use(ICidTable table, uint number)
    {
        if (number <= _number) return false;
        Advance(table, number);
        return true;
    }

    private void Advance(ICidTable table, uint number)
    {
        var others = _others!;
        var before = (_number, _inUse);
        foreach (var (old, cid) in others)
            if (old < number) table.Retire(cid);
        (_number, _inUse) = others.Find(other => other.Number == number);
        others.RemoveAll(other => other.Number <= number);
        others.Insert(0, before);
    }
}
