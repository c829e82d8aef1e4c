using Hawser.Handshake;
using Hawser.Proof;
using Hawser.Rendezvous;
using Hawser.Transport;

namespace Hawser.Node;

// The plan of a dial: addresses that are known, then an introduction by one of the peer's hubs after the other; over
// what punching opens, else over the hub's relay.
internal sealed partial class NodeMachine
{
    private readonly Dictionary<long, Dial> _dials = [];
    private readonly Dictionary<ConnectionId, Dial> _attempts = [];
    private readonly Dictionary<ConnectionId, HostPort> _relayed = []; // connections that a hub carries, and that hub
    private long _dial;

    private Instant NextOfDials => _dials.Values.Aggregate(Instant.Never, (next, dial) => Instant.Earlier(next, dial.Due));

    /// <summary>Sets out to reach a peer. DialDone or DialFailed will bear the number.</summary>
    /// <param name="now">Now.</param>
    /// <param name="target">Where it may be.</param>
    /// <param name="numbered">Told the number before anything else is told of it.</param>
    public long StartDial(Moment now, DialTarget target, Action<long>? numbered = null)
    {
        var dial = new Dial(++_dial, target);
        _dials.Add(dial.Number, dial);
        numbered?.Invoke(dial.Number);
        Proceed(now, dial);
        Settle(now);
        return dial.Number;
    }

    /// <summary>Gives up; nothing more is told of it.</summary>
    public void CancelDial(Moment now, long number)
    {
        if (_dials.TryGetValue(number, out var dial)) End(now, dial);
    }

    // The next way that was not tried yet.
    private void Proceed(Moment now, Dial dial)
    {
        dial.Rest();
        if (dial.TryNextAddress(out var address))
        {
            Stage(dial, DialStage.Connecting);
            Attempt(now, dial, Route.Udp(address), null);
        }
        else if (dial.TryNextHub(out var hub))
        {
            Stage(dial, DialStage.Calling);
            dial.Line = _lines.TryGetValue(hub.Key, out var line) ? line : Open(now, hub, kept: false);
            dial.Due = now.Mono + Dial.LinePatience;
            if (dial.Line.IsUp) Ask(now, dial);
        }
        else
        {
            Fail(now, dial);
        }
    }

    private void Ask(Moment now, Dial dial)
    {
        Stage(dial, DialStage.Introducing);
        dial.Due = now.Mono + LineClient.Lifetime;
        dial.Ask = dial.Line!.Client!.Ask(now, new()
        {
            Target = dial.Target.Key,
            Candidates = dial.Target.Via is DialVia.Relay ? [] : Candidates(),
            Id = Id,
            Ticket = dial.Target.Ticket,
            Relay = dial.Target.Via is not DialVia.Direct,
        });
    }

    // A line is up: whoever waits for it asks.
    private void Offer(Moment now, HubLine line)
    {
        foreach (var dial in _dials.Values.Where(d => d.Line == line && d.Stage is DialStage.Calling).ToArray())
            Ask(now, dial);
    }

    // A line is gone, and with it what was asked on it.
    private void Withdraw(Moment now, HubLine line)
    {
        foreach (var dial in _dials.Values.Where(d => d.Line == line && d.Stage is DialStage.Calling or DialStage.Introducing).ToArray())
        {
            if (line.IsKept && dial.Stage is DialStage.Calling) continue; // it is tried again, and the dial has patience
            dial.Failure = DialFailure.NoHub;
            Proceed(now, dial);
        }
    }

    private void Refused(Moment now, HubLine line, ulong number)
    {
        if (DialOf(line, number) is not { } dial) return;
        dial.Failure = DialFailure.AbsentOrNotForUs;
        Proceed(now, dial);
    }

    private void Introduced(Moment now, HubLine line, LineEvent.Ready ready)
    {
        var introduction = ready.Introduction;
        introduction = introduction with { Candidates = AddressPolicy.Permitted(introduction.Candidates, [.. Observed]) };
        if (introduction.Role is IntroductionRole.Host)
        {
            Endpoint.Host.Expect(now, introduction.NonceI, introduction.NonceH, introduction.Secret, introduction.Expires);
            StartPunching(now, introduction, null);
        }
        else if (DialOf(line, ready.Number) is { } dial)
        {
            dial.Introduction = introduction;
            dial.Due = Instant.Never; // the puncher has its own
            if (dial.Target.Via is DialVia.Relay) Fallback(now, dial);
            else
            {
                Stage(dial, DialStage.Punching);
                StartPunching(now, introduction, dial);
            }
        }
    }

