using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Rendezvous;
using Hawser.Session.Tcp;
using Hawser.Transport;
using Hawser.Wire;

namespace Hawser.Node;

/// <summary>What a hub's UDP side is made with.</summary>
internal sealed record HubSetup
{
    public required Bytes32 Genesis { get; init; }

    public required DhKeyPair ChannelKey { get; init; }

    public RelayLimits Relay { get; init; } = new();

    /// <summary>Certifies the lines' addresses; null asks for none, and introduces all.</summary>
    public LineProver? Prover { get; init; }

    /// <summary>Connections there may be at once; who comes later is refused.</summary>
    public int MaxLines { get; init; } = 16_384; // hub-http.md §6
}

/// <summary>
/// The UDP side of a hub: connections of nodes as lines, presence and introductions between them, and the relay for
/// pairs that have no direct path. Anybody may open a line and ask; only who signed on is present.
/// </summary>
internal sealed partial class HubMachine : IForwardingMachine, IMachine<HubEvent>, ITcpHolder
{
    private const int MaxForwarded = 1_024; // datagrams that wait for the socket; more are lost

    private readonly HubSetup _setup;
    private readonly Endpoint _endpoint;
    private readonly Carriers _channels;
    private readonly Switchboard _switchboard;
    private readonly Relay _relay;
    private readonly Dictionary<ConnectionId, Line> _lines = [];
    private readonly Queue<HubEvent> _events = new();
    private readonly Queue<(HostPort To, byte[] Datagram)> _forwarded = new();

    public HubMachine(Moment now, HubSetup setup, IEntropy entropy)
    {
        _setup = setup;
        _relay = new(entropy, setup.Relay);
        _switchboard = new(setup.Genesis, setup.ChannelKey.Public, entropy, _relay, setup.Prover);
        _endpoint = new(now, entropy, new() { Key = setup.ChannelKey, Genesis = setup.Genesis, OpenToStrangers = true });
        Tcp = new(entropy, new() { Key = setup.ChannelKey, Genesis = setup.Genesis, AnswersQueries = true });
        _channels = new(_endpoint, Tcp);
    }

    /// <inheritdoc/>
    public TcpChannels Tcp { get; }

    /// <summary>Requests for a connection that were refused as there are too many.</summary>
    public long Refused { get; private set; }

    /// <summary>Lines that broke the rules of frames, or did not read.</summary>
    public long Broken { get; private set; }

    public int Lines => _lines.Count;

    public int Present => _switchboard.Present;

    public long AddressesCertified => _switchboard.Certified;

    public long DroppedMessages => _switchboard.Dropped;

    public int RelayedPairs => _relay.Count;

    public long BytesRelayed => _relay.BytesForwarded;

    public long DroppedRelayed => _relay.Dropped;

    public Instant NextWakeup => Instant.Earlier(
        Instant.Earlier(_endpoint.NextWakeup, Tcp.NextWakeup), Instant.Earlier(_switchboard.NextWakeup, _guestsDue));

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        _endpoint.Tick(now);
        Tcp.Tick(now);
        _switchboard.Tick(now);
        CloseIdleGuests(now);
        Progress(now);
    }

    /// <summary>Whether the key of a <see cref="HubEvent.SignOnWanted"/> has signed on.</summary>
    public void Admit(Moment now, ConnectionId line, bool signedOn)
    {
        _switchboard.Admit(now, new(line.Value), signedOn);
        Progress(now);
    }

    /// <summary>Ends the lines of a member whom the hub disregards from now on.</summary>
    public void Expel(Moment now, DhPublicKey member)
    {
        foreach (var (line, _) in _lines.Where(line => line.Value.Member == member).ToArray()) _channels.Close(now, line, CloseReason.Refused);
        Progress(now);
    }

    /// <summary>Tells every node that the hub goes away.</summary>
    public void Shutdown(Moment now)
    {
        foreach (var line in _lines.Keys.ToArray()) _channels.Close(now, line, CloseReason.Shutdown);
        Progress(now);
    }

    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        if (datagram.IsEmpty) return;
        if (datagram[0] == RelayPacket.Code) Forward(now, from, datagram);
        else
        {
            _endpoint.Receive(now, from, datagram);
            Progress(now);
        }
    }

    /// <inheritdoc/>
    public bool TryForward(Moment now, in HostPort from, Span<byte> batch, int segment, out HostPort to)
    {
        to = default;
        return batch.Length > 0 && batch[0] == RelayPacket.Code && _relay.TryForward(now, from, batch, segment, out to);
    }

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        if (Tcp.Events.HasAny) Progress(now); // what TCP brought has to do with the rest
        if (_forwarded.TryDequeue(out var next))
        {
            next.Datagram.CopyTo(buffer);
            transmit = new(Route.Udp(next.To), next.Datagram.Length, next.Datagram.Length);
            return true;
        }

        return _endpoint.TryTransmit(now, buffer, out transmit);
    }

    public bool TryTake([NotNullWhen(true)] out HubEvent? happened) => _events.TryDequeue(out happened);

    private void Forward(Moment now, in Route from, Span<byte> datagram)
    {
        if (from.Kind is RouteKind.Udp) Forward(now, RelayEnd.At(from.Remote), datagram);
    }

    // A channel that has no room for one more loses it, as a wire does.
    private void Forward(Moment now, in RelayEnd from, Span<byte> datagram)
    {
        if (_forwarded.Count >= MaxForwarded || !_relay.TryForward(now, from, datagram, datagram.Length, out var to)) return;
        if (to.Line is { } line) _channels.Send(now, new(line.Value), datagram);
        else _forwarded.Enqueue((to.Address, datagram.ToArray()));
    }
}
