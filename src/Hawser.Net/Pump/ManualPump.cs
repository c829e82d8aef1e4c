using Hawser.Net.Peers;
using Hawser.Net.Sockets;
using Hawser.Transport;

namespace Hawser.Net.Pump;

/// <summary>Drives an endpoint by the calls of its owner and nothing else: one thread, no lock, the same steps each time.</summary>
internal sealed class ManualPump(Endpoint machine, IPollableSocket socket, TimeProvider clock, IPumpObserver<Endpoint> observer)
    : IEndpointAccess, IDisposable
{
    private readonly byte[] _inbound = new byte[IDatagramSocket.MaxBatch];
    private readonly byte[] _outbound = new byte[IDatagramSocket.MaxBatch];
    private bool _draining;

    public void Poll()
    {
        while (socket.IsReadable && socket.Receive(_inbound, out var from, out var segment) is var length and >= 0)
        {
            var (now, route) = (clock.GetMoment(), Route.Udp(from));
            foreach (var range in new Segments(length, segment)) machine.Receive(now, route, _inbound.AsSpan(range));
            Drain();
        }

        machine.Tick(clock.GetMoment());
        Drain();
    }

    public void Feed<T>(T argument, Action<IChannels, Moment, T> command)
        where T : allows ref struct
    {
        command(machine, clock.GetMoment(), argument);
        Drain();
    }

    public void Dispose()
    {
        socket.Dispose();
        observer.Ended(null);
    }

    private void Drain()
    {
        if (_draining) return; // called by a handler: we come round once more
        _draining = true;
        while (true)
        {
            var more = machine.TryTransmit(clock.GetMoment(), _outbound, out var next);
            var told = observer.Collect(machine);
            if (more) socket.Send(_outbound.AsSpan(0, next.Length), next.Segment, next.To.Remote);
            if (told) observer.Deliver();
            if (!more && !told) break;
        }

        _draining = false;
    }
}
