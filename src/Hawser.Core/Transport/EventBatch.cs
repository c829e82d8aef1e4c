namespace Hawser.Transport;

/// <summary>Events in their order, those of the data path as values, and the bytes of the datagrams among them.</summary>
internal sealed class EventBatch
{
    private Happening[] _items = new Happening[16];
    private byte[] _bytes = [];
    private int _used;
    private int _count;

    public ReadOnlySpan<Happening> Items => _items.AsSpan(0, _count);

    public ReadOnlySpan<byte> BytesOf(in Happening datagram) => _bytes.AsSpan(datagram.Offset, datagram.Count);

    public void Add(in Happening happened)
    {
        if (_count == _items.Length) Array.Resize(ref _items, _count * 2);
        _items[_count++] = happened;
    }

    public void AddDatagram(ConnectionId id, ulong number, ReadOnlySpan<byte> bytes)
    {
        if (_used + bytes.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2_048, Math.Max(_bytes.Length * 2, _used + bytes.Length)));
        bytes.CopyTo(_bytes.AsSpan(_used));
        Add(new() { Kind = HappeningKind.Datagram, Id = id, Number = number, Offset = _used, Count = bytes.Length });
        _used += bytes.Length;
    }

    /// <summary>Verdicts that follow each other and say the same are one item.</summary>
    public void AddVerdict(ConnectionId id, ulong number, bool delivered)
    {
        if (_count > 0)
        {
            ref var last = ref _items[_count - 1];
            if (last.Kind is HappeningKind.Verdict && last.Id == id && last.Delivered == delivered)
            {
                last.Count++;
                return;
            }
        }

        Add(new() { Kind = HappeningKind.Verdict, Id = id, Number = number, Count = 1, Delivered = delivered });
    }

    public void Clear()
    {
        Array.Clear(_items, 0, _count); // lets go of the objects
        (_count, _used) = (0, 0);
    }
}

internal enum HappeningKind : byte { Other, Datagram, Verdict, Readable, Writable }

/// <summary>An event of the data path, or an object that is one. Which fields mean something depends on its kind.</summary>
internal struct Happening
{
    public HappeningKind Kind;
    public bool Delivered;
    public ConnectionId Id;

    /// <summary>Of the datagram or the first verdict; else the stream.</summary>
    public ulong Number;

    /// <summary>Where the datagram's bytes are.</summary>
    public int Offset;

    /// <summary>Bytes, or verdicts.</summary>
    public int Count;

    public EndpointEvent? Other;
}
