using Hawser.Rendezvous;

namespace Hawser.Node;

// Punchers, by the tag of their punches. Each answers as long as its introduction lives: the peer may be slower.
internal sealed partial class NodeMachine
{
    private readonly PunchBudget _punchBudget;
    private readonly Dictionary<ulong, Punching> _punching = [];

    private void StartPunching(Moment now, Introduction introduction, Dial? dial)
    {
        var puncher = new Puncher(now, introduction, _punchBudget);
        if (_punching.TryAdd(puncher.Tag, new(puncher, introduction.Expires, dial))) puncher.Tick(now);
    }

    private void ReceivePunch(Moment now, in Route from, Span<byte> datagram)
    {
        if (from.Kind is RouteKind.Udp && Punch.TryRead(datagram, out var punch)
            && _punching.TryGetValue(punch.Tag, out var punching)) punching.Puncher.Receive(now, from, datagram);
        else Dropped++;
    }

    private void TickPunching(Moment now)
    {
        foreach (var (tag, punching) in _punching.ToArray())
        {
            punching.Puncher.Tick(now);
            if (punching.Expires <= now.Mono) _punching.Remove(tag);
        }
    }

    private bool SettlePunching(Moment now)
    {
        var moved = false;
        foreach (var punching in _punching.Values.ToArray())
        {
            while (punching.Puncher.TryTake(out var happened))
            {
                moved = true;
                if (punching.Dial is not { Stage: DialStage.Punching } dial || !_dials.ContainsKey(dial.Number)) continue;
                if (happened is PuncherEvent.Opened opened) Punched(now, dial, opened.Route);
                else Fallback(now, dial);
            }
        }

        return moved;
    }

    private sealed record Punching(Puncher Puncher, Instant Expires, Dial? Dial)
    {
        public Instant NextWakeup => Instant.Earlier(Puncher.NextWakeup, Expires);
    }
}
