using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Rendezvous;
using Hawser.Session.Tcp;
using Hawser.Transport;

namespace Hawser.Node;

// Lines to hubs: those of our own hubs are kept, for ever; a guest's lasts as long as a dial or a relay needs it.
internal sealed partial class NodeMachine
{
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GuestSweep = TimeSpan.FromSeconds(15);

    private readonly IntroductionGuard _guard;
    private readonly Dictionary<DhPublicKey, HubLine> _lines = [];
    private readonly Dictionary<ConnectionId, HubLine> _lineOf = [];
    private readonly Dictionary<long, (HubLine Line, ulong Number)> _introductions = [];
    private readonly byte[] _frame = new byte[LineMessage.MaxSize];
    private Instant _guestSweep = Instant.Never;
    private long _introduction;

    private Instant NextOfLines
    {
        get
        {
            var next = _guestSweep;
            foreach (var line in _lines.Values) next = Instant.Earlier(next, line.NextWakeup);
            return next;
        }
    }

    /// <summary>Where hubs see our datagrams; two ports at one address mean a NAT that gives each destination another.</summary>
    public IEnumerable<HostPort> Observed => _lines.Values.Where(l => l.Observed is not null && !IsByTcp(l)).Select(l => l.Observed!.Value);

    /// <summary>The hubs of the kept lines, and whether each is up.</summary>
    public IEnumerable<(DhPublicKey Hub, bool IsUp)> Hubs => _lines.Values.Where(l => l.IsKept).Select(l => (l.Hub.Key, l.IsUp));

    /// <summary>Keeps a line to a hub from now on, until <see cref="LeaveHub"/>.</summary>
    public void KeepHub(Moment now, HubTarget hub)
    {
        if (_lines.TryGetValue(hub.Key, out var line) && line.IsKept) return;
        if (line is not null) Drop(now, line);
        Open(now, hub, kept: true);
    }

    /// <summary>Closes a line, and keeps it no more.</summary>
    public void LeaveHub(Moment now, DhPublicKey hub)
    {
        if (_lines.TryGetValue(hub, out var line)) Drop(now, line);
    }

    /// <summary>Answers <see cref="NodeEvent.IntroductionAsked"/>. A no is silence: the hub says what it says of the absent.</summary>
    public void AnswerIntroduction(Moment now, long number, bool allow)
    {
        if (!_introductions.Remove(number, out var asked) || asked.Line.Client is not { } client) return;
        if (allow) client.Allow(now, asked.Number, Candidates(), relay: true);
        else client.Deny(now, asked.Number);
        Settle(now);
    }

    private HostPort[] Candidates() => CandidateList.Gather([.. Observed.Distinct()], [], LocalAddresses);

    private HubLine Open(Moment now, HubTarget hub, bool kept)
    {
        var line = new HubLine(hub, kept);
        _lines.Add(hub.Key, line);
        Call(now, line);
        return line;
    }

    private void Call(Moment now, HubLine line)
    {
        var request = new ConnectRequest
        {
            Route = Route.Udp(line.NextAddress()),
            HostKey = line.Hub.Key,
            Letter = HandshakeLetter.N,
            Name = new(_identity.Key.Public),
        };
        line.Calling(Endpoint.Connect(now, request));
        var id = line.Channel!.Id;
        _lineOf.Add(id, line);
        line.Race = Race(now, id, request, tcp => _lineOf.Add(tcp, line));
    }

    private void TickLines(Moment now)
    {
        foreach (var line in _lines.Values.ToArray())
        {
            if (line.RetryAt <= now.Mono) Call(now, line);
            line.Client?.Tick(now);
        }

        if (now.Mono < _guestSweep) return;
        _guestSweep = Instant.Never;
        foreach (var line in _lines.Values.Where(l => !l.IsKept).ToArray())
        {
            if (IsNeeded(line)) _guestSweep = now.Mono + GuestSweep;
            else Drop(now, line);
        }
    }

    // A hub relays only while both lines are up.
    private bool IsNeeded(HubLine guest) =>
        _dials.Values.Any(d => d.Line == guest) || _relayed.Values.Any(remote => guest.Hub.Addresses.Contains(remote));

    private static bool IsByTcp(HubLine line) => line.Channel is { } channel && TcpChannels.Carries(channel.Id);

    private void Drop(Moment now, HubLine line)
    {
        _lines.Remove(line.Hub.Key);
        if (line.Channel is not { } channel) return;
        _lineOf.Remove(channel.Id);
        EndRace(now, line.Race);
        Channels.Close(now, channel.Id, CloseReason.Shutdown);
    }

