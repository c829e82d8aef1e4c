using Hawser.Session.Tcp;

namespace Hawser.Tests.Sim;

/// <summary>TCP between machines in virtual time: whoever listens at a public address can be connected to, and bytes take a moment.</summary>
internal sealed class SimTcp(TimeSpan delay)
{
    private readonly Dictionary<HostPort, SimTcpSide> _listeners = [];
    private ulong _ports = 20_000;

    public TimeSpan Delay => delay;

    public SimTcpSide Add(HostPort outside, bool listens)
    {
        var side = new SimTcpSide(this, outside);
        if (listens) _listeners.Add(outside, side);
        return side;
    }

    public SimTcpSide? At(HostPort address) => _listeners.GetValueOrDefault(address);

    public ushort NextPort() => (ushort)++_ports;
}

/// <summary>The sockets of one machine.</summary>
internal sealed class SimTcpSide(SimTcp net, HostPort outside)
{
    private readonly PriorityQueue<Action<Moment>, (Instant Due, long Order)> _coming = new();
    private readonly Dictionary<LineId, (SimTcpSide Side, LineId Line)> _ends = [];
    private readonly byte[] _buffer = new byte[TcpLine.MinBuffer];
    private long _order;

    public TcpChannels Channels { get; set; } = null!;

    public Instant NextWakeup => _coming.TryPeek(out _, out var first) ? first.Due : Instant.Never;

    /// <summary>What has come by now, and then what the machine wants of its sockets.</summary>
    public void Work(Moment now)
    {
        while (_coming.TryPeek(out var come, out var first) && first.Due <= now.Mono)
        {
            _coming.Dequeue();
            come(now);
        }

        while (Channels.TryTakeReady(out var line))
        {
            while (Channels.TryTransmit(now, line, _buffer, out var length))
            {
                var bytes = _buffer[..length];
                if (_ends.TryGetValue(line, out var end)) end.Side.Post(now, then => end.Side.Channels.Receive(then, end.Line, bytes));
            }
        }

        while (Channels.TryTakeNote(out _)) { }
        while (Channels.TryTakeOrder(out var order))
        {
            if (order.Kind is TcpOrderKind.Dial) Dial(now, order);
            else if (_ends.Remove(order.Line, out var end)) end.Side.Post(now, then => end.Side.Channels.Closed(then, end.Line));
        }
    }

    private void Dial(Moment now, TcpOrder order)
    {
        if (net.At(order.Remote) is not { } host)
        {
            Post(now, then => Channels.Closed(then, order.Line));
            return;
        }

        var from = outside with { Port = net.NextPort() };
        host.Post(now, then =>
        {
            var there = host.Channels.Accepted(then, from);
            host._ends[there] = (this, order.Line);
            Post(then, later =>
            {
                _ends[order.Line] = (host, there);
                Channels.Connected(later, order.Line);
            });
        });
    }

    private void Post(Moment now, Action<Moment> come) => _coming.Enqueue(come, (now.Mono + net.Delay, _order++));
}
