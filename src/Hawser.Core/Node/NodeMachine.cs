using System.Diagnostics.CodeAnalysis;
using Hawser.Handshake;
using Hawser.Proof;
using Hawser.Rendezvous;
using Hawser.Session.Tcp;
using Hawser.Transport;

namespace Hawser.Node;

/// <summary>
/// A node on one UDP port: connections, lines to hubs, introductions, punching and relays, and the plan of each dial.
/// Spec: rendezvous.md, punch.md, relay.md, transport.md.
/// </summary>
internal sealed partial class NodeMachine : IDatagramMachine, IMachine<NodeEvent>, ITcpHolder
{
    private readonly IEntropy _entropy;
    private readonly NodeIdentity _identity;
    private readonly Queue<NodeEvent> _events = new();
    private readonly Queue<(HostPort To, byte[] Datagram)> _stun = new();
    private readonly RelayRoutes _relays = new();
    private readonly PeerConnections _peerConnections = new();

    public NodeMachine(Moment now, IEntropy entropy, NodeIdentity identity)
    {
        (_entropy, _identity) = (entropy, identity);
        Endpoint = new(now, entropy, new ConnectOptions { Key = identity.Key, Genesis = identity.Genesis });
        Tcp = new(entropy, new() { Key = identity.Key, Genesis = identity.Genesis });
        Channels = new Carriers(Endpoint, Tcp);
        (Id, LocalAddresses) = (identity.Id, identity.LocalAddresses);
        (_guard, _punchBudget) = (new(now), new());
    }

    /// <summary>The connections by datagrams: whoever feeds them feeds this machine.</summary>
    public Endpoint Endpoint { get; }

    /// <inheritdoc/>
    public TcpChannels Tcp { get; }

    /// <summary>All connections, whatever carries them.</summary>
    public IChannels Channels { get; }

    /// <summary>The routing ID that this node goes by; none until it owns one.</summary>
    public PlainId Id
    {
        get => _id;
        set
        {
            _id = value;
            Endpoint.Host.Ids = Tcp.Ids = value.IsNone ? [] : [value];
        }
    }

    private PlainId _id;

    /// <summary>Addresses of this machine's interfaces, with the port of the socket.</summary>
    public HostPort[] LocalAddresses { get; set; }

    /// <summary>Whether STUN is awaited on this very port, as while its address is being proved.</summary>
    public bool HearsStun { get; set; }

    /// <summary>Sends a STUN request from this port.</summary>
    public void AskStun(HostPort to, byte[] datagram) => _stun.Enqueue((to, datagram));

    /// <summary>Datagrams of no known kind, or for nobody here.</summary>
    public long Dropped { get; private set; }

    public Instant NextWakeup
    {
        get
        {
            var next = Instant.Earlier(Instant.Earlier(Endpoint.NextWakeup, Tcp.NextWakeup), Instant.Earlier(NextOfLines, NextOfDials));
            next = Instant.Earlier(next, _peerConnections.NextWakeup);
            foreach (var race in _races) next = Instant.Earlier(next, race.StartsAt);
            foreach (var punching in _punching.Values) next = Instant.Earlier(next, punching.NextWakeup);
            return next;
        }
    }

    public void Tick(Moment now)
    {
        Endpoint.Tick(now);
        Tcp.Tick(now);
        TickRaces(now);
        TickPunching(now);
        TickLines(now);
        TickDials(now);
        EndSuperfluous(now);
        Settle(now);
    }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        if (datagram.IsEmpty) return;
        switch (datagram[0])
        {
            case Punch.Code:
                ReceivePunch(now, from, datagram);
                break;
            case RelayPacket.Code when from.Kind is RouteKind.Udp && RelayPacket.TryRead(datagram, out var header):
                Endpoint.Receive(now, RelayRoutes.From(from.Remote, header.Allocation), datagram[RelayPacket.HeaderSize..]);
                break;
            case RelayPacket.Code:
                Dropped++;
                break;
            case < 4 when HearsStun && from.Kind is RouteKind.Udp && StunMessage.IsLike(datagram):
                _events.Enqueue(new NodeEvent.StunCame(from.Remote, datagram.ToArray()));
                break;
            default:
                Endpoint.Receive(now, from, datagram);
                break;
        }
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        Settle(now);
        if (_stun.TryDequeue(out var asked))
        {
            asked.Datagram.CopyTo(buffer);
            transmit = new(Route.Udp(asked.To), asked.Datagram.Length, asked.Datagram.Length);
            return true;
        }

