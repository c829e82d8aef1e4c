using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>Puts packets into relay packets on the way out: what a route of kind Relay stands for. Spec: relay.md §4.</summary>
internal sealed class RelayRoutes
{
    private const int Spare = 4096; // room that headers take in a batch; more small packets than that go in the next
    private readonly byte[] _batch = new byte[64 * 1024];

    /// <summary>The route of a packet that a hub has passed on.</summary>
    public static Route From(in HostPort hub, ulong allocation) => new(RouteKind.Relay, hub, allocation);

    /// <summary>Asks the endpoint for a batch, and wraps it if a hub has to carry it.</summary>
    public bool TryTransmit(Moment now, Endpoint endpoint, Span<byte> buffer, out Transmit transmit)
    {
        if (!endpoint.TryTransmit(now, buffer[..Math.Max(buffer.Length - Spare, buffer.Length / 2)], out transmit)) return false;
        if (transmit.To.Kind is not RouteKind.Relay) return true;

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

        transmit = new(Route.Udp(transmit.To.Remote), written, transmit.Segment + RelayPacket.HeaderSize);
        return true;
    }
}
