namespace Hawser.Transport;

/// <summary>Events in their order, those of the data path as values, and the bytes of the datagrams among them.</summary>
internal sealed class EventBatch
{
    private const int FirstItems = 16;
    private const int KeptBytes = 1 << 20;
    private const int KeptItems = 1_024;

    private Happening[] _items = new Happening[FirstItems];
    private byte[] _bytes = [];
    private int _used;
    private int _count;
    private bool _hasObjects;

    public ReadOnlySpan<Happening> Items => _items.AsSpan(0, _count);

    public ReadOnlySpan<byte> BytesOf(in Happening datagram) => _bytes.AsSpan(datagram.Offset, datagram.Count);

    public void Add(EndpointEvent happened) => Next(HappeningKind.Other, default).Other = happened;

    public void Add(HappeningKind kind, ConnectionId id, uint stream) => Next(kind, id).Number = stream;

    public void AddDatagram(ConnectionId id, ulong number, ReadOnlySpan<byte> bytes)
    {
        if (_used + bytes.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2_048, Math.Max(_bytes.Length * 2, _used + bytes.Length)));
        bytes.CopyTo(_bytes.AsSpan(_used));
        ref var item = ref Next(HappeningKind.Datagram, id);
        (item.Number, item.Offset, item.Count) = (number, _used, bytes.Length);
        _used += bytes.Length;
    }

    /// <summary>Verdicts on numbers that follow each other, and that say the same, are one item.</summary>
    public void AddVerdict(ConnectionId id, ulong number, bool delivered)
    {
        if (_count > 0)
        {
            ref var last = ref _items[_count - 1];
            if (last.Kind is HappeningKind.Verdict && last.Id == id && last.Delivered == delivered && last.Number + (ulong)last.Count == number)
            {
                last.Count++;
                return;
            }
        }

        ref var item = ref Next(HappeningKind.Verdict, id);
        (item.Number, item.Count, item.Delivered) = (number, 1, delivered);
    }

    public void Clear()
    {
        if (_hasObjects) Array.Clear(_items, 0, _count);
        if (_bytes.Length > KeptBytes) (_bytes, _items) = ([], new Happening[FirstItems]); // a flood is over
        else if (_items.Length > KeptItems && _count < _items.Length / 4) _items = new Happening[KeptItems];
        (_count, _used, _hasObjects) = (0, 0, false);
    }

    private ref Happening Next(HappeningKind kind, ConnectionId id)
    {
        if (_count == _items.Length) Array.Resize(ref _items, _count * 2);
        ref var item = ref _items[_count++];
        (item.Kind, item.Id) = (kind, id);
        _hasObjects |= kind is HappeningKind.Other;
        return ref item;
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