        foreach (var punching in _punching.Values)
            if (punching.Puncher.TryTransmit(now, buffer, out transmit)) return true;
        return _relays.TryTransmit(now, Endpoint, Channels, buffer, out transmit);
    }

    public bool TryTake([NotNullWhen(true)] out NodeEvent? happened) => _events.TryDequeue(out happened);

    // Whoever fed the endpoint, its events are dealt with here, before anything is sent.
    private void Settle(Moment now)
    {
        do
        {
            while (Endpoint.TryTake(out var happened) || Tcp.TryTake(out happened)) Deal(now, happened);
        }
        while (SettleLines(now) | SettlePunching(now));
    }

    private void Deal(Moment now, EndpointEvent happened)
    {
        if (IsLostRacer(now, happened)) return;
        switch (happened)
        {
            case EndpointEvent.SolveWanted solve:
                _events.Enqueue(new NodeEvent.SolveWanted(solve.Number, solve.Puzzle));
                break;
            case EndpointEvent.KeyWanted named:
                _events.Enqueue(new NodeEvent.CallerNamed(named.Connection, named.Name));
                break;
            case EndpointEvent.Requested caller:
                _events.Enqueue(new NodeEvent.CallerProved(
                    caller.Connection, caller.Route, caller.PeerKey, caller.Name, caller.Letter, caller.ConnectData));
                break;
            case EndpointEvent.Established up:
                if (DealLine(now, up)) break;
                var dialled = DealDial(now, up);
                _peerConnections.Add(now, up.Connection, up.PeerKey, dialled);
                if (!dialled) _events.Enqueue(new NodeEvent.PeerUp(up));
                break;
            case EndpointEvent.Closed closed:
                _peerConnections.Remove(closed.Connection);
                if (!DealLine(now, closed) && !DealDial(now, closed)) _events.Enqueue(new NodeEvent.Passed(closed));
                break;
            case EndpointEvent.DatagramReceived packet when _lineOf.ContainsKey(packet.Connection):
                ReceiveRelayed(now, packet);
                break;
            case EndpointEvent.DeliveryNotified verdict when _lineOf.ContainsKey(verdict.Connection):
                break; // who relays promises nothing
            case EndpointEvent.StreamReadable { Stream: ControlChannel.Stream } readable when DealLine(now, readable.Connection):
            case EndpointEvent.StreamWritable { Stream: ControlChannel.Stream } writable when DealLine(now, writable.Connection):
                break;
            case EndpointEvent.DatagramReceived datagram:
                _peerConnections.Used(now, datagram.Connection);
                _events.Enqueue(new NodeEvent.Passed(datagram));
                break;
            default:
                _events.Enqueue(new NodeEvent.Passed(happened));
                break;
        }
    }

    // A hub that we have by TCP only relays over that channel.
    private void ReceiveRelayed(Moment now, EndpointEvent.DatagramReceived packet)
    {
        if (TcpChannels.Carries(packet.Connection) && RelayPacket.TryRead(packet.Bytes, out var header)
            && Channels.Describe(packet.Connection) is { } hub)
            Endpoint.Receive(now, RelayRoutes.From(hub.Route.Remote, header.Allocation), packet.Bytes.AsSpan(RelayPacket.HeaderSize));
        else
            Dropped++;
    }

    // Both sides may have connected at once: what neither sends on is ended by the host of it.
    private void EndSuperfluous(Moment now)
    {
        if (now.Mono < _peerConnections.NextWakeup) return;
        foreach (var id in _peerConnections.Superfluous(now, Channels)) Channels.Close(now, id, CloseReason.SelfDisconnect);
    }
}
