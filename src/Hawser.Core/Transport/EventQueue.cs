using System.Diagnostics.CodeAnalysis;

namespace Hawser.Transport;

/// <summary>
/// Events of all connections in order. Their owner takes them one by one as objects, or all at once as values: then
/// nothing is allocated.
/// </summary>
internal sealed class EventQueue
{
    /// <summary>Datagrams that wait to be taken; a packet with one more is treated as if it had not come.</summary>
    public const int MaxDatagrams = 16_384; // transport.md §6

    private EventBatch _batch = new();
    private int _next; // the first item not taken
    private int _verdictsTaken; // of that item

    public bool HasAny => _next < _batch.Items.Length;

    /// <summary>Datagrams in it.</summary>
    public int Datagrams { get; private set; }

    public void Add(EndpointEvent happened) => _batch.Add(happened);

    public void AddDatagram(ConnectionId id, ulong number, ReadOnlySpan<byte> bytes)
    {
        Datagrams++;
        _batch.AddDatagram(id, number, bytes);
    }

    public void AddVerdict(ConnectionId id, ulong number, bool delivered) => _batch.AddVerdict(id, number, delivered);

    public void AddReadable(ConnectionId id, uint stream) =>
        _batch.Add(HappeningKind.Readable, id, stream);

    public void AddWritable(ConnectionId id, uint stream) =>
        _batch.Add(HappeningKind.Writable, id, stream);

    /// <summary>Gives all events, and goes on with the batch that was given back. False if there is none.</summary>
    public bool TrySwap(ref EventBatch batch)
    {
        if (_batch.Items.IsEmpty) return false;
        batch.Clear();
        (batch, _batch) = (_batch, batch);
        Datagrams = 0;
        return true;
    }

    public bool TryTake([NotNullWhen(true)] out EndpointEvent? happened)
    {
        happened = null;
        if (_next == _batch.Items.Length) return false;
        ref readonly var item = ref _batch.Items[_next];
        switch (item.Kind)
        {
            case HappeningKind.Datagram:
                Datagrams--;
                happened = new EndpointEvent.DatagramReceived(item.Id, item.Number, _batch.BytesOf(item).ToArray());
                break;
            case HappeningKind.Verdict:
                happened = new EndpointEvent.DeliveryNotified(item.Id, item.Number + (ulong)_verdictsTaken, item.Delivered);
                if (++_verdictsTaken < item.Count) return true;
                _verdictsTaken = 0;
                break;
            case HappeningKind.Readable: happened = new EndpointEvent.StreamReadable(item.Id, (uint)item.Number); break;
            case HappeningKind.Writable: happened = new EndpointEvent.StreamWritable(item.Id, (uint)item.Number); break;
            case HappeningKind.Other: happened = item.Other!; break;
            default: throw new InvalidOperationException($"no event is of kind {item.Kind}");
        }

        if (++_next < _batch.Items.Length) return true;
        _batch.Clear();
        _next = 0;
        return true;
    }
}