    private bool DealLine(Moment now, EndpointEvent.Established up)
    {
        if (!_lineOf.TryGetValue(up.Connection, out var line)) return false;
        if (line.Channel!.Id != up.Connection) line.Calling(up.Connection);
        var info = Channels.Describe(up.Connection)!;
        _relays.CarryBy(info.Route.Remote, TcpChannels.Carries(up.Connection) ? up.Connection : null);
        line.Up(new(now, new LineSetup
        {
            Identity = new(_identity.Genesis, line.Hub.Key, _identity.Key.Public, info.Exporter),
            ChannelKey = _identity.Key,
            SignOn = line.Hub.SignOn,
            AddressKey = _identity.AddressKey,
            Transport = TcpChannels.Carries(up.Connection) ? Proof.AddressTransport.Tcp : Proof.AddressTransport.Udp,
            Boot = _identity.Boot,
        }, _guard, _entropy));
        if (!line.IsKept) _guestSweep = now.Mono + GuestSweep;
        return true;
    }

    private bool DealLine(Moment now, EndpointEvent.Closed closed)
    {
        if (!_lineOf.Remove(closed.Connection, out var line)) return false;
        Fell(now, line, null);
        return true;
    }

    private bool DealLine(Moment now, ConnectionId id)
    {
        if (!_lineOf.TryGetValue(id, out var line) || line.Client is null) return false;
        line.Channel!.Flush(now, Channels);
        if (!line.TryPull(now, Channels)) Hang(now, line);
        return true;
    }

    // The frames of a line go to its client, what the client says goes to the line; true if anything moved.
    private bool SettleLines(Moment now)
    {
        var moved = false;
        foreach (var line in _lines.Values.ToArray())
        {
            if (line.Client is not { } client) continue;
            while (client.TryTransmit(_frame, out var length))
            {
                moved = true;
                if (!line.Channel!.TrySend(now, Channels, _frame.AsSpan(0, length))) Hang(now, line);
            }

            while (client.TryTake(out var happened))
            {
                moved = true;
                Deal(now, line, happened);
            }
        }

        return moved;
    }

    private void Deal(Moment now, HubLine line, LineEvent happened)
    {
        switch (happened)
        {
            case LineEvent.Observed observed:
                line.Observed = observed.Address;
                if (line.Hub.SignOn is null || line.IsUp) Announce(now, line);
                break;
            case LineEvent.Certified certified:
                if (line.IsKept) _events.Enqueue(new NodeEvent.AddressCertified(line.Hub.Key, certified.Certificate));
                break;
            case LineEvent.Present:
                line.Settled();
                Announce(now, line);
                break;
            case LineEvent.Dismissed dismissed:
                Hang(now, line);
                if (dismissed.Verdict is LineVerdict.Superseded) Drop(now, line);
                if (line.IsKept) _events.Enqueue(new NodeEvent.HubDown(line.Hub.Key, dismissed.Verdict));
                break;
            case LineEvent.Displaced when line.IsKept:
                _events.Enqueue(new NodeEvent.TwinMet(line.Hub.Key));
                break;
            case LineEvent.Silent:
                Hang(now, line);
                break;
            case LineEvent.Asked asked:
                _introductions.Add(++_introduction, (line, asked.Number));
                _events.Enqueue(new NodeEvent.IntroductionAsked(_introduction, asked.Peer, asked.ClaimedId, asked.Ticket));
                break;
            case LineEvent.Ready ready:
                Introduced(now, line, ready);
                break;
            case LineEvent.Refused refused:
                Refused(now, line, refused.Number);
                break;
        }
    }

    private void Announce(Moment now, HubLine line)
    {
        if (line.IsKept) _events.Enqueue(new NodeEvent.HubUp(line.Hub.Key, line.Observed!.Value, IsByTcp(line)));
        Offer(now, line);
    }

    // We end it; Closed of an end that we asked for does not come back here.
    private void Hang(Moment now, HubLine line)
    {
        if (line.Channel is not { } channel || !_lineOf.Remove(channel.Id)) return;
        EndRace(now, line.Race);
        Channels.Close(now, channel.Id, CloseReason.Reconnecting);
        Fell(now, line, null);
    }

    private void Fell(Moment now, HubLine line, LineVerdict? verdict)
    {
        var wasUp = line.IsUp;
        line.Down(now);
        foreach (var (number, asked) in _introductions.Where(i => i.Value.Line == line).ToArray()) _introductions.Remove(number);
        if (!line.IsKept) _lines.Remove(line.Hub.Key);
        else if (wasUp) _events.Enqueue(new NodeEvent.HubDown(line.Hub.Key, verdict));
        Withdraw(now, line);
    }
}
