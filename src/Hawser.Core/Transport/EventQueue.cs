using System.Diagnostics.CodeAnalysis;

namespace Hawser.Transport;

/// <summary>Events of all connections in order. Those of the data path become objects only when they are taken.</summary>
internal sealed class EventQueue
{
    /// <summary>Datagrams that wait to be taken; a packet with one more is treated as if it had not come.</summary>
    public const int MaxDatagrams = 16_384; // transport.md §6

    private readonly Queue<Happening> _queue = new();

    private enum Kind : byte { Other, Datagram, Verdict, Readable, Writable }

    private readonly record struct Happening(
        Kind Kind, ConnectionId Id, ulong Number = 0, bool Delivered = false, byte[]? Bytes = null,
        EndpointEvent? Other = null);

    public bool HasAny => _queue.Count > 0;

    /// <summary>Datagrams in it.</summary>
    public int Datagrams { get; private set; }

    public void Add(EndpointEvent happened) => _queue.Enqueue(new(Kind.Other, default, Other: happened));

    public void AddDatagram(ConnectionId id, ulong number, ReadOnlySpan<byte> bytes)
    {
        Datagrams++;
        _queue.Enqueue(new(Kind.Datagram, id, number, Bytes: bytes.ToArray()));
    }

    public void AddVerdict(ConnectionId id, ulong number, bool delivered) =>
        _queue.Enqueue(new(Kind.Verdict, id, number, delivered));

    public void AddReadable(ConnectionId id, uint stream) => _queue.Enqueue(new(Kind.Readable, id, stream));

    public void AddWritable(ConnectionId id, uint stream) => _queue.Enqueue(new(Kind.Writable, id, stream));

    public bool TryTake([NotNullWhen(true)] out EndpointEvent? happened)
    {
        happened = null;
        if (!_queue.TryDequeue(out var next)) return false;
        if (next.Kind is Kind.Datagram) Datagrams--;
        happened = next.Kind switch
        {
            Kind.Datagram => new EndpointEvent.DatagramReceived(next.Id, next.Number, next.Bytes!),
            Kind.Verdict => new EndpointEvent.DeliveryNotified(next.Id, next.Number, next.Delivered),
            Kind.Readable => new EndpointEvent.StreamReadable(next.Id, (uint)next.Number),
            Kind.Writable => new EndpointEvent.StreamWritable(next.Id, (uint)next.Number),
            _ => next.Other!,
        };
        return true;
    }
}
