using Hawser.Transport;

namespace Hawser.Node;

// Where datagrams do not get through, TCP may. It starts a little later, so that it costs nothing where they do; who
// arrives first is taken.
internal sealed partial class NodeMachine
{
    public static readonly TimeSpan TcpHeadStart = TimeSpan.FromSeconds(1.5); // session.md §6
    private static readonly TimeSpan TcpPatience = TimeSpan.FromSeconds(3); // after datagrams were given up

    private readonly List<TcpRace> _races = [];

    private TcpRace Race(Moment now, ConnectionId datagrams, ConnectRequest request, Action<ConnectionId> joined)
    {
        var race = new TcpRace(datagrams, request, now.Mono + TcpHeadStart, joined);
        _races.Add(race);
        return race;
    }

    private void TickRaces(Moment now)
    {
        foreach (var race in _races.Where(race => race.StartsAt <= now.Mono).ToArray())
        {
            if (race.Tcp is null) StartTcp(now, race);
            else
            {
                race.StartsAt = Instant.Never;
                Tcp.Close(now, race.Tcp.Value, CloseReason.Timeout);
            }
        }
    }

    private void StartTcp(Moment now, TcpRace race) =>
        race.Join(Tcp.Connect(now, race.Request with { Route = new(RouteKind.Line, race.Request.Route.Remote, 0) }));

    // True if it is one of two and the other goes on: then it is nobody's business.
    private bool IsLostRacer(Moment now, EndpointEvent happened)
    {
        if (_races.Count == 0) return false;
        switch (happened)
        {
            case EndpointEvent.Established up when RaceOf(up.Connection) is { } race:
                _races.Remove(race);
                if (race.Tcp is { } tcp) Leave(now, up.Connection == tcp ? race.Datagrams : tcp);
                return false;
            case EndpointEvent.Closed closed when RaceOf(closed.Connection) is { } race:
                if (closed.Connection == race.Datagrams) race.DatagramsLost = true;
                else race.TcpLost = true;
                if (race is { DatagramsLost: true, TcpLost: true })
                {
                    _races.Remove(race);
                    return false;
                }

                if (race.Tcp is null) StartTcp(now, race);
                if (race.DatagramsLost) race.StartsAt = now.Mono + TcpPatience;
                _attempts.Remove(closed.Connection);
                _lineOf.Remove(closed.Connection);
                return true;
            default:
                return false;
        }
    }

    private void EndRace(Moment now, TcpRace? race)
    {
        if (race is null || !_races.Remove(race)) return;
        Leave(now, race.Datagrams);
        if (race.Tcp is { } tcp) Leave(now, tcp);
    }

    private void Leave(Moment now, ConnectionId id)
    {
        _attempts.Remove(id);
        _lineOf.Remove(id);
        Channels.Close(now, id, CloseReason.DisconnectCall);
    }

    private TcpRace? RaceOf(ConnectionId id) => _races.Find(race => race.Datagrams == id || race.Tcp == id);
}
