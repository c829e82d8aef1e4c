using System.Threading.Channels;
using Hawser.Transport;

namespace Hawser.Net.Datagrams;

public sealed partial class Connection
{
    private const int MaxUnaccepted = 256; // streams
    private const int MaxUnread = 4_096; // datagrams, and verdicts; who does not read loses the newest

    /// <summary>What comes from the peer, in order; losses leave gaps in the sequences. For connections without a handler.</summary>
    public IAsyncEnumerable<ReceivedDatagram> ReadDatagramsAsync(CancellationToken cancel = default) => Own.Datagrams.Reader.ReadAllAsync(cancel);

    /// <summary>One verdict for every datagram sent, in order. For connections without a handler.</summary>
    public IAsyncEnumerable<Delivery> ReadDeliveriesAsync(CancellationToken cancel = default) => Own.Deliveries.Reader.ReadAllAsync(cancel);

    private Inbox Own => _inbox ?? throw new InvalidOperationException("The connection has a handler, which is told these things.");

    internal void OnEstablished() => _handler.Established(this);

    internal void OnDatagram(ulong sequence, ReadOnlySpan<byte> bytes) => _handler.Received(this, sequence, bytes);

    internal void OnVerdicts(ulong first, int count, bool delivered)
    {
        _room.Set();
        _handler.Notified(this, first, count, delivered);
    }

    internal void OnReadable(uint stream)
    {
        if (_streams.TryGetValue(stream, out var found)) found.Inner.Readable();
    }

    internal void OnWritable(uint stream)
    {
        if (_streams.TryGetValue(stream, out var found)) found.Inner.Writable();
    }

    internal void OnStreamOpened(uint stream)
    {
        var opened = _streams[stream] = new(new(this, stream));
        if (!_incoming.Writer.TryWrite(opened)) opened.Reset();
    }

    internal void OnStreamReset(uint stream)
    {
        if (_streams.TryRemove(stream, out var found)) found.Inner.Fail(new("The peer reset the stream."));
    }

    internal void OnClosed(CloseReason reason)
    {
        var end = new ConnectionEnd((byte)reason);
        _failure = new($"The connection is over: {end}.");
        foreach (var stream in _streams.Values) stream.Inner.Fail(_failure);
        _streams.Clear();
        _room.Set();
        _incoming.Writer.TryComplete();
        _handler.Closed(this, end);
        _closed.TrySetResult(end);
    }

    private sealed class Inbox : ConnectionHandler
    {
        public Channel<ReceivedDatagram> Datagrams { get; } =
            Channel.CreateBounded<ReceivedDatagram>(new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropWrite });

        public Channel<Delivery> Deliveries { get; } =
            Channel.CreateBounded<Delivery>(new BoundedChannelOptions(1 << 17) { FullMode = BoundedChannelFullMode.DropWrite });

        public override void Received(Connection connection, ulong sequence, ReadOnlySpan<byte> bytes) =>
            Datagrams.Writer.TryWrite(new(sequence, bytes.ToArray()));

        public override void Notified(Connection connection, ulong first, int count, bool delivered)
        {
            for (var i = 0; i < count; i++) Deliveries.Writer.TryWrite(new(first + (ulong)i, delivered));
        }

        public override void Closed(Connection connection, ConnectionEnd reason)
        {
            Datagrams.Writer.TryComplete();
            Deliveries.Writer.TryComplete();
        }
    }
}