    private void Punched(Moment now, Dial dial, Route route)
    {
        Stage(dial, DialStage.Connecting);
        Attempt(now, dial, route, dial.Introduction);
    }

    private void Fallback(Moment now, Dial dial)
    {
        dial.Failure = DialFailure.NoPath;
        if (dial.Introduction is { Allocation: not 0 } introduction && dial.Target.Via is not DialVia.Direct && dial.Line is { } line
            && Channels.Describe(line.Channel?.Id ?? default)?.Route.Remote is { } hub)
        {
            dial.Introduction = introduction with { Allocation = 0 }; // once
            Stage(dial, DialStage.Relaying);
            Attempt(now, dial, RelayRoutes.From(hub, introduction.Allocation), introduction);
        }
        else
        {
            Proceed(now, dial);
        }
    }

    private void Attempt(Moment now, Dial dial, Route route, Introduction? introduction)
    {
        var request = new ConnectRequest
        {
            Route = route,
            HostKey = dial.Target.Key,
            Letter = dial.Target.Ticket.Length > 0 ? HandshakeLetter.I : HandshakeLetter.N,
            Name = Id.IsNone ? new PeerName(_identity.Key.Public) : new PeerName(Id),
            DialledId = dial.Target.Id,
            ConnectData = dial.Target.Ticket,
            NonceI = introduction?.NonceI ?? 0,
            NonceH = introduction?.NonceH ?? 0,
            IntroducedSecret = introduction?.Secret ?? default,
        };
        var id = Endpoint.Connect(now, request);
        dial.Attempt = id;
        _attempts.Add(id, dial);
        if (introduction is not null) return; // what was punched is open to datagrams only
        dial.Race = Race(now, id, request, tcp =>
        {
            _attempts.Add(tcp, dial);
            dial.Attempt = tcp;
        });
    }

    private bool DealDial(Moment now, EndpointEvent.Established up)
    {
        if (up.Route.Kind is RouteKind.Relay) _relayed.Add(up.Connection, up.Route.Remote);
        if (!_attempts.Remove(up.Connection, out var dial)) return false;
        dial.Attempt = null;
        _events.Enqueue(new NodeEvent.DialDone(dial.Number, up));
        End(now, dial);
        return true;
    }

    private bool DealDial(Moment now, EndpointEvent.Closed closed)
    {
        _relayed.Remove(closed.Connection);
        if (!_attempts.Remove(closed.Connection, out var dial)) return false;
        dial.Attempt = null;
        dial.Failure = DialFailure.NotAccepted;
        if (dial.Introduction is not null) Fallback(now, dial);
        else Proceed(now, dial);
        return true;
    }

    private void TickDials(Moment now)
    {
        foreach (var dial in _dials.Values.Where(d => d.Due <= now.Mono).ToArray())
        {
            dial.Failure = dial.Stage is DialStage.Calling ? DialFailure.NoHub : DialFailure.AbsentOrNotForUs;
            Proceed(now, dial);
        }
    }

    private void Stage(Dial dial, DialStage stage)
    {
        dial.Stage = stage;
        _events.Enqueue(new NodeEvent.DialStaged(dial.Number, stage));
    }

    private void Fail(Moment now, Dial dial)
    {
        _events.Enqueue(new NodeEvent.DialFailed(dial.Number, dial.Failure));
        End(now, dial);
    }

    private void End(Moment now, Dial dial)
    {
        _dials.Remove(dial.Number);
        EndRace(now, dial.Race);
        if (dial.Attempt is { } attempt && _attempts.Remove(attempt)) Channels.Close(now, attempt, CloseReason.DisconnectCall);
        if (dial.Line is { IsKept: false } && _guestSweep == Instant.Never) _guestSweep = now.Mono + GuestSweep;
    }

    private Dial? DialOf(HubLine line, ulong ask) => _dials.Values.FirstOrDefault(d => d.Line == line && d.Ask == ask);
}
