using Hawser.Transport;

namespace Hawser.Tests.Transport;

/// <summary>
/// Pours zeros through stream 0 of two endpoints, from buffer to buffer, on a clock of its own. No packet may be larger than
/// any path's.
/// </summary>
internal sealed class BulkTransfer(Endpoint from, ConnectionId source, Endpoint to, ConnectionId sink)
{
    private static readonly Route From = Route.Udp(ConnectionPair.AddressI), To = Route.Udp(ConnectionPair.AddressH);
    private readonly byte[] _buffer = new byte[65_536];
    private readonly byte[] _block = new byte[65_536];
    private Instant _now = new(100_000_000);

    public void Run(long bytes)
    {
        for (var left = bytes; left > 0;)
        {
            _now = new(_now.Micros + 20);
            var now = new Moment(_now, DateTimeOffset.UnixEpoch);
            while (from.Write(now, source, 0, _block) == _block.Length) { }
            Step(now, from, to, From);
            while (to.Read(now, sink, 0, _block) is > 0 and var count) left -= count;
            Step(now, to, from, To);
            while (from.TryTake(out _) || to.TryTake(out _)) { }
        }
    }

    private void Step(Moment now, Endpoint sender, Endpoint receiver, in Route route)
    {
        if (sender.NextWakeup <= now.Mono) sender.Tick(now);
        while (sender.TryTransmit(now, _buffer, out var sent))
        {
            if (sent.Segment > Connection.MaxPacket) continue;
            foreach (var range in new Segments(sent.Length, sent.Segment)) receiver.Receive(now, route, _buffer.AsSpan(range));
        }
    }
}
