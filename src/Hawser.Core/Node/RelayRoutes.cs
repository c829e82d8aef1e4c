using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>Puts packets into relay packets on the way out: what a route of kind Relay stands for. Spec: relay.md §4.</summary>
internal sealed class RelayRoutes
{
    private const int Spare = 4096; // room that headers take in a batch; more small packets than that go in the next
    private readonly byte[] _batch = new byte[64 * 1024];
    private readonly Dictionary<HostPort, ConnectionId> _lines = []; // to hubs that datagrams do not reach

    /// <summary>The route of a packet that a hub has passed on.</summary>
    public static Route From(in HostPort hub, ulong allocation) => new(RouteKind.Relay, hub, allocation);

    /// <summary>The line to a hub is one of TCP: relayed packets are datagrams of it. Null: it is no more.</summary>
    public void CarryBy(in HostPort hub, ConnectionId? line)
    {
        if (line is { } id) _lines[hub] = id;
        else _lines.Remove(hub);
    }

    /// <summary>Asks the endpoint for a batch, and wraps it if a hub has to carry it. What goes over a channel is sent there.</summary>
    public bool TryTransmit(Moment now, Endpoint endpoint, IChannels channels, Span<byte> buffer, out Transmit transmit)
    {
        while (endpoint.TryTransmit(now, buffer[..Math.Max(buffer.Length - Spare, buffer.Length / 2)], out transmit))
        {
            if (transmit.To.Kind is not RouteKind.Relay) return true;
            var hub = transmit.To.Remote;
            transmit = Wrap(transmit, buffer);
            if (!_lines.TryGetValue(hub, out var line)) return true;
            foreach (var packet in new Segments(transmit.Length, transmit.Segment)) channels.Send(now, line, buffer[packet]); // no room: lost, as on a wire
        }

        return false;
    }

    private Transmit Wrap(in Transmit transmit, Span<byte> buffer)
    {
        var header = new RelayPacket(transmit.To.Id);
        buffer[..transmit.Length].CopyTo(_batch);
        var written = 0;
        foreach (var range in new Segments(transmit.Length, transmit.Segment))
        {
            var packet = _batch.AsSpan(range);
            if (buffer.Length - written < RelayPacket.HeaderSize + packet.Length) break; // as if lost on the way
            written += header.Write(buffer[written..]);
            packet.CopyTo(buffer[written..]);
            written += packet.Length;
        }

        return new(Route.Udp(transmit.To.Remote), written, transmit.Segment + RelayPacket.HeaderSize);
    }
}
